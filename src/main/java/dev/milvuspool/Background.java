package dev.milvuspool;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.ForkJoinWorkerThread;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The threads behind a pool, all of them daemons: one scheduler, started when first needed, that
 * never blocks; workers for the dials and closings that users wait for; and a bounded reserve for
 * the rest of what blocks. Workers end after a second without work.
 */
final class Background implements Executor, AutoCloseable {
  private static final Logger logger = LoggerFactory.getLogger(Background.class);
  private static final AtomicInteger NUMBER = new AtomicInteger();

  /** The most threads for what no user waits for. */
  static final int MOST_RESERVE = 64;

  private final ScheduledThreadPoolExecutor scheduler;
  private final ThreadPoolExecutor workers;
  private final ForkJoinPool reserve;

  Background() {
    String prefix = "milvus-pool-" + NUMBER.incrementAndGet();
    scheduler = new ScheduledThreadPoolExecutor(1, daemons(prefix + "-scheduler"));
    scheduler.setRemoveOnCancelPolicy(true);
    scheduler.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    workers =
        new ThreadPoolExecutor(
            0,
            Integer.MAX_VALUE,
            1,
            TimeUnit.SECONDS,
            new SynchronousQueue<>(),
            daemons(prefix + "-worker"));
    AtomicInteger number = new AtomicInteger();
    reserve =
        new ForkJoinPool(
            MOST_RESERVE,
            pool -> {
              ForkJoinWorkerThread thread =
                  ForkJoinPool.defaultForkJoinWorkerThreadFactory.newThread(pool);
              thread.setName(prefix + "-reserve-" + number.incrementAndGet());
              return thread;
            },
            null,
            true,
            0,
            MOST_RESERVE,
            0,
            null,
            1,
            TimeUnit.SECONDS);
  }

  private static ThreadFactory daemons(String name) {
    AtomicInteger number = new AtomicInteger();
    return task -> {
      Thread thread = new Thread(task, name + "-" + number.incrementAndGet());
      thread.setDaemon(true);
      return thread;
    };
  }

  /** For gRPC contexts, whose deadlines it keeps. */
  ScheduledExecutorService scheduler() {
    return scheduler;
  }

  /**
   * Runs a task that may block.
   *
   * @throws RejectedExecutionException after {@link #close()}
   */
  @Override
  public void execute(Runnable task) {
    workers.execute(new Guarded(task));
  }

  /**
   * For what blocks and no user waits for (probes, reconnects): however many clients are in
   * trouble, it takes a bounded number of threads. Unlike other pools of threads, this one wakes an
   * idle thread before it starts another.
   */
  Executor reserve() {
    return task -> reserve.execute(new Guarded(task));
  }

  /** Runs a task that must not block, later. After {@link #close()} it is dropped. */
  Future<?> schedule(Runnable task, Duration delay) {
    try {
      return scheduler.schedule(new Guarded(task), Nanos.of(delay), TimeUnit.NANOSECONDS);
    } catch (RejectedExecutionException e) {
      logger.trace("dropped a task after the pool was closed", e);
      return CompletableFuture.completedFuture(null);
    }
  }

  /** A task whose failure is told. */
  private record Guarded(Runnable task) implements Runnable {
    @Override
    public void run() {
      try {
        task.run();
      } catch (RejectedExecutionException e) {
        logger.trace("a task found the pool closed", e);
      } catch (RuntimeException | Error e) {
        logger.error("a background task failed; this is a bug of milvus-pool", e);
      }
    }
  }

  /** Drops what is scheduled and lets the workers finish. */
  @Override
  public void close() {
    scheduler.shutdownNow();
    workers.shutdown();
    reserve.shutdown();
  }
}
