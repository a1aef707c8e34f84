package dev.milvuspool.internal.channel;

import dev.milvuspool.ClientOptions;
import dev.milvuspool.internal.common.Background;
import dev.milvuspool.internal.common.Backoff;
import dev.milvuspool.internal.common.Durations;
import dev.milvuspool.internal.connect.Connector.Postponed;
import dev.milvuspool.internal.connect.Connector.Route;
import dev.milvuspool.internal.connect.Transport;
import java.time.Duration;
import java.util.Deque;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicReference;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Replaces lost connections: one loop for each client, which dials with jittered backoff until none
 * is missing.
 *
 * <p>gRPC's own reconnect waits 3 to 36 s after a longer outage. An attempt that hangs must not
 * delay the next one: a server that was stalled may never answer the attempts of that time. So two
 * attempts overlap. The older one may take the whole connect timeout, for a slow server; the
 * younger one makes room for the next.
 */
final class ReconnectLoop {
  private static final int MOST_ATTEMPTS = 2;

  /** Whose connections last longer than this does not flap. */
  private static final Duration STABLE = Duration.ofSeconds(1);

  private final ConnectionSupervisor supervisor;
  private final ClientDials dials;
  private final Background background;
  private final RandomGenerator random;
  private final AtomicReference<@Nullable Run> current = new AtomicReference<>();
  private volatile int failures;
  private volatile long lastSuccessAt = System.nanoTime() - Durations.nanos(STABLE);

  ReconnectLoop(
      ConnectionSupervisor supervisor,
      ClientDials dials,
      Background background,
      RandomGenerator random) {
    this.supervisor = supervisor;
    this.dials = dials;
    this.background = background;
    this.random = random;
  }

  /** Starts, unless it runs. The first attempt is immediate, except for a server that flaps. */
  void start() {
    ClientOptions options = supervisor.snapshot().options();
    boolean flaps =
        System.nanoTime() - lastSuccessAt
            <= Durations.nanos(Durations.min(options.reconnectBackoffMax(), STABLE));
    Run run = new Run();
    Run running = current.compareAndExchange(null, run);
    if (running != null) {
      if (supervisor.snapshot().isReplacingLast() && !flaps) { // others served until now
        running.attemptIn(Duration.ZERO);
      }
      return;
    }
    if (!flaps) {
      failures = 0;
    }
    run.attemptIn(failures == 0 ? Duration.ZERO : nextBackoff(options));
  }

  /** Stops the loop, and starts it again if a connection was lost meanwhile. */
  void stop() {
    Run run = current.getAndSet(null);
    if (run != null) {
      run.cancel();
    }
    if (supervisor.snapshot().missing() > 0) {
      start();
    }
  }

  /** Lets calls wait until it is known whether the last connection's server still answers. */
  void expectReplacement(Snapshot replacing, Connection last) {
    long since = System.nanoTime();
    background.schedule(
        () -> {
          if (!dials.hasAnswered(last, since)) {
            supervisor.notReplaced(replacing, last);
          } else if (!replacing.changed().isDone()) {
            expectReplacement(replacing, last);
          }
        },
        HealthMonitor.SILENCE);
  }

  private Duration nextBackoff(ClientOptions options) {
    int exponent = failures;
    failures = Math.min(exponent + 1, 30);
    return Backoff.beforeReconnect(
        exponent, options.reconnectBackoffMin(), options.reconnectBackoffMax(), random);
  }

  /** One run of the loop, from start to stop. Its last attempts cannot harm the next run. */
  private final class Run {
    private final long lostAt = System.nanoTime();
    private final Deque<CompletableFuture<Transport>> attempts = new ConcurrentLinkedDeque<>();
    private Future<?> next = CompletableFuture.completedFuture(null); // guarded by this

    private boolean isOver() {
      return current.get() != this;
    }

    void cancel() {
      synchronized (this) {
        next.cancel(false);
      }
      attempts.forEach(attempt -> attempt.cancel(false));
    }

    /** Replaces the attempt that was scheduled, so that there is never more than one. */
    synchronized void attemptIn(Duration delay) {
      next.cancel(false);
      if (!isOver()) {
        next = background.schedule(this::attempt, delay);
      }
    }

    private void attempt() {
      Snapshot snapshot = supervisor.snapshot();
      if (isOver()) {
        return;
      }
      if (snapshot.missing() <= 0) {
        stop();
        return;
      }
      ClientOptions options = snapshot.options();
      attemptIn(nextBackoff(options)); // first of all: whatever happens here, the loop goes on
      makeRoom();
      CompletableFuture<Transport> dial =
          dials.redial(snapshot, route(snapshot), options.connectTimeout());
      attempts.addLast(dial);
      if (isOver()) {
        dial.cancel(false);
      }
      dial.whenComplete(
          (transport, failure) -> {
            attempts.removeIf(each -> each == dial);
            if (failure == null) {
              succeeded(snapshot, transport);
            } else if (!dial.isCancelled()) {
              failed(snapshot, failure);
            }
          });
    }

    /** If others serve, to their site; after the last one, to its site before the others. */
    private Route route(Snapshot snapshot) {
      boolean othersServe = !snapshot.serving().isEmpty();
      return new Route(snapshot.loads(), Math.max(0, snapshot.site()), othersServe, null, lostAt);
    }

    private void makeRoom() {
      CompletableFuture<Transport> youngest =
          attempts.size() < MOST_ATTEMPTS ? null : attempts.peekLast();
      if (youngest != null) {
        youngest.cancel(false);
      }
    }

    private void succeeded(Snapshot snapshot, Transport transport) {
      if (supervisor.recovered(snapshot, transport)) {
        lastSuccessAt = System.nanoTime();
      }
      if (supervisor.snapshot().missing() <= 0) {
        stop();
      } else {
        attemptIn(Duration.ZERO);
      }
    }

    private void failed(Snapshot snapshot, Throwable failure) {
      if (!(failure instanceof Postponed)) {
        supervisor.reconnectFailed(snapshot, failure);
      } else if (supervisor.snapshot().isReplacingLast()) {
        attemptIn(ClientDials.nextInTheCrowd(random)); // calls wait for the outcome
      }
    }
  }
}
