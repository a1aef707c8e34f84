package dev.milvuspool.internal.common;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Enforces the deadlines of all calls and dials of a pool from one place: while there are any, a
 * sweep every 50 ms ends those that are late.
 *
 * <p>A gRPC deadline on each RPC needs a timer and a header: 1 to 7 % of the throughput. The sweep
 * costs nothing measurable, and an idle pool has no wake-up.
 */
public final class DeadlineSweeper {
  /** A quarter of the 200 ms by which a call may end after its deadline. */
  private static final Duration PERIOD = Duration.ofMillis(50);

  private static final Logger logger = LoggerFactory.getLogger(DeadlineSweeper.class);

  /** A dial, or a client with its calls. */
  public interface Swept {
    /** Ends what is late, on the scheduler's thread; whether anything is still under way. */
    boolean sweep(long now);

    /** Whether anything is under way. */
    boolean isBusy();
  }

  private final Background background;
  private final Set<Swept> all = ConcurrentHashMap.newKeySet();
  private final AtomicBoolean sweeping = new AtomicBoolean();

  /** Sweeps on the scheduler of this background. */
  public DeadlineSweeper(Background background) {
    this.background = background;
  }

  /** Adds one to what is swept. */
  public void add(Swept swept) {
    all.add(swept);
  }

  /** Removes one. */
  public void remove(Swept swept) {
    all.remove(swept);
  }

  /** To be called after a call or a dial has become visible to its {@link Swept#sweep}. */
  public void begun() {
    if (!sweeping.get() && sweeping.compareAndSet(false, true)) {
      background.schedule(this::sweep, PERIOD);
    }
  }

  private void sweep() {
    boolean busy = true;
    try {
      busy = sweepAll();
    } finally { // whatever happens there, the sweeps go on
      if (busy) {
        background.schedule(this::sweep, PERIOD);
      }
    }
    if (busy) {
      return;
    }
    sweeping.set(false);
    // What began before the flag was lowered has not started a sweep.
    if (all.stream().anyMatch(Swept::isBusy)) {
      begun();
    }
  }

  private boolean sweepAll() {
    long now = System.nanoTime();
    boolean busy = false;
    for (Swept swept : all) {
      try {
        busy |= swept.sweep(now);
      } catch (Throwable e) { // one's trouble must not end the deadlines of all
        logger.error("Sweeping {} failed; this is a bug of milvus-pool", swept, e);
        busy = true;
      }
    }
    return busy;
  }
}
