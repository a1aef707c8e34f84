package dev.milvuspool;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.UnaryOperator;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the connections of one client: notices when one is lost, and changes them in one way only:
 * build a fresh connection, verify it, swap it in, drain the old one. Recovery, replace, {@code
 * useDatabase} and ageing are that.
 *
 * <p>The situation is one immutable value. It changes in {@link #change}, under a lock that is held
 * for no longer than that; calls read it without.
 */
final class Supervisor {
  private final String client;
  private final Background background;
  private final Connector connector;
  private final ClientEvents events;
  private final Upkeep upkeep;
  private final Admission admission = new Admission(this);
  private final RandomGenerator random;
  private final ReentrantLock lock = new ReentrantLock();
  private final List<Connection> open = new CopyOnWriteArrayList<>();
  private final CompletableFuture<Void> allClosed = new CompletableFuture<>();
  private final AtomicInteger reconnects = new AtomicInteger();
  private volatile Situation situation;
  private volatile @Nullable String serverVersion;
  private volatile @Nullable Reconnect reconnect; // made under lock, by the first loss
  private @Nullable CompletableFuture<Void> firstDial; // guarded by lock

  Supervisor(
      String client,
      Situation initial,
      Background background,
      Connector connector,
      ClientEvents events,
      RandomGenerator random) {
    this.client = client;
    this.background = background;
    this.connector = connector;
    this.events = events;
    situation = initial;
    this.random = random;
    upkeep = new Upkeep(this, connector, background, events, random);
  }

  String client() {
    return client;
  }

  Situation situation() {
    return situation;
  }

  Admission admission() {
    return admission;
  }

  long reconnects() {
    return reconnects.get();
  }

  @Nullable String serverVersion() {
    return serverVersion;
  }

  /** A probe was answered, perhaps with the server's version. */
  void answered(String version) {
    if (!version.isEmpty()) {
      serverVersion = version;
    }
  }

  /** Asks the server on this connection, in the background. */
  void probe(Connection connection) {
    upkeep.probe(connection);
  }

  int inFlight() {
    int sum = 0;
    for (Connection connection : open) {
      sum += connection.inFlight();
    }
    return sum;
  }

  ClientClosedException closed() {
    return new ClientClosedException(client, situation.address(), null);
  }

  // ---- the one way to change

  /** Changes the situation; null leaves it. The old one is returned, or null if nothing changed. */
  private @Nullable Situation change(UnaryOperator<@Nullable Situation> step) {
    lock.lock();
    try {
      Situation old = situation;
      Situation next = step.apply(old);
      if (next == null) {
        return null;
      }
      situation = next;
      if (next.state() != old.state()) {
        MilvusPoolException error = next.lastError();
        if (next.state() == ClientState.DOWN && error != null) {
          events.noteDown(error);
        } else if (next.state() == ClientState.UP) {
          events.noteUp(Nanos.since(old.sinceNanos()), next.serving().get(0).address());
        }
        old.left().complete(null);
      }
      return old;
    } finally {
      lock.unlock();
    }
  }

  private void open(Connection connection, ClientOptions options) {
    open.add(connection);
    connection.open(upkeep::probe);
    upkeep.watch(connection, options);
    connection.closed().whenComplete((done, none) -> open.remove(connection));
  }

  private CompletableFuture<Void> drain(Connection connection, ClientOptions options) {
    return connection.drain(
        options.drainTimeout(),
        () ->
            situation.state() == ClientState.CLOSED
                ? closed()
                : new ClientUnavailableException(
                    "client " + client + ": this connection was replaced and drained",
                    client,
                    connection.address().toString(),
                    false,
                    null));
  }

  // ---- birth

  /** Dials all connections; done when the client serves. Cancelling it ends the dials. */
  CompletableFuture<Void> connect() {
    Situation now = situation;
    CompletableFuture<Void> serving = new CompletableFuture<>();
    CompletableFuture<List<Connection>> dials =
        connector.dialAll(now.target(client), now.options().connectTimeout());
    dials.whenComplete(
        (fresh, failure) -> {
          try {
            if (failure == null) {
              swap(now.epoch(), fresh, now.options(), now.database());
              serving.complete(null);
            } else {
              serving.completeExceptionally(Failures.unwrap(failure));
            }
          } catch (MilvusPoolException closed) {
            serving.completeExceptionally(closed);
          }
        });
    serving.whenComplete((done, failure) -> dials.cancel(true));
    return serving;
  }

  /** The dial of a lazy client, by the first who needs it. */
  CompletableFuture<?> firstDial() {
    lock.lock();
    try {
      if (firstDial == null) {
        firstDial = connect();
        firstDial.whenComplete(
            (served, failure) -> {
              if (failure != null) {
                startDown(failure);
              }
            });
      }
      return firstDial;
    } finally {
      lock.unlock();
    }
  }

  /** Without a connection yet: goes down and heals. */
  void startDown(Throwable failure) {
    MilvusPoolException reason = asPoolException(failure);
    change(
        old ->
            old.state() == ClientState.UP && old.serving().isEmpty()
                ? old.with(ClientState.DOWN, List.of(), reason)
                : null);
    if (reason instanceof ClientConnectException connect) {
      events.noteConnectFailed(connect);
    }
    events.deliverInBackground();
    startReconnect();
  }

  // ---- replace and useDatabase

  Reconfiguration reconfiguration() {
    return new Reconfiguration(this, connector, events);
  }

  /**
   * Puts fresh connections in the place of all that serve.
   *
   * @param epoch the epoch in which they were dialled, or null to take the place of any
   * @return false if the epoch is over; the connections are closed then
   * @throws ClientClosedException if the client was closed meanwhile; the connections are closed
   */
  boolean swap(
      @Nullable Integer epoch,
      List<Connection> fresh,
      ClientOptions options,
      @Nullable String database) {
    fresh.forEach(connection -> open(connection, options));
    Situation old =
        change(
            now ->
                now.state() == ClientState.CLOSED || (epoch != null && epoch != now.epoch())
                    ? null
                    : now.configured(options, database).with(ClientState.UP, fresh, null));
    if (old == null) {
      fresh.forEach(connection -> drain(connection, options));
      if (situation.state() == ClientState.CLOSED) {
        throw closed();
      }
      return false;
    }
    old.serving().forEach(connection -> drain(connection, old.options()));
    stopReconnect();
    upkeep.scheduleHealthCheck();
    return true;
  }

  // ---- loss and recovery

  /** A call found its connection lost. */
  void lost(Connection connection, MilvusPoolException reason) {
    Situation old =
        change(
            now -> {
              if (!now.serving().contains(connection)) {
                return null;
              }
              List<Connection> rest = now.servingWithout(connection);
              return rest.isEmpty()
                  ? now.with(ClientState.DOWN, rest, reason)
                  : now.with(ClientState.UP, rest, null);
            });
    if (old != null) {
      drain(connection, old.options());
      startReconnect();
      events.deliverInBackground();
    }
  }

  private void startReconnect() {
    Reconnect loop;
    lock.lock();
    try {
      loop = reconnect == null ? new Reconnect(this, connector, background, random) : reconnect;
      reconnect = loop;
    } finally {
      lock.unlock();
    }
    loop.start();
  }

  private void stopReconnect() {
    Reconnect loop = reconnect;
    if (loop != null) {
      loop.stop();
    }
  }

  /** A reconnect failed. */
  void dialFailed(int epoch, Throwable failure) {
    MilvusPoolException reason = asPoolException(failure);
    change(
        now ->
            now.state() == ClientState.DOWN && now.epoch() == epoch
                ? now.with(ClientState.DOWN, List.of(), reason)
                : null);
    if (reason instanceof ClientConnectException connect) {
      events.noteConnectFailed(connect);
    }
    events.deliverInBackground();
  }

  /** Swaps a fresh connection into an empty place; false if it is no longer wanted. */
  boolean recovered(Connection fresh, int epoch) {
    return putIn(
        fresh,
        now ->
            now.epoch() == epoch && now.missing() > 0
                ? now.with(ClientState.UP, now.servingAnd(fresh), null)
                : null);
  }

  /** Swaps a fresh connection into the place of another one; false if that serves no more. */
  boolean renewed(Connection fresh, int epoch, Connection worn) {
    boolean swapped =
        putIn(
            fresh,
            now -> {
              if (now.epoch() != epoch || !now.serving().contains(worn)) {
                return null;
              }
              List<Connection> rest = now.servingWithout(worn);
              rest.add(fresh);
              return now.with(ClientState.UP, rest, null);
            });
    if (swapped) {
      drain(worn, situation.options());
    }
    return swapped;
  }

  private boolean putIn(Connection fresh, UnaryOperator<@Nullable Situation> step) {
    open(fresh, situation.options());
    if (change(now -> now.state() == ClientState.CLOSED ? null : step.apply(now)) == null) {
      drain(fresh, situation.options());
      return false;
    }
    reconnects.incrementAndGet();
    upkeep.scheduleHealthCheck();
    events.deliverInBackground();
    return true;
  }

  MilvusPoolException asPoolException(Throwable failure) {
    Throwable cause = Failures.unwrap(failure);
    return cause instanceof MilvusPoolException known
        ? known
        : new MilvusPoolException(
            "client " + client + ": the dial failed", client, situation.address(), cause);
  }

  // ---- end

  /** Closes for ever; done when all connections are drained and closed. */
  CompletableFuture<Void> close() {
    Situation old =
        change(
            now ->
                now.state() == ClientState.CLOSED
                    ? null
                    : now.configured(now.options(), now.database())
                        .with(ClientState.CLOSED, List.of(), null));
    if (old != null) {
      stopReconnect();
      upkeep.stop();
      lock.lock();
      try {
        if (firstDial != null) {
          firstDial.cancel(true);
        }
      } finally {
        lock.unlock();
      }
      List<CompletableFuture<Void>> closings = new ArrayList<>();
      old.serving().forEach(connection -> closings.add(drain(connection, old.options())));
      open.forEach(connection -> closings.add(connection.closed())); // draining since before
      CompletableFuture.allOf(closings.toArray(CompletableFuture<?>[]::new))
          .whenComplete(
              (done, failure) -> {
                if (failure == null) {
                  allClosed.complete(null);
                } else {
                  allClosed.completeExceptionally(failure);
                }
              });
    }
    return allClosed;
  }
}
