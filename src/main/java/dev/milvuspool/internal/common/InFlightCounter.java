package dev.milvuspool.internal.common;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLongFieldUpdater;

/**
 * Weighted reference count for draining. After {@link #drain} no {@link #acquire} succeeds; its
 * future completes when the count is zero.
 *
 * <p>One word holds the weight, the count and, in its lowest bit, whether it is closed, so that no
 * acquire can slip in between the last look at the count and the closing.
 */
public final class InFlightCounter {
  private static final long CLOSED = 1;
  private static final long ONE = 2;

  /** Leaves room for a count of 16 million below, and for 2^38 of weight above. */
  private static final int WEIGHT_SHIFT = 25;

  private static final long COUNT = (1L << WEIGHT_SHIFT) - ONE;

  /** Two counters a client: an object less for each. */
  private static final AtomicLongFieldUpdater<InFlightCounter> WORD =
      AtomicLongFieldUpdater.newUpdater(InFlightCounter.class, "word");

  private volatile long word;
  private final CompletableFuture<Void> drained = new CompletableFuture<>();

  /** Acquires with weight 1. */
  public boolean acquire() {
    return acquire(1);
  }

  /** Acquires, and must be released; false once it is closed to new ones. */
  public boolean acquire(int weight) {
    while (true) {
      long seen = word;
      if ((seen & CLOSED) != 0) {
        return false;
      }
      if (WORD.compareAndSet(this, seen, seen + unit(weight))) {
        return true;
      }
    }
  }

  /** Acquires with weight 1, closed or not: for a holder that has not released it yet. */
  public void acquireAgain() {
    WORD.addAndGet(this, unit(1));
  }

  /** Releases what was acquired with weight 1. */
  public void release() {
    release(1);
  }

  /** Releases what was acquired with this weight. */
  public void release(int weight) {
    long left = WORD.addAndGet(this, -unit(weight));
    assert left >= 0 : "released more often than acquired";
    if (left == CLOSED) {
      drained.complete(null);
    }
  }

  private static long unit(int weight) {
    return ((long) weight << WEIGHT_SHIFT) + ONE;
  }

  /** Closes it to new ones; the future completes when the last one is released. */
  public CompletableFuture<Void> drain() {
    if (WORD.getAndUpdate(this, seen -> seen | CLOSED) == 0) {
      drained.complete(null);
    }
    return drained;
  }

  /** Completes when it is closed to new ones and the last one is released. */
  public CompletableFuture<Void> drained() {
    return drained;
  }

  /** How many were acquired and not released. */
  public int count() {
    return (int) ((word & COUNT) / ONE);
  }

  /** The sum of their weights. */
  public long weight() {
    return word >>> WEIGHT_SHIFT;
  }
}
