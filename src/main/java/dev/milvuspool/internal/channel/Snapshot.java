package dev.milvuspool.internal.channel;

import dev.milvuspool.ClientOptions;
import dev.milvuspool.ClientState;
import dev.milvuspool.MilvusPoolException;
import dev.milvuspool.internal.connect.Endpoint;
import dev.milvuspool.internal.connect.EndpointLoads;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * The state of a client at one moment; immutable, so that calls read it without a lock.
 *
 * @param epoch counts the replacements of the options; a dial begun in an older one is void
 * @param state up, down or closed
 * @param closing whether it takes no new calls. Users see it as closed; for the calls in flight,
 *     all goes on as before until they have ended, or their time is over
 * @param since when it came into that state
 * @param sinceNanos the same for measuring
 * @param serving the connections that take RPCs. Empty while down. Empty also while up, if a lazy
 *     client has not connected yet, or if the last one has just ended and the first attempt to
 *     replace it is under way: its server may only have asked for another transport
 * @param site the one of the sites that it is connected to, or was until its last connection ended
 *     just now; -1 while it is with none
 * @param lazy whether it has never connected
 * @param options the options in use
 * @param database of the calls that name none
 * @param loads its connections by endpoint, for the spreading of dials
 * @param lastError why the client is down: the latest dial's failure
 * @param changed completes when there is another snapshot
 */
public record Snapshot(
    int epoch,
    ClientState state,
    boolean closing,
    Instant since,
    long sinceNanos,
    List<Connection> serving,
    int site,
    boolean lazy,
    ClientOptions options,
    String database,
    EndpointLoads loads,
    @Nullable MilvusPoolException lastError,
    CompletableFuture<Void> changed) {
  /** What Milvus calls the database of requests that name none. */
  public static final String DEFAULT_DATABASE = "default";

  static Snapshot initial(ClientOptions options) {
    return new Snapshot(
        0,
        ClientState.UP,
        false,
        Instant.now(),
        System.nanoTime(),
        List.of(),
        -1,
        true,
        options,
        databaseOf(options),
        new EndpointLoads(),
        null,
        new CompletableFuture<>());
  }

  /** In another state, or with other connections in the same one. */
  Snapshot with(
      ClientState next, List<Connection> connections, @Nullable MilvusPoolException error) {
    assert state != ClientState.CLOSED || next == ClientState.CLOSED : state + " to " + next;
    boolean otherState = next != state && !closing;
    return new Snapshot(
        epoch,
        next,
        closing,
        otherState ? Instant.now() : since,
        otherState ? System.nanoTime() : sinceNanos,
        List.copyOf(connections),
        siteOf(next, connections),
        false,
        options,
        database,
        loads,
        error,
        new CompletableFuture<>());
  }

  private int siteOf(ClientState next, List<Connection> connections) {
    if (!connections.isEmpty()) {
      return connections.get(0).transport().site();
    }
    return next == ClientState.UP ? site : -1;
  }

  /** Taking no new calls. */
  Snapshot withClosing() {
    return new Snapshot(
        epoch,
        state,
        true,
        Instant.now(),
        System.nanoTime(),
        serving,
        site,
        lazy,
        options,
        database,
        loads,
        lastError,
        changed);
  }

  /** With other options, their database and their loads: a new epoch. */
  Snapshot withOptions(ClientOptions newOptions, EndpointLoads newLoads) {
    return configured(epoch + 1, newOptions, databaseOf(newOptions), newLoads);
  }

  private static String databaseOf(ClientOptions options) {
    return options.database().orElse(DEFAULT_DATABASE);
  }

  /** With another database, a change that nobody waits for. */
  Snapshot withDatabase(String other) {
    return configured(epoch, options, other, loads);
  }

  private Snapshot configured(
      int newEpoch, ClientOptions newOptions, String newDatabase, EndpointLoads newLoads) {
    return new Snapshot(
        newEpoch,
        state,
        closing,
        since,
        sinceNanos,
        serving,
        site,
        lazy,
        newOptions,
        newDatabase,
        newLoads,
        lastError,
        changed);
  }

  /** Whether the client is closed, or closing. */
  public boolean isClosed() {
    return closing || isOver();
  }

  /** Whether nothing reconnects any more, not even for calls in flight. */
  boolean isOver() {
    return state == ClientState.CLOSED;
  }

  /** The state as users see it. */
  public ClientState publicState() {
    return closing ? ClientState.CLOSED : state;
  }

  /** Those that serve, without one of them, and with another one. */
  List<Connection> exchanged(@Nullable Connection gone, @Nullable Connection fresh) {
    List<Connection> next = new ArrayList<>(serving);
    next.remove(gone);
    if (fresh != null) {
      next.add(fresh);
    }
    return next;
  }

  /** A proxy starts or stops: for a while, connections to others are preferred. */
  void eject(Endpoint proxy) {
    serving.stream()
        .filter(each -> each.endpoint().equals(proxy))
        .forEach(each -> each.ejectFor(options.reconnectBackoffMax()));
  }

  /**
   * The connection for the next RPC, or null if none serves: the least loaded one that is not
   * ejected, and not the one to be avoided; among those if there are no others.
   *
   * @param avoided the one on which the RPC has just failed, or null
   */
  @Nullable Connection leastLoaded(@Nullable Connection avoided) {
    if (serving.size() < 2) {
      return serving.isEmpty() ? null : serving.get(0);
    }
    long now = System.nanoTime();
    Connection least = null;
    boolean leastEjected = true;
    for (Connection each : serving) {
      boolean ejected = each == avoided || each.isEjected(now);
      if (least == null
          || (leastEjected && !ejected)
          || (leastEjected == ejected && each.load() < least.load())) {
        least = each;
        leastEjected = ejected;
      }
    }
    return least;
  }

  /** Whether the last connection has just ended, and the client tries to replace it. */
  boolean isReplacingLast() {
    return state == ClientState.UP && serving.isEmpty() && !lazy;
  }

  /** How many connections are missing. */
  int missing() {
    return isOver() || lazy ? 0 : options.connections() - serving.size();
  }

  /** The address that serves, or that is dialled first. */
  public String address() {
    return serving.isEmpty() ? options.address() : serving.get(0).address();
  }
}
