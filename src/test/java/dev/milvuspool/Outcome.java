package dev.milvuspool;

import dev.milvuspool.internal.common.Durations;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * How something ended, and after how long.
 *
 * @param elapsed time
 * @param failure what it threw, or null
 */
record Outcome(Duration elapsed, @Nullable Throwable failure) {
  static Outcome of(Runnable action) {
    long startedAt = System.nanoTime();
    Throwable failure = null;
    try {
      action.run();
    } catch (RuntimeException | Error e) {
      failure = e;
    }
    return new Outcome(Durations.since(startedAt), failure);
  }

  /** Runs all at the same time, each on a thread of its own; an end within a minute is awaited. */
  static List<Outcome> ofAll(List<Runnable> actions) {
    ExecutorService threads = Executors.newCachedThreadPool();
    try {
      List<Future<Outcome>> running =
          actions.stream().map(action -> threads.submit(() -> of(action))).toList();
      List<Outcome> outcomes = new ArrayList<>();
      for (Future<Outcome> each : running) {
        outcomes.add(each.get(60, TimeUnit.SECONDS));
      }
      return outcomes;
    } catch (Exception e) {
      throw new AssertionError("not all of " + actions.size() + " actions ended", e);
    } finally {
      threads.shutdownNow();
    }
  }
}
