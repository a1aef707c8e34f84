package dev.milvuspool;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Counts those who use a thing, and shuts the door on newcomers once it is to be drained.
 * Lock-free: one word holds the count and, in its lowest bit, whether the door is shut, so that
 * nobody can slip in between the last look at the count and the closing.
 */
final class Leases {
  private static final int SHUT = 1;
  private static final int ONE = 2;

  private final AtomicInteger word = new AtomicInteger();
  private final CompletableFuture<Void> drained = new CompletableFuture<>();

  /** Takes a lease, which must be given back; false once the door is shut. */
  boolean acquire() {
    while (true) {
      int seen = word.get();
      if ((seen & SHUT) != 0) {
        return false;
      }
      if (word.compareAndSet(seen, seen + ONE)) {
        return true;
      }
    }
  }

  /** Gives a lease back. */
  void release() {
    int left = word.addAndGet(-ONE);
    assert left >= 0 : "released more often than acquired";
    if (left == SHUT) {
      drained.complete(null);
    }
  }

  /** Shuts the door; the future is done when the last lease is back. */
  CompletableFuture<Void> drain() {
    if (word.getAndUpdate(seen -> seen | SHUT) == 0) {
      drained.complete(null);
    }
    return drained;
  }

  int count() {
    return word.get() >> 1;
  }
}
