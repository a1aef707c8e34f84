package dev.milvuspool;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import org.awaitility.Awaitility;

/** Threads that repeat an action until they are stopped, and keep what it failed with. */
final class Load implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final ExecutorService executor;
  private final List<Future<?>> running = new ArrayList<>();
  private final AtomicLong succeeded = new AtomicLong();
  private final List<RuntimeException> failures = new CopyOnWriteArrayList<>();
  private volatile boolean stopped;

  private Load(int threads) {
    executor = Executors.newFixedThreadPool(threads);
  }

  /** Begins, and waits until every thread can have succeeded once. */
  static Load of(int threads, Runnable action) {
    Load load = new Load(threads);
    for (int i = 0; i < threads; i++) {
      load.running.add(load.executor.submit(() -> load.repeat(action)));
    }
    load.awaitMore(threads);
    return load;
  }

  private void repeat(Runnable action) {
    while (!stopped) {
      try {
        action.run();
        succeeded.incrementAndGet();
      } catch (RuntimeException e) {
        failures.add(e);
      }
    }
  }

  /** Waits until so many more actions have succeeded. */
  void awaitMore(int actions) {
    long wanted = succeeded.get() + actions;
    Awaitility.await().atMost(PATIENCE).until(() -> succeeded.get() >= wanted);
  }

  List<RuntimeException> failures() {
    return failures;
  }

  /** Lets what is under way end, and begins no more. */
  void stop() {
    stopped = true;
    for (Future<?> thread : running) {
      try {
        thread.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new AssertionError("interrupted while the load was ending", e);
      } catch (ExecutionException | TimeoutException e) {
        throw new AssertionError("the load did not end", e);
      }
    }
  }

  /** Stops, and finds that nothing has failed. */
  void stopUnharmed() {
    stop();
    assertThat(failures).isEmpty();
  }

  @Override
  public void close() {
    stopped = true;
    executor.shutdownNow();
  }
}
