package dev.milvuspool;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the connections of one client: gives one to each call, notices when one is lost, and
 * changes them in one way only: build a fresh connection, verify it, swap it in, drain the old one.
 * Recovery, replace, {@code useDatabase} and ageing are that.
 *
 * <p>The situation is one immutable value. It changes in {@link #change}, under a lock that is held
 * for no longer than that; calls read it without.
 */
final class Supervisor {
  private static final Duration PROBE_TIMEOUT = Duration.ofSeconds(1);

  private final String client;
  private final Background background;
  private final Connector connector;
  private final ClientEvents events;
  private final RandomGenerator random;
  private final Reconnect reconnect;
  private final ReentrantLock lock = new ReentrantLock();
  private final Set<Connection> open = ConcurrentHashMap.newKeySet();
  private final LongAdder reconnects = new LongAdder();
  private volatile Situation situation;
  private volatile @Nullable String serverVersion;
  private @Nullable CompletableFuture<Void> firstDial; // guarded by lock
  private Future<?> healthCheck = CompletableFuture.completedFuture(null); // guarded by lock

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
    this.random = random;
    situation = initial;
    reconnect = new Reconnect(this, connector, background, random);
  }

  String client() {
    return client;
  }

  Situation situation() {
    return situation;
  }

  long reconnects() {
    return reconnects.sum();
  }

  @Nullable String serverVersion() {
    return serverVersion;
  }

  int inFlight() {
    return open.stream().mapToInt(Connection::inFlight).sum();
  }

  // ---- calls

  /**
   * Begins an attempt of a call on the least loaded connection.
   *
   * @throws ClientClosedException if the client is closed
   * @throws ClientUnavailableException if it is down and does not wait
   * @throws ClientTimeoutException if it waited in vain
   */
  InFlightCall begin(Operation operation, long deadlineAt, int weight) {
    while (true) {
      Situation now = situation;
      Connection connection = now.leastLoaded();
      if (connection == null) {
        awaitConnection(now, operation.method(), deadlineAt);
        continue;
      }
      InFlightCall call = connection.begin(operation, deadlineAt, weight);
      if (call != null) {
        return call;
      }
      // It was swapped out since; the new situation has another.
    }
  }

  /** A connection that serves, for what is no call. */
  Connection awaitServing(String what, long deadlineAt) {
    while (true) {
      Situation now = situation;
      Connection connection = now.leastLoaded();
      if (connection != null) {
        return connection;
      }
      awaitConnection(now, what, deadlineAt);
    }
  }

  private void awaitConnection(Situation now, String what, long deadlineAt) {
    CompletableFuture<?> awaited =
        switch (now.state()) {
          case CLOSED -> throw closed();
          case UP -> firstDial();
          case DOWN -> {
            if (!now.options().waitForReady()) {
              throw unavailable(now, what);
            }
            yield now.left();
          }
        };
    if (!Waits.awaitDone(awaited, deadlineAt, client, what)) {
      throw new ClientTimeoutException(
          "client "
              + client
              + ": "
              + what
              + " at "
              + now.address()
              + " was not sent: no connection within its deadline; "
              + reason(now),
          client,
          now.address(),
          now.lastError());
    }
  }

  ClientClosedException closed() {
    return new ClientClosedException(client, situation.address(), null);
  }

  private ClientUnavailableException unavailable(Situation now, String what) {
    return new ClientUnavailableException(
        "client "
            + client
            + " is DOWN since "
            + now.since()
            + ": "
            + what
            + " at "
            + now.address()
            + " was not sent; it reconnects by itself; "
            + reason(now),
        client,
        now.address(),
        false,
        now.lastError());
  }

  private static String reason(Situation now) {
    MilvusPoolException error = now.lastError();
    return error == null ? "no dial has ended yet" : "the latest error: " + error.getMessage();
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

  private void discard(Connection connection) {
    connection.close(this::closed);
  }

  private void open(Connection connection, ClientOptions options) {
    open.add(connection);
    connection.open(this::probe);
    options.maxConnectionAge().ifPresent(age -> scheduleAge(connection, age));
    connection.closed().whenComplete((done, none) -> open.remove(connection));
  }

  private void drain(Connection connection, ClientOptions options) {
    connection.drain(
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
        dialAll(now.target(client), now.options().connectTimeout());
    dials.whenComplete(
        (fresh, failure) -> {
          try {
            if (failure == null) {
              swap(now.epoch(), fresh, now.options(), now.database());
              serving.complete(null);
            } else {
              serving.completeExceptionally(Reconnect.unwrap(failure));
            }
          } catch (MilvusPoolException closed) {
            serving.completeExceptionally(closed);
          }
        });
    serving.whenComplete((done, failure) -> dials.cancel(true));
    return serving;
  }

  private CompletableFuture<?> firstDial() {
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
    reconnect.start();
  }

  private CompletableFuture<List<Connection>> dialAll(Connector.Target target, Duration timeout) {
    List<CompletableFuture<Connection>> dials = new ArrayList<>();
    for (int i = 0; i < target.options().connections(); i++) {
      dials.add(connector.dial(target, target.options().dialOrder(), timeout, background));
    }
    CompletableFuture<List<Connection>> all = new CompletableFuture<>();
    dials.forEach(
        dial ->
            dial.whenComplete(
                (fresh, failure) -> {
                  if (failure != null) {
                    all.completeExceptionally(Reconnect.unwrap(failure));
                  }
                }));
    CompletableFuture.allOf(dials.toArray(CompletableFuture<?>[]::new))
        .thenRun(() -> all.complete(dials.stream().map(CompletableFuture::join).toList()));
    all.whenComplete(
        (fresh, failure) -> {
          if (failure != null) { // of one, or all were cancelled: nothing stays open
            dials.forEach(
                dial -> {
                  dial.cancel(true);
                  dial.thenAccept(this::discard);
                });
          }
        });
    return all;
  }

  // ---- replace and useDatabase

  /** Dials with new options, swaps, and drains what served before. */
  void replace(ClientOptions options) {
    String database = options.database().orElse(null);
    List<Connection> fresh =
        dialed(
            new Connector.Target(client, options, database), options.connectTimeout(), "replace");
    swap(null, fresh, options, database);
    events.noteReplaced(options);
    events.deliver();
  }

  /** Dials with another database, swaps, and drains what served before. */
  void useDatabase(String database, long deadlineAt) {
    while (true) {
      Situation now = situation;
      if (now.state() == ClientState.CLOSED) {
        throw closed();
      }
      if (now.state() == ClientState.DOWN) {
        awaitConnection(now, Operation.USE_DATABASE.method(), deadlineAt);
        continue;
      }
      Duration left = Nanos.until(deadlineAt);
      Duration connect = now.options().connectTimeout();
      List<Connection> fresh =
          dialed(
              new Connector.Target(client, now.options(), database),
              left.compareTo(connect) < 0 ? left : connect,
              Operation.USE_DATABASE.method());
      if (swap(now.epoch(), fresh, now.options(), database)) {
        events.deliver();
        return;
      }
    }
  }

  private List<Connection> dialed(Connector.Target target, Duration timeout, String what) {
    if (situation.state() == ClientState.CLOSED) {
      throw closed();
    }
    try {
      return Waits.await(dialAll(target, timeout), client, what);
    } catch (ClientConnectException e) {
      events.noteConnectFailed(e);
      events.deliver();
      throw e;
    }
  }

  /**
   * Puts fresh connections in the place of all that serve.
   *
   * @param epoch the epoch in which they were dialled, or null to take the place of any
   * @return false if the epoch is over; the connections are closed then
   * @throws ClientClosedException if the client was closed meanwhile; the connections are closed
   */
  private boolean swap(
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
    reconnect.stop();
    scheduleHealthCheck();
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
      reconnect.start();
      events.deliverInBackground();
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
  private boolean renewed(Connection fresh, int epoch, Connection worn) {
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
    reconnects.increment();
    scheduleHealthCheck();
    events.deliverInBackground();
    return true;
  }

  /** Whether connections are missing that the loop is to bring back. */
  boolean needsReconnect() {
    Situation now = situation;
    return now.state() == ClientState.DOWN
        || (now.state() == ClientState.UP && !now.serving().isEmpty() && now.missing() > 0);
  }

  private MilvusPoolException asPoolException(Throwable failure) {
    Throwable cause = Reconnect.unwrap(failure);
    return cause instanceof MilvusPoolException known
        ? known
        : new MilvusPoolException(
            "client " + client + ": the dial failed", client, situation.address(), cause);
  }

  // ---- probes

  /** Asks the server on this connection, in the background, unless that is being done. */
  void probe(Connection connection) {
    if (!connection.beginProbe()) {
      return;
    }
    long startedAt = System.nanoTime();
    background
        .reserve()
        .execute(
            () -> {
              try {
                answered(connection.ask(PROBE_TIMEOUT));
                connection.endProbe();
              } catch (RuntimeException unanswered) {
                dialAfresh(connection, startedAt);
              }
            });
  }

  /** A probe was answered, perhaps with the server's version. */
  void answered(@Nullable String version) {
    if (version != null) {
      serverVersion = version;
    }
  }

  /**
   * The connection does not answer the probe: a fresh one takes its place, or the client is down.
   * An answer to any call since the probe began shows that it works after all, and is only busy.
   */
  private void dialAfresh(Connection worn, long probedAt) {
    if (worn.lastAnsweredAt() - probedAt >= 0) {
      worn.endProbe();
      return;
    }
    renew(
        worn,
        failure -> {
          worn.endProbe();
          if (worn.lastAnsweredAt() - probedAt < 0) {
            lost(worn, asPoolException(failure));
          }
        },
        worn::endProbe);
  }

  private void renew(Connection worn, Consumer<Throwable> onFailure, Runnable onSuccess) {
    Situation now = situation;
    Connector.Target target = now.target(client);
    Duration timeout = Reconnect.timeout(now.options());
    connector
        .knock(target, now.options().dialOrder(), timeout)
        .thenCompose(
            address -> connector.dial(target, List.of(address), timeout, background.reserve()))
        .whenComplete(
            (fresh, failure) -> {
              if (failure != null) {
                Throwable cause = Reconnect.unwrap(failure);
                if (cause instanceof ClientConnectException connect) {
                  events.noteConnectFailed(connect);
                }
                onFailure.accept(cause);
                events.deliverInBackground();
              } else {
                renewed(fresh, now.epoch(), worn);
                onSuccess.run();
              }
            });
  }

  private void scheduleHealthCheck() {
    lock.lock();
    try {
      healthCheck.cancel(false);
      Duration interval = situation.options().healthCheckInterval();
      if (!interval.isZero() && situation.state() != ClientState.CLOSED) {
        healthCheck =
            background.schedule(() -> checkIdle(interval), Backoff.spread(interval, random));
      }
    } finally {
      lock.unlock();
    }
  }

  private void checkIdle(Duration interval) {
    long idleSince = System.nanoTime() - Nanos.of(interval) / 2;
    for (Connection connection : situation.serving()) {
      if (connection.inFlight() == 0 && connection.lastAnsweredAt() - idleSince < 0) {
        probe(connection);
      }
    }
    scheduleHealthCheck();
  }

  // ---- age

  private void scheduleAge(Connection connection, Duration age) {
    scheduleRenewal(connection, Backoff.spread(age, random));
  }

  private void scheduleRenewal(Connection connection, Duration delay) {
    Future<?> renewal = background.schedule(() -> renewAged(connection), delay);
    connection.closed().whenComplete((done, none) -> renewal.cancel(false));
  }

  private void renewAged(Connection aged) {
    if (!situation.serving().contains(aged)) {
      return;
    }
    renew(
        aged,
        failure -> {
          probe(aged); // it may be that only new connections are refused
          scheduleRenewal(aged, situation.options().reconnectBackoffMax());
        },
        () -> {});
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
      reconnect.stop();
      lock.lock();
      try {
        healthCheck.cancel(false);
        if (firstDial != null) {
          firstDial.cancel(true);
        }
      } finally {
        lock.unlock();
      }
      old.serving().forEach(connection -> drain(connection, old.options()));
    }
    return CompletableFuture.allOf(
        open.stream().map(Connection::closed).toArray(CompletableFuture<?>[]::new));
  }
}
