package dev.milvuspool;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.Arrays;

/** What the calling thread allocates. */
final class Allocation {
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  private Allocation() {}

  /**
   * Bytes, on this thread, of a run of the action: the least of several rounds, for now and then
   * the JVM allocates something of its own on a thread.
   */
  static long least(int rounds, Runnable action) {
    long least = Long.MAX_VALUE;
    for (int i = 0; i < rounds; i++) {
      least = Math.min(least, of(1, action));
    }
    return least;
  }

  /** Bytes, on this thread, of so many runs of the action together. */
  private static long of(int times, Runnable action) {
    long id = Thread.currentThread().getId();
    long before = THREADS.getThreadAllocatedBytes(id);
    for (int i = 0; i < times; i++) {
      action.run();
    }
    return THREADS.getThreadAllocatedBytes(id) - before;
  }

  /**
   * Bytes, on this thread, that a run of one action takes more than one of another: the middle of
   * several rounds in which they take turns.
   */
  static long difference(int rounds, int times, Runnable action, Runnable other) {
    long[] more = new long[rounds];
    for (int i = 0; i < rounds; i++) {
      long others = of(times, other);
      more[i] = (of(times, action) - others) / times;
    }
    Arrays.sort(more);
    return more[rounds / 2];
  }
}
