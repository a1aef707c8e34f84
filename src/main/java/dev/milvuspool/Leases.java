package dev.milvuspool;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLongFieldUpdater;

/**
 * Counts and weighs those who use a thing, and shuts the door on newcomers once it is to be
 * drained. Lock-free: one word holds the weight, the count and, in its lowest bit, whether the door
 * is shut, so that nobody can slip in between the last look at the count and the closing.
 */
final class Leases {
  private static final long SHUT = 1;
  private static final long ONE = 2;

  /** Leaves room for 16 million leases below, and for 2^38 of weight above. */
  private static final int WEIGHT_SHIFT = 25;

  private static final long COUNT = (1L << WEIGHT_SHIFT) - ONE;

  private static final AtomicLongFieldUpdater<Leases> WORD =
      AtomicLongFieldUpdater.newUpdater(Leases.class, "word");

  private volatile long word;
  private final CompletableFuture<Void> drained = new CompletableFuture<>();

  /** Takes a lease of weight 1. */
  boolean acquire() {
    return acquire(1);
  }

  /** Takes a lease, which must be given back; false once the door is shut. */
  boolean acquire(int weight) {
    while (true) {
      long seen = word;
      if ((seen & SHUT) != 0) {
        return false;
      }
      if (WORD.compareAndSet(this, seen, seen + lease(weight))) {
        return true;
      }
    }
  }

  /** Gives a lease of weight 1 back. */
  void release() {
    release(1);
  }

  /** Gives a lease of this weight back. */
  void release(int weight) {
    long left = WORD.addAndGet(this, -lease(weight));
    assert left >= 0 : "released more often than acquired";
    if (left == SHUT) {
      drained.complete(null);
    }
  }

  private static long lease(int weight) {
    return ((long) weight << WEIGHT_SHIFT) + ONE;
  }

  /** Shuts the door; the future is done when the last lease is back. */
  CompletableFuture<Void> drain() {
    if (WORD.getAndUpdate(this, seen -> seen | SHUT) == 0) {
      drained.complete(null);
    }
    return drained;
  }

  int count() {
    return (int) ((word & COUNT) / ONE);
  }

  /** The sum of the weights of the leases that are out. */
  long weight() {
    return word >>> WEIGHT_SHIFT;
  }
}
