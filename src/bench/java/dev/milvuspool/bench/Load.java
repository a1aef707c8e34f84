package dev.milvuspool.bench;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/**
 * What threads got done that repeat an action.
 *
 * @param callsPerSecond of all threads together
 * @param latencies of the calls
 */
record Load(double callsPerSecond, Latencies latencies) {

  /** Lets so many threads repeat it without a pause; what began in the warm-up is not counted. */
  static Load of(int threads, Duration warmUp, Duration measured, Runnable action)
      throws Exception {
    return of(threads, Duration.ZERO, warmUp, measured, action);
  }

  /**
   * Lets each of so many threads do it at a steady rate. A latency counts from when the call was
   * due: while one is held up, those that it holds up count as well.
   *
   * @param interval between two calls of a thread
   */
  static Load of(
      int threads, Duration interval, Duration warmUp, Duration measured, Runnable action)
      throws Exception {
    ExecutorService executor = Executors.newFixedThreadPool(threads);
    try {
      long begin = System.nanoTime() + warmUp.toNanos();
      long end = begin + measured.toNanos();
      List<Future<Latencies>> running = new ArrayList<>();
      for (int i = 0; i < threads; i++) {
        running.add(executor.submit(() -> repeat(interval, begin, end, action)));
      }
      Latencies all = new Latencies();
      for (Future<Latencies> each : running) {
        all.add(each.get());
      }
      return new Load(all.total() * 1e9 / measured.toNanos(), all);
    } finally {
      executor.shutdownNow();
    }
  }

  private static Latencies repeat(Duration interval, long begin, long end, Runnable action)
      throws InterruptedException {
    Latencies latencies = new Latencies();
    long dueAt = System.nanoTime();
    while (dueAt - end < 0) {
      TimeUnit.NANOSECONDS.sleep(dueAt - System.nanoTime());
      action.run();
      if (dueAt - begin >= 0) {
        latencies.add(System.nanoTime() - dueAt);
      }
      dueAt = interval.isZero() ? System.nanoTime() : dueAt + interval.toNanos();
    }
    return latencies;
  }
}
