package dev.milvuspool;

import java.time.Duration;
import java.util.Deque;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Brings lost connections back: one loop a client, which knocks at the server with jittered backoff
 * and dials once it has answered. A knock that hangs does not hold up the next one, because what
 * the server left unanswered while it was stalled may stay so after it is back.
 */
final class Reconnect {
  /** The longest that one attempt may take. */
  static final Duration ATTEMPT_TIMEOUT = Duration.ofSeconds(5);

  /** Knocks that may wait for an answer at the same time. */
  private static final int MOST_KNOCKS = 2;

  private final Supervisor supervisor;
  private final Connector connector;
  private final Background background;
  private final RandomGenerator random;
  private final AtomicReference<@Nullable Run> current = new AtomicReference<>();
  private volatile int attempt;
  private volatile long lastSuccessAt;

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
    Run run = new Run();
    if (!current.compareAndSet(null, run)) {
      return;
    }
    ClientOptions options = supervisor.situation().options();
    if (System.nanoTime() - lastSuccessAt > Nanos.of(options.reconnectBackoffMax())) {
      attempt = 0;
    }
    run.attemptIn(attempt == 0 ? Duration.ZERO : nextBackoff(options));
  }

  /** Ends the loop; whoever loses a connection in the meantime finds that it must start again. */
  void stop() {
    Run run = current.getAndSet(null);
    if (run != null) {
      run.cancel();
    }
    if (supervisor.situation().needsReconnect()) {
      start();
    }
  }

  /** The loop from a start to its stop. What one run still has under way cannot harm the next. */
  private final class Run {
    private final long lostAt = System.nanoTime();

    private final AtomicBoolean dialing = new AtomicBoolean();
    private final Deque<CompletableFuture<Address>> knocks = new ConcurrentLinkedDeque<>();
    private volatile CompletableFuture<?> dial = CompletableFuture.completedFuture(null);
    private volatile Future<?> next = CompletableFuture.completedFuture(null);

    private boolean isOver() {
      return current.get() != this;
    }

    void cancel() {
      next.cancel(false);
      cancelKnocks();
      dial.cancel(false);
    }

    private void cancelKnocks() {
      knocks.forEach(knock -> knock.cancel(false));
    }

    /**
     * Behind a server that says nothing, every knock waits for its whole timeout. The oldest may,
     * for a server that takes its time to answer; the others make room for a fresh one.
     */
    private void makeRoom() {
      knocks.removeIf(CompletableFuture::isDone);
      while (knocks.size() >= MOST_KNOCKS) {
        CompletableFuture<Address> youngest = knocks.pollLast();
        if (youngest != null) {
          youngest.cancel(false);
        }
      }
    }

    /** In the place of the attempt that was to be next, so that there is never more than one. */
    synchronized void attemptIn(Duration delay) {
      next.cancel(false);
      next = background.schedule(this::attempt, delay);
    }

    private void attempt() {
      if (isOver()) {
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
      attemptIn(nextBackoff(options));
      if (dialing.get()) {
        return; // it will tell what a knock would
      }
      makeRoom();
      CompletableFuture<Address> knock =
          connector.knockAgain(target, options.dialOrder(), timeout, lostAt);
      knocks.add(knock);
      if (isOver()) {
        knock.cancel(false);
      }
      knock.whenComplete(
          (address, failure) -> {
            if (failure == null) {
              dial(situation, target, address, timeout);
            } else if (!knock.isCancelled()) {
              supervisor.dialFailed(situation.epoch(), failure);
            }
          });
    }

    private void dial(
        Situation situation, Connector.Target target, Address address, Duration timeout) {
      if (isOver() || !dialing.compareAndSet(false, true)) {
        return;
      }
      cancelKnocks();
      CompletableFuture<Connection> begun = connector.redial(target, address, timeout);
      dial = begun;
      if (isOver()) {
        begun.cancel(false);
      }
      begun.whenComplete(
          (connection, failure) -> {
            dialing.set(false);
            if (failure == null) {
              if (supervisor.recovered(connection, situation.epoch())) {
                lastSuccessAt = System.nanoTime();
              }
            } else if (!begun.isCancelled()) {
              supervisor.dialFailed(situation.epoch(), failure);
            }
            if (supervisor.situation().missing() <= 0) {
              stop();
            } else if (failure == null && !isOver()) {
              attemptIn(Duration.ZERO);
            }
          });
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
