package dev.milvuspool.internal.common;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
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

  /** A call or a dial. */
  public interface Swept {
    /** Ends if it is late; on the scheduler's thread. */
    void sweep(long now);
  }

  private final Background background;
  private final Set<Swept> underWay = ConcurrentHashMap.newKeySet();
  private final AtomicBoolean sweeping = new AtomicBoolean();

  /** Sweeps on the scheduler of this background. */
  public DeadlineSweeper(Background background) {
    this.background = background;
  }

  /** One begins. */
  public void add(Swept swept) {
    underWay.add(swept);
    start();
  }

  /** It has ended. */
  public void remove(Swept swept) {
    underWay.remove(swept);
  }

  /** Those that are under way. */
  public void forEach(Consumer<Swept> action) {
    underWay.forEach(action);
  }

  /** Not by the size, which may be wrong for a moment while others come and go. */
  private boolean isIdle() {
    return !underWay.iterator().hasNext();
  }

  boolean isSweeping() {
    return sweeping.get();
  }

  private void start() {
    if (!sweeping.get() && sweeping.compareAndSet(false, true)) {
      background.schedule(this::sweep, PERIOD);
    }
  }

  private void sweep() {
    if (isIdle()) {
      sweeping.set(false);
      if (!isIdle()) { // it began before the flag was lowered, and has started no sweep
        start();
      }
      return;
    }
    background.schedule(this::sweep, PERIOD); // first of all: whatever happens here, they go on
    long now = System.nanoTime();
    for (Swept swept : underWay) {
      try {
        swept.sweep(now);
      } catch (Throwable e) { // one's trouble must not end the deadlines of all
        logger.error("Sweeping {} failed; this is a bug of milvus-pool", swept, e);
      }
    }
  }
}
