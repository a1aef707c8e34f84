package dev.milvuspool.internal.channel;

import dev.milvuspool.ClientConnectException;
import dev.milvuspool.ClientHealth;
import dev.milvuspool.ClientOptions;
import dev.milvuspool.ClientState;
import dev.milvuspool.MilvusPoolException;
import dev.milvuspool.internal.common.Background;
import dev.milvuspool.internal.common.Causes;
import dev.milvuspool.internal.common.DeadlineSweeper;
import dev.milvuspool.internal.common.Durations;
import dev.milvuspool.internal.common.Errors;
import dev.milvuspool.internal.common.EventDispatcher;
import dev.milvuspool.internal.connect.Connector;
import dev.milvuspool.internal.connect.EndpointLoads;
import dev.milvuspool.internal.connect.Transport;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the connections of one client: notices when one is lost, and changes them in one way only:
 * build a fresh connection, verify it, swap it in, drain the old one. Recovery, replace, ageing and
 * the mending of an uneven spread are that.
 *
 * <p>Its state is one immutable {@link Snapshot}. It changes in {@link #change}, under a lock that
 * is held for no longer than that, and a change of state delivers its own event there; RPCs read
 * the snapshot without a lock.
 */
public final class ConnectionSupervisor implements DeadlineSweeper.Swept {
  private final String client;
  private final Background background;
  private final DeadlineSweeper sweeper;
  private final ClientDials dials;
  private final EventDispatcher events;
  private final RandomGenerator random;
  private final InFlightCalls calls;
  private final CallErrors errors;
  private final RequestComposer composer;
  private final ConnectionSelector selector = new ConnectionSelector(this);
  private final HealthMonitor monitor;
  private final ReconnectLoop reconnectLoop;
  private final Object lock = new Object();
  private final List<Connection> open = new CopyOnWriteArrayList<>();
  private final Set<HealthProbe> probes = ConcurrentHashMap.newKeySet();
  private final AtomicLong reconnects = new AtomicLong();
  private final AtomicLong retries = new AtomicLong();
  private volatile EndpointLoads loads = new EndpointLoads();
  private volatile Snapshot snapshot; // written under lock
  private volatile String serverVersion = "";
  private @Nullable CompletableFuture<Void> firstDial; // guarded by lock
  private @Nullable Supplier<@Nullable String> firstDatabase; // guarded by lock

  /** Of a client that is not connected yet. */
  public ConnectionSupervisor(
      String client,
      ClientOptions options,
      Background background,
      DeadlineSweeper sweeper,
      Connector connector,
      EventDispatcher events,
      RandomGenerator random) {
    this.client = client;
    this.background = background;
    this.sweeper = sweeper;
    this.events = events;
    this.random = random;
    snapshot = Snapshot.initial(options);
    errors = new CallErrors(client, this::snapshot);
    dials = new ClientDials(connector, errors::closed);
    composer = new RequestComposer(client, this::snapshot);
    calls = new InFlightCalls(sweeper::begun);
    monitor = new HealthMonitor(this, dials, background, random);
    reconnectLoop = new ReconnectLoop(this, dials, background, random);
    sweeper.add(this);
  }

  // ---- what others ask for

  /** The client's name. */
  public String client() {
    return client;
  }

  /** What the client is now. */
  public Snapshot snapshot() {
    return snapshot;
  }

  /** The calls that are under way. */
  public InFlightCalls calls() {
    return calls;
  }

  ConnectionSelector selector() {
    return selector;
  }

  HealthMonitor monitor() {
    return monitor;
  }

  EndpointLoads loads() {
    return loads;
  }

  RandomGenerator random() {
    return random;
  }

  /** Connections swapped in by recovery or by their age. */
  public long reconnects() {
    return reconnects.get();
  }

  /** How often an RPC was sent again. */
  public long retries() {
    return retries.get();
  }

  /** What the server last said of its version, or null. */
  public @Nullable String serverVersion() {
    return serverVersion.isEmpty() ? null : serverVersion;
  }

  /** RPCs that are with a server, those on draining connections included. */
  public int inFlight() {
    int sum = 0;
    for (Connection connection : open) {
      sum += connection.inFlight();
    }
    return sum;
  }

  /** Whether it is closed, or closing. */
  public boolean isClosed() {
    return snapshot.state() == ClientState.CLOSED;
  }

  /** Why calls end. */
  public CallErrors errors() {
    return errors;
  }

  RequestComposer composer() {
    return composer;
  }

  /**
   * Pauses a call between its RPCs, not beyond its deadline.
   *
   * @throws MilvusPoolException if the thread is interrupted, or the call ended meanwhile
   */
  public void pause(String operation, Duration duration) {
    CallContext call = CallContext.current(calls);
    try {
      if (call == null) { // an SDK client that was given away waits
        TimeUnit.NANOSECONDS.sleep(Durations.nanos(duration));
        return;
      }
      call.sleep(duration);
    } catch (InterruptedException e) {
      if (call != null) {
        throw errors.interrupted(call, e);
      }
      Thread.currentThread().interrupt();
      throw Errors.interrupted(client, operation, false, e);
    }
    errors.throwIfCancelled(call);
  }

  /** Asks the server how it is; completes within the timeout, and never fails. */
  public CompletableFuture<ClientHealth> probe(Duration timeout) {
    HealthProbe probe = new HealthProbe(this, background, timeout);
    probes.add(probe);
    CompletableFuture<ClientHealth> health = probe.start();
    health.whenComplete((done, failure) -> probes.remove(probe));
    if (isClosed()) { // it was not yet visible to the one who closed
      probe.end();
    }
    return health;
  }

  // ---- for each RPC

  void noteRetry(CallContext call, int retry, Throwable reason) {
    retries.incrementAndGet();
    if (!call.isUnwrapped()) {
      events.retry(call.operation(), retry, reason);
    }
  }

  /** Its proxy starts or stops: for a while others are preferred to it. */
  void eject(Connection connection) {
    connection.ejectUntil(
        System.nanoTime() + Durations.nanos(snapshot.options().reconnectBackoffMax()));
  }

  void answered(String version) {
    if (!version.isEmpty()) {
      serverVersion = version;
    }
  }

  @Override
  public boolean sweep(long now) {
    boolean any = calls.sweep(now);
    for (Connection connection : snapshot.serving()) {
      if (connection.silence().isSuspicious(now)) {
        monitor.suspect(connection);
      }
    }
    return any;
  }

  @Override
  public boolean isBusy() {
    return !calls.isEmpty();
  }

  // ---- the one way to change

  /** Changes the snapshot; null leaves it. The old one is returned, or null if nothing changed. */
  private @Nullable Snapshot change(UnaryOperator<@Nullable Snapshot> step) {
    Snapshot old;
    Snapshot next;
    synchronized (lock) {
      old = snapshot;
      next = step.apply(old);
      if (next == null) {
        return null;
      }
      snapshot = next;
      MilvusPoolException error = next.lastError();
      if (next.state() == ClientState.DOWN && old.state() != ClientState.DOWN && error != null) {
        events.down(error);
      } else if (next.state() == ClientState.UP && old.state() == ClientState.DOWN) {
        events.up(Durations.since(old.sinceNanos()), next.address());
      }
    }
    old.changed().complete(null);
    return old;
  }

  private Connection opened(Transport transport, EndpointLoads counted) {
    Connection connection = new Connection(transport, counted);
    open.add(connection);
    answered(transport.serverVersion());
    connection.closed().whenComplete((done, failure) -> open.remove(connection));
    return connection;
  }

  /** After it is in the snapshot, so that an end which was faster is not missed. */
  private void watch(Connection connection) {
    connection.transport().ended().thenRun(() -> ended(connection));
    monitor.watchAge(connection);
  }

  // ---- the first connections

  /**
   * Dials all connections; completes when the client serves. Cancelling it ends the dials.
   *
   * @param database to be checked, or null for none
   */
  public CompletableFuture<Void> connect(@Nullable String database) {
    Snapshot now = snapshot;
    EndpointLoads counted = loads;
    CompletableFuture<List<Transport>> connecting =
        new ParallelDials(dials)
            .start(
                new Connector.Target(client, now.options(), database),
                counted,
                now.options().connectTimeout());
    CompletableFuture<Void> serving = new CompletableFuture<>();
    connecting.whenComplete(
        (fresh, failure) -> {
          if (failure != null) {
            serving.completeExceptionally(Causes.unwrap(failure));
          } else if (swapAll(now.epoch(), fresh, now.options(), counted)) {
            serving.complete(null);
          } else {
            serving.completeExceptionally(errors.closed());
          }
        });
    serving.whenComplete((done, failure) -> connecting.cancel(true));
    return serving;
  }

  /** How a lazy client knows the database that its first dial is to check. */
  public void connectLazily(Supplier<@Nullable String> database) {
    synchronized (lock) {
      firstDatabase = database;
    }
  }

  /** The dial of a lazy client, by the first who needs it. */
  public CompletableFuture<Void> firstDial() {
    synchronized (lock) {
      if (firstDial == null) {
        Supplier<@Nullable String> database = firstDatabase;
        CompletableFuture<Void> dial = connect(database == null ? null : database.get());
        firstDial = dial;
        dial.whenComplete(
            (served, failure) -> {
              if (failure != null) {
                startDown(failure);
              }
            });
      }
      return firstDial;
    }
  }

  /** Without a connection yet: goes down and reconnects. */
  public void startDown(Throwable failure) {
    MilvusPoolException reason = asPoolException(failure);
    Snapshot old =
        change(
            now ->
                now.state() == ClientState.UP && now.lazy()
                    ? now.with(ClientState.DOWN, List.of(), reason)
                    : null);
    if (old != null) {
      reportFailedDial(reason);
      reconnectLoop.start();
    }
  }

  private void reportFailedDial(MilvusPoolException reason) {
    if (reason instanceof ClientConnectException connect) {
      events.reconnectFailed(connect);
    }
  }

  // ---- replace

  /**
   * Dials with other options and swaps the connections in; what served before is drained.
   * Cancelling the future ends the dials, and then nothing has changed.
   */
  public CompletableFuture<Void> replace(ClientOptions options) {
    EndpointLoads counted = new EndpointLoads();
    CompletableFuture<List<Transport>> connecting =
        new ParallelDials(dials)
            .start(
                new Connector.Target(client, options, options.database().orElse(null)),
                counted,
                options.connectTimeout());
    CompletableFuture<Void> replaced = new CompletableFuture<>();
    connecting.whenComplete(
        (fresh, failure) -> {
          if (failure != null) {
            replaced.completeExceptionally(Causes.unwrap(failure));
          } else if (replaced.isDone()) {
            fresh.forEach(Transport::close); // its user was interrupted
          } else if (swapAll(null, fresh, options, counted)) {
            replaced.complete(null);
          } else {
            replaced.completeExceptionally(errors.closed());
          }
        });
    replaced.whenComplete((done, failure) -> connecting.cancel(true));
    return replaced;
  }

  /**
   * Puts fresh connections in the place of all that serve.
   *
   * @param epoch in which they were dialled, or null to take the place of any
   * @return false if the client is closed, or the epoch over; the fresh ones are closed then
   */
  private boolean swapAll(
      @Nullable Integer epoch,
      List<Transport> fresh,
      ClientOptions options,
      EndpointLoads counted) {
    List<Connection> connections =
        fresh.stream().map(transport -> opened(transport, counted)).toList();
    Snapshot old =
        change(
            now -> {
              if (now.state() == ClientState.CLOSED || (epoch != null && epoch != now.epoch())) {
                return null;
              }
              loads = counted;
              return now.withOptions(options).with(ClientState.UP, connections, null);
            });
    if (old == null) {
      connections.forEach(Connection::close);
      return false;
    }
    old.serving().forEach(connection -> drain(connection, old.options()));
    reconnectLoop.stop();
    connections.forEach(this::watch);
    monitor.start();
    return true;
  }

  // ---- loss and recovery

  /** The transport of a connection has ended. */
  void ended(Connection connection) {
    Snapshot old =
        change(
            now ->
                now.serving().contains(connection)
                    // The last one: its server may only have asked for another transport.
                    ? now.with(now.state(), now.without(connection), null)
                    : null);
    connection.retire();
    if (old != null && old.state() == ClientState.UP) {
      Snapshot replacing = snapshot;
      reconnectLoop.start();
      if (replacing.isReplacingLast()) {
        // Until then calls wait, to learn whether the server is still there.
        background.schedule(() -> notReplaced(replacing, connection), HealthMonitor.SILENCE);
      }
    }
  }

  private void notReplaced(Snapshot replacing, Connection last) {
    MilvusPoolException reason = Errors.notReplaced(client, last.address(), HealthMonitor.SILENCE);
    change(
        now ->
            now.changed() == replacing.changed()
                ? now.with(ClientState.DOWN, List.of(), reason)
                : null);
  }

  /** The server has not answered on it for so long that it serves no more. RPCs on it may go on. */
  void silent(Connection connection, MilvusPoolException reason) {
    Snapshot old =
        change(
            now -> {
              if (!now.serving().contains(connection)) {
                return null;
              }
              List<Connection> rest = now.without(connection);
              return rest.isEmpty() && now.state() == ClientState.UP
                  ? now.with(ClientState.DOWN, rest, reason)
                  : now.with(now.state(), rest, null);
            });
    connection.retire();
    if (old != null && old.state() == ClientState.UP) {
      reconnectLoop.start();
    }
  }

  /** An attempt to bring a connection back failed, in this epoch. */
  void reconnectFailed(int epoch, Throwable failure) {
    MilvusPoolException reason = asPoolException(failure);
    change(
        now ->
            now.state() != ClientState.CLOSED
                    && now.epoch() == epoch
                    && now.serving().isEmpty()
                    && !now.lazy()
                ? now.with(ClientState.DOWN, List.of(), reason)
                : null);
    reportFailedDial(reason);
  }

  /** Swaps a fresh connection into an empty place; false if it is no longer wanted. */
  boolean recovered(Transport fresh, EndpointLoads counted, int epoch) {
    return swapIn(
        fresh,
        counted,
        now ->
            now.epoch() == epoch
                && now.missing() > 0
                && (now.serving().isEmpty() || now.site() == fresh.site()),
        null);
  }

  /** Swaps a fresh connection into the place of another one; false if that serves no more. */
  boolean renewed(Transport fresh, EndpointLoads counted, int epoch, Connection worn) {
    return swapIn(
        fresh, counted, now -> now.epoch() == epoch && now.serving().contains(worn), worn);
  }

  private boolean swapIn(
      Transport transport,
      EndpointLoads counted,
      Predicate<Snapshot> wanted,
      @Nullable Connection worn) {
    Connection fresh = opened(transport, counted);
    Snapshot old =
        change(
            now -> {
              if (now.state() == ClientState.CLOSED || !wanted.test(now)) {
                return null;
              }
              List<Connection> next = worn == null ? now.and(fresh) : now.without(worn);
              if (worn != null) {
                next.add(fresh);
              }
              return now.with(ClientState.UP, next, null);
            });
    if (old == null) {
      fresh.close();
      return false;
    }
    reconnects.incrementAndGet();
    watch(fresh);
    monitor.start();
    return true;
  }

  MilvusPoolException asPoolException(Throwable failure) {
    Throwable cause = Causes.unwrap(failure);
    return cause instanceof MilvusPoolException known
        ? known
        : Errors.dialFailed(client, snapshot.address(), cause);
  }

  // ---- draining and the end

  /** Lets the RPCs on it finish for the drain time, then cuts them off. */
  void drain(Connection connection, ClientOptions options) {
    if (connection.retire().isDone()) {
      return;
    }
    var cut =
        background.schedule(
            () -> {
              connection.cutOff();
              calls.forEach(
                  call -> {
                    RpcAttempt<?, ?> attempt = call.attempt();
                    if (attempt != null && attempt.connection() == connection) {
                      attempt.cancel();
                    }
                  });
              connection.close(); // streams, and what ignores all that
            },
            options.drainTimeout());
    connection.closed().whenComplete((done, failure) -> cut.cancel(false));
  }

  /** Takes no new calls. Those under way go on, on the connections there are. */
  public void close() {
    Snapshot old =
        change(
            now ->
                now.state() == ClientState.CLOSED
                    ? null
                    : now.withOptions(now.options()).with(ClientState.CLOSED, now.serving(), null));
    if (old == null) {
      return;
    }
    reconnectLoop.stop();
    monitor.stop();
    dials.close();
    probes.forEach(HealthProbe::end);
  }

  /** Closes all connections, whatever is on them; completes when their sockets are closed. */
  public CompletableFuture<Void> closeConnections() {
    change(now -> now.with(ClientState.CLOSED, List.of(), null));
    sweeper.remove(this);
    List<CompletableFuture<Void>> closings = new ArrayList<>();
    for (Connection connection : open) {
      connection.cutOff();
      closings.add(connection.close());
    }
    return CompletableFuture.allOf(closings.toArray(CompletableFuture<?>[]::new));
  }

  @Override
  public String toString() {
    Snapshot now = snapshot;
    return "Client "
        + client
        + " at "
        + now.address()
        + ", "
        + now.state()
        + " since "
        + now.since();
  }
}
