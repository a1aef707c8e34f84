package dev.milvuspool.bench;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * What threads got done that repeat an action.
 *
 * @param callsPerSecond of all threads together
 * @param latencies of the calls
 */
record Load(double callsPerSecond, Latencies latencies) {

  /** Lets so many threads repeat it; what began in the warm-up is not counted. */
  static Load of(int threads, Duration warmUp, Duration measured, Runnable action)
      throws Exception {
    ExecutorService executor = Executors.newFixedThreadPool(threads);
    try {
      long begin = System.nanoTime() + warmUp.toNanos();
      long end = begin + measured.toNanos();
      List<Future<Latencies>> running = new ArrayList<>();
      for (int i = 0; i < threads; i++) {
        running.add(executor.submit(() -> repeat(begin, end, action)));
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

  private static Latencies repeat(long begin, long end, Runnable action) {
    Latencies latencies = new Latencies();
    while (true) {
      long startedAt = System.nanoTime();
      if (startedAt - end >= 0) {
        return latencies;
      }
      action.run();
      if (startedAt - begin >= 0) {
        latencies.add(System.nanoTime() - startedAt);
      }
    }
  }
}
