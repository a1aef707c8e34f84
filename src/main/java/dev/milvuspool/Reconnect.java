package dev.milvuspool;

import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.random.RandomGenerator;

/**
 * Brings lost connections back: one loop a client, which knocks at the server with jittered backoff
 * and dials once it has answered. A knock that hangs does not hold up the next one, because what
 * the server left unanswered while it was stalled may stay so after it is back.
 */
final class Reconnect {
  /** The longest that one attempt may take. */
  static final Duration ATTEMPT_TIMEOUT = Duration.ofSeconds(5);

  private final Supervisor supervisor;
  private final Connector connector;
  private final Background background;
  private final RandomGenerator random;
  private final AtomicBoolean running = new AtomicBoolean();
  private final AtomicBoolean dialing = new AtomicBoolean();
  private final AtomicInteger generation = new AtomicInteger();
  private final Queue<CompletableFuture<Address>> knocks = new ConcurrentLinkedQueue<>();
  private volatile int attempt;
  private volatile long lastSuccessAt;
  private volatile Future<?> next = CompletableFuture.completedFuture(null);

  Reconnect(
      Supervisor supervisor, Connector connector, Background background, RandomGenerator random) {
    this.supervisor = supervisor;
    this.connector = connector;
    this.background = background;
    this.random = random;
    lastSuccessAt = System.nanoTime();
  }

  /** Begins, unless it is under way. The first attempt is at once, but for a server that flaps. */
  void start() {
    if (!running.compareAndSet(false, true)) {
      return;
    }
    int begun = generation.incrementAndGet();
    ClientOptions options = supervisor.situation().options();
    if (System.nanoTime() - lastSuccessAt > Nanos.of(options.reconnectBackoffMax())) {
      attempt = 0;
    }
    next =
        background.schedule(
            () -> attempt(begun), attempt == 0 ? Duration.ZERO : nextBackoff(options));
  }

  private void attempt(int begun) {
    if (generation.get() != begun || !running.get()) {
      return;
    }
    Situation situation = supervisor.situation();
    if (situation.missing() <= 0) {
      stop();
      return;
    }
    Connector.Target target = situation.target(supervisor.client());
    ClientOptions options = situation.options();
    Duration timeout = timeout(options);
    CompletableFuture<Address> knock = connector.knock(target, options.dialOrder(), timeout);
    knocks.add(knock);
    knock.whenComplete(
        (address, failure) -> {
          knocks.removeIf(CompletableFuture::isDone);
          if (failure == null) {
            dial(begun, situation, target, address, timeout);
          } else if (!knock.isCancelled()) {
            supervisor.dialFailed(situation.epoch(), failure);
          }
        });
    next = background.schedule(() -> attempt(begun), nextBackoff(options));
  }

  private void dial(
      int begun, Situation situation, Connector.Target target, Address address, Duration timeout) {
    if (!dialing.compareAndSet(false, true)) {
      return;
    }
    connector
        .dial(target, List.of(address), timeout, background.reserve())
        .whenComplete(
            (connection, failure) -> {
              dialing.set(false);
              if (failure != null) {
                supervisor.dialFailed(situation.epoch(), failure);
              } else if (supervisor.recovered(connection, situation.epoch())) {
                lastSuccessAt = System.nanoTime();
              }
              if (supervisor.situation().missing() <= 0) {
                stop();
              } else if (failure == null && generation.get() == begun) {
                next.cancel(false);
                next = background.schedule(() -> attempt(begun), Duration.ZERO);
              }
            });
  }

  /** Ends the loop; whoever loses a connection in the meantime finds that it must start again. */
  void stop() {
    running.set(false);
    next.cancel(false);
    knocks.forEach(knock -> knock.cancel(false));
    if (supervisor.situation().missing() > 0 && supervisor.needsReconnect()) {
      start();
    }
  }

  private Duration nextBackoff(ClientOptions options) {
    int exponent = attempt;
    attempt = Math.min(exponent + 1, 30);
    return Backoff.beforeReconnect(
        exponent, options.reconnectBackoffMin(), options.reconnectBackoffMax(), random);
  }

  static Duration timeout(ClientOptions options) {
    return options.connectTimeout().compareTo(ATTEMPT_TIMEOUT) < 0
        ? options.connectTimeout()
        : ATTEMPT_TIMEOUT;
  }
}
