package dev.milvuspool;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Enforces the deadlines of all calls of a pool from one place: while calls are in flight, a sweep
 * every 50 ms cancels those that are late. A call costs no timer, and an idle pool no wake-up.
 */
final class Deadlines {
  /** A quarter of the 200 ms by which a call may end after its deadline. */
  private static final Duration PERIOD = Duration.ofMillis(50);

  private static final Logger logger = LoggerFactory.getLogger(Deadlines.class);

  private final Background background;
  private final Set<Connection> connections = ConcurrentHashMap.newKeySet();
  private final AtomicBoolean sweeping = new AtomicBoolean();

  Deadlines(Background background) {
    this.background = background;
  }

  void watch(Connection connection) {
    connections.add(connection);
  }

  void forget(Connection connection) {
    connections.remove(connection);
  }

  /** To be told after a call has become visible on its connection. */
  void callBegan() {
    if (!sweeping.get() && sweeping.compareAndSet(false, true)) {
      background.schedule(this::sweep, PERIOD);
    }
  }

  private void sweep() {
    if (sweepAll()) {
      background.schedule(this::sweep, PERIOD);
      return;
    }
    sweeping.set(false);
    // A call that began before the flag was lowered has not started a sweep.
    if (connections.stream().anyMatch(connection -> connection.inFlight() > 0)) {
      callBegan();
    }
  }

  private boolean sweepAll() {
    long now = System.nanoTime();
    boolean busy = false;
    for (Connection connection : connections) {
      try {
        busy |= connection.sweep(now);
      } catch (RuntimeException e) { // one connection's trouble must not end the sweep of all
        logger.error("sweeping {} failed; this is a bug of milvus-pool", connection, e);
        busy = true;
      }
    }
    return busy;
  }
}
