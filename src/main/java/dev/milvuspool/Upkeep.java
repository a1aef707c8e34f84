package dev.milvuspool;

import java.time.Duration;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Looks after the connections that serve: probes those that do not answer and those that idle, and
 * renews the broken and the aged.
 */
final class Upkeep {
  private static final Duration PROBE_TIMEOUT = Duration.ofSeconds(1);

  private final Supervisor supervisor;
  private final Connector connector;
  private final Background background;
  private final ClientEvents events;
  private final RandomGenerator random;
  private final AtomicReference<@Nullable Future<?>> healthCheck = new AtomicReference<>();

  Upkeep(
      Supervisor supervisor,
      Connector connector,
      Background background,
      ClientEvents events,
      RandomGenerator random) {
    this.supervisor = supervisor;
    this.connector = connector;
    this.background = background;
    this.events = events;
    this.random = random;
  }

  /** Asks the server on this connection, in the background, unless that is being done. */
  void probe(Connection connection) {
    if (!connection.beginProbe()) {
      return;
    }
    long answersBefore = connection.answers();
    connection
        .ask(PROBE_TIMEOUT)
        .whenComplete(
            (version, unanswered) -> {
              if (unanswered == null) {
                supervisor.answered(version);
                connection.endProbe();
              } else {
                dialAfresh(connection, answersBefore);
              }
            });
  }

  /**
   * The connection does not answer the probe: a fresh one takes its place, or the client is down.
   * An answer to any call since the probe began shows that it works after all, and is only busy.
   */
  private void dialAfresh(Connection worn, long answersBefore) {
    if (worn.answers() != answersBefore || !supervisor.situation().serving().contains(worn)) {
      worn.endProbe();
      return;
    }
    renew(
        worn,
        failure -> {
          worn.endProbe();
          if (worn.answers() == answersBefore) {
            supervisor.lost(worn, supervisor.asPoolException(failure));
          }
        },
        worn::endProbe);
  }

  private void renew(Connection worn, Consumer<Throwable> onFailure, Runnable onSuccess) {
    Situation now = supervisor.situation();
    Connector.Target target = now.target(supervisor.client());
    long deadlineAt = System.nanoTime() + Nanos.of(Reconnect.timeout(now.options()));
    connector
        .knock(target, now.options().dialOrder(), Nanos.until(deadlineAt))
        .thenCompose(address -> connector.redial(target, address, Nanos.until(deadlineAt)))
        .whenComplete(
            (fresh, failure) -> {
              if (failure != null) {
                Throwable cause = Failures.unwrap(failure);
                if (cause instanceof ClientConnectException connect) {
                  events.noteConnectFailed(connect);
                }
                onFailure.accept(cause);
                events.deliverInBackground();
              } else {
                supervisor.renewed(fresh, now.epoch(), worn);
                onSuccess.run();
              }
            });
  }

  void scheduleHealthCheck() {
    Duration interval = supervisor.situation().options().healthCheckInterval();
    setHealthCheck(
        interval.isZero()
            ? null
            : background.schedule(() -> checkIdle(interval), Backoff.spread(interval, random)));
    if (supervisor.situation().state() == ClientState.CLOSED) {
      stop();
    }
  }

  private void setHealthCheck(@Nullable Future<?> next) {
    Future<?> old = healthCheck.getAndSet(next);
    if (old != null) {
      old.cancel(false);
    }
  }

  private void checkIdle(Duration interval) {
    long idleSince = System.nanoTime() - Nanos.of(interval) / 2;
    for (Connection connection : supervisor.situation().serving()) {
      if (connection.inFlight() == 0 && connection.lastAnsweredAt() - idleSince < 0) {
        probe(connection);
      }
    }
    scheduleHealthCheck();
  }

  void stop() {
    setHealthCheck(null);
  }

  // ---- age

  /** Renews the connection when it comes of age, if there is such an age. */
  void watch(Connection connection, ClientOptions options) {
    options
        .maxConnectionAge()
        .ifPresent(age -> scheduleRenewal(connection, Backoff.spread(age, random)));
  }

  private void scheduleRenewal(Connection connection, Duration delay) {
    Future<?> renewal = background.schedule(() -> renewAged(connection), delay);
    connection.closed().whenComplete((done, none) -> renewal.cancel(false));
  }

  private void renewAged(Connection aged) {
    if (!supervisor.situation().serving().contains(aged)) {
      return;
    }
    renew(
        aged,
        failure -> {
          probe(aged); // it may be that only new connections are refused
          scheduleRenewal(aged, supervisor.situation().options().reconnectBackoffMax());
        },
        () -> {});
  }
}
