package dev.milvuspool;

import io.milvus.v2.client.MilvusClientV2;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** What all views of one client share: its calls, its connections, its life. */
final class ClientCore {
  /** What calls that were cut off get to end, before the client counts as gone without them. */
  private static final Duration GRACE = Duration.ofSeconds(2);

  private final String name;
  private final Background background;
  private final ClientEvents events;
  private final Supervisor supervisor;
  private final Calls calls;
  private final Consumer<ClientCore> owner;
  private final AtomicBoolean ending = new AtomicBoolean();
  private final AtomicBoolean askedForOtherwise = new AtomicBoolean();
  private final CompletableFuture<Void> ended = new CompletableFuture<>();

  /**
   * Makes a client that is not connected yet.
   *
   * @param owner is told when the user closes the client
   */
  ClientCore(
      String name,
      ClientOptions options,
      Background background,
      Connector connector,
      List<PoolListener> listeners,
      RandomGenerator random,
      Consumer<ClientCore> owner) {
    this.name = name;
    this.background = background;
    this.owner = owner;
    events = new ClientEvents(name, listeners, background);
    supervisor =
        new Supervisor(
            name,
            Situation.initial(ClientState.UP, options),
            background,
            connector,
            events,
            random);
    calls = new Calls(supervisor, events, random);
  }

  String name() {
    return name;
  }

  ClientOptions options() {
    return supervisor.situation().options();
  }

  ClientState state() {
    return supervisor.situation().state();
  }

  Calls calls() {
    return calls;
  }

  ClientEvents events() {
    return events;
  }

  Supervisor supervisor() {
    return supervisor;
  }

  String currentDatabase() {
    requireOpen();
    String database = supervisor.situation().database();
    return database == null ? "default" : database;
  }

  /** Whether nobody before has asked for this client with other options. */
  boolean firstOtherOptions() {
    return askedForOtherwise.compareAndSet(false, true);
  }

  void requireOpen() {
    if (state() == ClientState.CLOSED) {
      throw supervisor.closed();
    }
  }

  MilvusClientV2 unwrap(Duration deadline) {
    long deadlineAt = System.nanoTime() + Nanos.of(deadline);
    return supervisor.admission().awaitServing("unwrap", deadlineAt).sdk();
  }

  void useDatabase(String database, Duration deadline) {
    calls.run(
        Operation.USE_DATABASE,
        deadline,
        call -> {
          supervisor.reconfiguration().useDatabase(database, call.deadlineAt());
          return true;
        });
  }

  ClientStats stats() {
    Situation now = supervisor.situation();
    return new ClientStats(
        name,
        now.state(),
        now.since(),
        now.serving().size(),
        supervisor.inFlight(),
        calls.ended(),
        calls.failed(),
        calls.retried(),
        supervisor.reconnects());
  }

  ClientHealth health(Duration timeout) {
    requireOpen();
    return Waits.await(probe(timeout), name, "health");
  }

  /** Asks the server; done within the timeout, and never failed. */
  CompletableFuture<ClientHealth> probe(Duration timeout) {
    Situation now = supervisor.situation();
    Connection connection = now.leastLoaded();
    if (connection == null) {
      return CompletableFuture.completedFuture(health(now, null, now.lastError()));
    }
    CompletableFuture<ClientHealth> answer = new CompletableFuture<>();
    Future<?> timer =
        background.schedule(
            () -> answer.complete(health(now, null, unanswered(now, timeout, null))), timeout);
    answer.whenComplete((health, none) -> timer.cancel(false));
    long startedAt = System.nanoTime();
    connection
        .ask(timeout)
        .whenComplete(
            (version, failure) -> {
              Duration elapsed = Nanos.since(startedAt);
              if (failure == null) {
                supervisor.answered(version);
                answer.complete(health(supervisor.situation(), elapsed, null));
                return;
              }
              supervisor.probe(connection);
              MilvusPoolException error =
                  Failures.isLost(failure)
                      ? lost(now, elapsed, failure)
                      : unanswered(now, timeout, failure);
              answer.complete(health(supervisor.situation(), null, error));
            });
    return answer;
  }

  private ClientHealth health(
      Situation now, @Nullable Duration latency, @Nullable MilvusPoolException error) {
    return new ClientHealth(
        name,
        now.address(),
        now.state(),
        now.since(),
        supervisor.serverVersion(),
        latency,
        now.state() == ClientState.DOWN && now.lastError() != null ? now.lastError() : error);
  }

  private MilvusPoolException unanswered(
      Situation now, Duration timeout, @Nullable Throwable cause) {
    return new ClientTimeoutException(
        probeAt(now)
            + " was not answered within "
            + Nanos.toMillis(timeout)
            + " ms; look at the server's load, or allow a longer timeout",
        name,
        now.address(),
        cause);
  }

  private MilvusPoolException lost(Situation now, Duration elapsed, Throwable cause) {
    return new ClientUnavailableException(
        probeAt(now)
            + " failed after "
            + elapsed.toMillis()
            + " ms: the connection is lost; the client reconnects by itself",
        name,
        now.address(),
        false,
        cause);
  }

  private String probeAt(Situation now) {
    return "client " + name + ": the probe at " + now.address();
  }

  /** The user's close: leaves the owner and waits for the end. */
  void close() {
    owner.accept(this);
    awaitEnd();
  }

  /**
   * Waits until the connections are drained and closed, which takes the drain time at the most. An
   * interrupt ends the waiting, not the closing.
   */
  void awaitEnd() {
    Waits.awaitEnd(end());
  }

  /** {@link #end()}, and the first time something to do after it. */
  CompletableFuture<Void> endOnce(Runnable afterwards) {
    return ending.compareAndSet(false, true)
        ? end().whenComplete((done, failure) -> afterwards.run())
        : ended;
  }

  /** Ends the client; done when its connections are closed and its last call was told. */
  CompletableFuture<Void> end() {
    CompletableFuture<Void> closed = supervisor.close();
    CompletableFuture<Void> drained = calls.drain();
    Future<?> giveUp =
        background.schedule(() -> ended.complete(null), Nanos.sum(options().drainTimeout(), GRACE));
    CompletableFuture.allOf(closed, drained)
        .whenComplete(
            (done, failure) -> {
              giveUp.cancel(false);
              if (failure == null) {
                ended.complete(null);
              } else {
                ended.completeExceptionally(closingFailed(Failures.unwrap(failure)));
              }
            });
    return ended;
  }

  private MilvusPoolException closingFailed(Throwable cause) {
    return new MilvusPoolException(
        "client "
            + name
            + ": closing a connection failed, its socket may stay open: "
            + cause.getMessage(),
        name,
        supervisor.situation().address(),
        cause);
  }

  @Override
  public String toString() {
    Situation now = supervisor.situation();
    return "Client " + name + " at " + now.address() + ", " + now.state() + " since " + now.since();
  }
}
