package dev.milvuspool.bench;

import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Ends calls that do not end by themselves, as the SDK's may: on a thread of its own each, which is
 * interrupted after a time.
 */
final class CutOff implements AutoCloseable {
  /** The time. */
  static final Duration AFTER = Duration.ofSeconds(10);

  private final ExecutorService threads =
      Executors.newCachedThreadPool(
          task -> {
            Thread thread = new Thread(task, "call");
            thread.setDaemon(true); // not every call heeds the interrupt
            return thread;
          });

  /**
   * How a call ended.
   *
   * @param succeeded whether it did
   * @param beganAt nano time
   * @param endedAt nano time, by itself or cut off
   */
  record Outcome(boolean succeeded, long beganAt, long endedAt) {
    double millis() {
      return (endedAt - beganAt) / 1e6;
    }

    boolean cutOff() {
      return !succeeded && millis() >= AFTER.toMillis();
    }
  }

  Outcome call(Runnable call) throws InterruptedException {
    long beganAt = System.nanoTime();
    Future<?> future = threads.submit(call);
    boolean succeeded = false;
    try {
      future.get(AFTER.toMillis(), TimeUnit.MILLISECONDS);
      succeeded = true;
    } catch (ExecutionException e) {
      // it failed
    } catch (TimeoutException e) {
      future.cancel(true);
    }
    return new Outcome(succeeded, beganAt, System.nanoTime());
  }

  @Override
  public void close() {
    threads.shutdownNow();
  }
}
