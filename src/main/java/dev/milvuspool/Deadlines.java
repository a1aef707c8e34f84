package dev.milvuspool;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Enforces the deadlines of all calls and dials of a pool from one place: while there are any, a
 * sweep every 50 ms ends those that are late. They cost no timer, and an idle pool no wake-up.
 */
final class Deadlines {
  /** A quarter of the 200 ms by which a call may end after its deadline. */
  private static final Duration PERIOD = Duration.ofMillis(50);

  private static final Logger logger = LoggerFactory.getLogger(Deadlines.class);

  /** A dial, or a connection with its calls. */
  interface Watched {
    /** Ends what is late, on the scheduler's thread; whether anything is under way still. */
    boolean sweep(long now);

    /** Whether anything is under way. */
    boolean isBusy();
  }

  private final Background background;
  private final Set<Watched> all = ConcurrentHashMap.newKeySet();
  private final AtomicBoolean sweeping = new AtomicBoolean();

  Deadlines(Background background) {
    this.background = background;
  }

  void watch(Watched watched) {
    all.add(watched);
  }

  void forget(Watched watched) {
    all.remove(watched);
  }

  /** To be told after a call has become visible on its connection, or a dial is watched. */
  void begun() {
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
    // What began before the flag was lowered has not started a sweep.
    if (all.stream().anyMatch(Watched::isBusy)) {
      begun();
    }
  }

  private boolean sweepAll() {
    long now = System.nanoTime();
    boolean busy = false;
    for (Watched watched : all) {
      try {
        busy |= watched.sweep(now);
      } catch (RuntimeException e) { // one's trouble must not end the sweep of all
        logger.error("sweeping {} failed; this is a bug of milvus-pool", watched, e);
        busy = true;
      }
    }
    return busy;
  }
}
