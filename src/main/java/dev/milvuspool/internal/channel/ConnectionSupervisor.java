package dev.milvuspool.internal.channel;

import dev.milvuspool.CallScope;
import dev.milvuspool.ClientHealth;
import dev.milvuspool.ClientOptions;
import dev.milvuspool.ClientState;
import dev.milvuspool.MilvusPoolException;
import dev.milvuspool.internal.common.Background;
import dev.milvuspool.internal.common.Causes;
import dev.milvuspool.internal.common.DeadlineSweeper;
import dev.milvuspool.internal.common.Errors;
import dev.milvuspool.internal.common.EventDispatcher;
import dev.milvuspool.internal.connect.Connector;
import dev.milvuspool.internal.connect.EndpointLoads;
import dev.milvuspool.internal.connect.Transport;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BiFunction;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Owns the connections of one client. It notices when one is lost, and changes them in one way
 * only: build a fresh connection, verify it, swap it in, drain the old one. Recovery, replace,
 * ageing and the repair of an uneven spread all do this.
 *
 * <p>Its state is one immutable {@link Snapshot}. Only a {@link ClientStateMachine} changes it;
 * RPCs read it without a lock.
 */
public final class ConnectionSupervisor {
  private final String client;
  private final ClientDials dials;
  private final EventDispatcher events;
  private final RandomGenerator random;
  private final InFlightCalls calls;
  private final CallErrors errors;
  private final ConnectionSelector selector;
  private final HealthMonitor monitor;
  private final ReconnectLoop reconnectLoop;
  private final Reconfiguration reconfiguration;
  private final OpenConnections open;
  private final AtomicLong reconnects = new AtomicLong();
  private final AtomicLong retries = new AtomicLong();
  private long silenceCheckedAt = System.nanoTime(); // by the sweep alone
  private volatile @Nullable String lastServed;
  private final ClientStateMachine state;

  /** Of a client that has not connected yet. */
  public ConnectionSupervisor(
      String client,
      ClientOptions options,
      Background background,
      DeadlineSweeper sweeper,
      Connector connector,
      EventDispatcher events,
      RandomGenerator random) {
    this.client = client;
    this.events = events;
    this.random = random;
    state = new ClientStateMachine(events, options);
    errors = new CallErrors(client, state);
    dials = new ClientDials(client, connector, errors);
    selector = new ConnectionSelector(this, new RequestComposer(this, events));
    calls = new InFlightCalls(errors, background.interrupts(), sweeper, this::checkSilence);
    open = new OpenConnections(background, calls);
    monitor = new HealthMonitor(this, dials, background, random);
    reconnectLoop = new ReconnectLoop(this, dials, background, random);
    reconfiguration = new Reconfiguration(this, dials);
  }

  // ---- what others ask for

  /** The client's name. */
  public String client() {
    return client;
  }

  /** The client's current state. */
  public Snapshot snapshot() {
    return state.snapshot();
  }

  /** The calls that are in flight. */
  public InFlightCalls calls() {
    return calls;
  }

  ConnectionSelector selector() {
    return selector;
  }

  HealthMonitor monitor() {
    return monitor;
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

  OpenConnections open() {
    return open;
  }

  /** RPCs that are with a server, those on draining connections included. */
  public int inFlight() {
    return open.inFlight();
  }

  /** Why calls end. */
  public CallErrors errors() {
    return errors;
  }

  /** Probes the server; completes within the timeout, and never fails. */
  public CompletableFuture<ClientHealth> probe(Duration timeout) {
    return monitor.probe(timeout);
  }

  // ---- for each RPC

  void noteRetry(CallContext call, int retry, Throwable reason) {
    retries.incrementAndGet();
    List<CallScope> scopes = call.scopes();
    if (scopes != null) {
      events.retry(call.operation(), retry, reason, scopes);
    }
  }

  private void checkSilence(long now) {
    if (silenceCheckedAt == now) { // for another call, in the same sweep
      return;
    }
    silenceCheckedAt = now;
    for (Connection connection : snapshot().serving()) {
      if (connection.silence().isSuspicious(now)) {
        monitor.suspect(connection);
      }
    }
  }

  /** Called after the snapshot has it, so that an earlier end is not missed. */
  private void watch(Connection connection) {
    connection.transport().onEnd(() -> ended(connection));
    monitor.watchAge(connection);
  }

  // ---- all connections at once

  /** Dials all connections; cancelling it ends the dials. */
  public CompletableFuture<Void> connect() {
    return reconfiguration.connect();
  }

  /** The dial of a lazy client, at its first use. */
  CompletableFuture<Void> firstDial() {
    return reconfiguration.firstDial();
  }

  /** Dials with other options and swaps, or throws and changes nothing. */
  public void replace(ClientOptions options) {
    reconfiguration.replace(options);
  }

  /** Makes another database the current one. */
  public void useDatabase(String database) {
    state.change(now -> now.withDatabase(database));
  }

  /**
   * Replaces all connections that serve with fresh ones.
   *
   * @param epoch in which they were dialled, or null to replace those of any
   * @return false if the client is closed, or the epoch over; the fresh ones are closed then
   */
  boolean swapAll(
      @Nullable Integer epoch, List<Transport> fresh, ClientOptions options, EndpointLoads loads) {
    Snapshot old =
        swap(
            fresh,
            loads,
            (now, connections) -> {
              boolean wanted = epoch == null ? !now.isClosed() : epoch == now.epoch();
              return wanted
                  ? now.withOptions(options, loads).with(ClientState.UP, connections, null)
                  : null;
            });
    if (old == null) {
      return false;
    }
    old.serving().forEach(connection -> open.drain(connection, old.options()));
    reconnectLoop.stop();
    return true;
  }

  /** Swaps a fresh connection into an empty place; false if it is no longer wanted. */
  boolean recovered(Snapshot dialled, Transport fresh) {
    return swapIn(
        dialled,
        fresh,
        null,
        now -> now.missing() > 0 && (now.serving().isEmpty() || now.site() == fresh.site()));
  }

  /** Replaces a connection with a fresh one; false if the old one no longer serves. */
  boolean renewed(Snapshot dialled, Transport fresh, Connection worn) {
    return swapIn(dialled, fresh, worn, now -> now.serving().contains(worn));
  }

  private boolean swapIn(
      Snapshot dialled, Transport fresh, @Nullable Connection worn, Predicate<Snapshot> wanted) {
    Snapshot old =
        swap(
            List.of(fresh),
            dialled.loads(),
            (now, connections) ->
                now.epoch() == dialled.epoch() && wanted.test(now)
                    ? now.with(ClientState.UP, now.exchanged(worn, connections.get(0)), null)
                    : null);
    if (old != null) {
      reconnects.incrementAndGet();
    }
    return old != null;
  }

  /** The only way in which fresh connections start to serve; null if they are not wanted. */
  private @Nullable Snapshot swap(
      List<Transport> fresh,
      EndpointLoads loads,
      BiFunction<Snapshot, List<Connection>, @Nullable Snapshot> step) {
    List<Connection> connections =
        fresh.stream().map(transport -> open.add(transport, loads)).toList();
    Snapshot old = state.change(now -> now.isOver() ? null : step.apply(now, connections));
    if (old == null) {
      connections.forEach(Connection::close);
      return null;
    }
    connections.forEach(this::watch);
    monitor.start();
    return old;
  }

  // ---- loss and recovery

  /** The transport of a connection has ended. */
  void ended(Connection connection) {
    // The last one does not make it DOWN: its server may only have asked for another transport.
    if (takeOut(connection, null)) {
      Snapshot replacing = snapshot();
      if (replacing.isReplacingLast()) {
        reconnectLoop.expectReplacement(replacing, connection);
      }
      reconnectLoop.start();
    }
  }

  /** The last connection has ended, and was not replaced. */
  void notReplaced(Snapshot replacing, Connection last) {
    MilvusPoolException reason = Errors.notReplaced(client, last.address(), HealthMonitor.SILENCE);
    goDown(now -> now.changed() == replacing.changed(), reason, reason);
  }

  /** The server has not answered on it for too long, so it stops serving. Its RPCs may continue. */
  void silent(Connection connection) {
    if (takeOut(connection, Errors.silent(client, connection.address(), HealthMonitor.SILENCE))) {
      reconnectLoop.start();
    }
  }

  /**
   * Removes a connection from those that serve.
   *
   * @param downReason why the client is DOWN if it was the last one, or null to leave it up
   * @return whether a connection is missing now
   */
  private boolean takeOut(Connection connection, @Nullable MilvusPoolException downReason) {
    Snapshot old =
        state.change(
            now -> {
              if (!now.serving().contains(connection)) {
                return null;
              }
              List<Connection> rest = now.exchanged(connection, null);
              boolean down = rest.isEmpty() && downReason != null && now.state() == ClientState.UP;
              return down
                  ? now.with(ClientState.DOWN, rest, downReason)
                  : now.with(now.state(), rest, null);
            });
    connection.retire();
    if (old == null) {
      return false;
    }
    lastServed = connection.address();
    return old.state() == ClientState.UP;
  }

  /** An attempt to reconnect failed. */
  void reconnectFailed(Snapshot dialled, Throwable failure) {
    MilvusPoolException reason = errors.dialFailed(failure);
    goDown(
        now ->
            now.epoch() == dialled.epoch()
                && now.serving().isEmpty()
                // A dial from before the last one ended says nothing of that one's server.
                && (now.state() == ClientState.DOWN || dialled.serving().isEmpty()),
        reason,
        Errors.connectionLost(
            client, Objects.requireNonNullElse(lastServed, dialled.address()), reason));
  }

  /** The first dial failed: goes down and reconnects. */
  public void startDown(Throwable failure) {
    MilvusPoolException reason = errors.dialFailed(failure);
    if (goDown(now -> now.state() == ClientState.UP && now.lazy(), reason, reason)) {
      reconnectLoop.start();
    }
  }

  private boolean goDown(
      Predicate<Snapshot> condition, MilvusPoolException dial, MilvusPoolException downReason) {
    Snapshot old =
        state.change(
            now ->
                !now.isOver() && condition.test(now)
                    ? now.with(ClientState.DOWN, List.of(), dial)
                    : null,
            downReason);
    reportFailedDial(dial);
    return old != null;
  }

  void reportFailedDial(Throwable failure) {
    events.reconnectFailed(Causes.unwrap(failure));
  }

  // ---- the end

  /**
   * Takes no new calls. Those in flight continue, with a reconnect if they need one. Completes when
   * the last call and the last stream have ended.
   */
  public CompletableFuture<Void> drain() {
    state.change(now -> now.isClosed() ? null : now.withClosing());
    return calls
        .drain()
        .thenCompose(
            done -> {
              stop();
              return open.drain();
            });
  }

  /** Cancels the calls in flight; streams end with their connections. */
  public void cutOff() {
    stop();
    calls.cutOff();
  }

  /** Closes all connections, with all RPCs on them; completes when their sockets are closed. */
  public CompletableFuture<Void> closeConnections() {
    stop();
    state.change(now -> now.with(ClientState.CLOSED, List.of(), null));
    return open.closeAll();
  }

  /** Opens no more connections. Calls that wait for one end. */
  private void stop() {
    Snapshot old =
        state.change(
            now -> now.isOver() ? null : now.with(ClientState.CLOSED, now.serving(), null));
    if (old != null) {
      reconnectLoop.stop();
      monitor.stop();
      dials.close();
    }
  }

  @Override
  public String toString() {
    Snapshot now = snapshot();
    return "Client %s at %s, %s since %s"
        .formatted(client, now.address(), now.publicState(), now.since());
  }
}
