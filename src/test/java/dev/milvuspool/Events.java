package dev.milvuspool;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/** Keeps what a pool tells, in the order in which it was told. */
final class Events implements PoolListener {
  /** What can be told. */
  enum Kind {
    ADDED,
    REPLACED,
    REMOVED,
    DOWN,
    UP,
    CONNECT_FAILED,
    RETRY,
    CALL
  }

  /**
   * Something that was told.
   *
   * @param kind of event
   * @param client the client's name
   * @param operation of a retry or a call
   * @param retry the number of a retry
   * @param duration of an outage or a call
   * @param reason of a loss, a failed dial, a retry or a call's failure
   */
  record Event(
      Kind kind,
      String client,
      @Nullable String operation,
      int retry,
      @Nullable Duration duration,
      @Nullable Throwable reason) {}

  private final List<Event> all = new CopyOnWriteArrayList<>();

  List<Event> of(Kind kind) {
    return all.stream().filter(event -> event.kind() == kind).toList();
  }

  /** The kinds of events of one client's life, without calls, retries and failed dials. */
  List<Kind> lifeOf(String client) {
    return all.stream()
        .filter(event -> event.client().equals(client))
        .map(Event::kind)
        .filter(kind -> kind != Kind.CALL && kind != Kind.RETRY && kind != Kind.CONNECT_FAILED)
        .toList();
  }

  private void add(Kind kind, String client, @Nullable Throwable reason) {
    all.add(new Event(kind, client, null, 0, null, reason));
  }

  @Override
  public void onClientAdded(String client, ClientOptions options) {
    add(Kind.ADDED, client, null);
  }

  @Override
  public void onClientReplaced(String client, ClientOptions options) {
    add(Kind.REPLACED, client, null);
  }

  @Override
  public void onClientRemoved(String client) {
    add(Kind.REMOVED, client, null);
  }

  @Override
  public void onClientDown(String client, MilvusPoolException reason) {
    add(Kind.DOWN, client, reason);
  }

  @Override
  public void onClientUp(String client, Duration outage) {
    all.add(new Event(Kind.UP, client, null, 0, outage, null));
  }

  @Override
  public void onConnectFailed(String client, ClientConnectException reason) {
    add(Kind.CONNECT_FAILED, client, reason);
  }

  @Override
  public void onRetry(String client, String operation, int retry, Throwable reason) {
    all.add(new Event(Kind.RETRY, client, operation, retry, null, reason));
  }

  @Override
  public void onCall(String client, String operation, Duration elapsed, @Nullable Throwable error) {
    all.add(new Event(Kind.CALL, client, operation, 0, elapsed, error));
  }
}
