package dev.milvuspool.internal.common;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The daemon threads of a pool: one scheduler, started when first needed, which never blocks, and a
 * bounded executor for tasks that may block.
 *
 * <p>Foreign code may hang forever: listeners, suppliers, look-ups of names, files, channels that
 * an interrupt closes. Each of these kinds has its share of the threads, so that one that hangs
 * does not delay another, nor the library's own steps, for which a few threads are always left.
 *
 * <p>It has a reference count and is not owned by the pool. A removed client may still drain after
 * its pool was closed, and needs the scheduler to cut off its calls. So the threads end when the
 * last user has released them, whatever the order of remove, close and replace.
 *
 * <p>The blocking executor has 4 threads as long as its tasks end. It grows only if none ends for
 * 20 ms. So many clients in trouble cost 4 threads, and tasks that hang delay no other. Its threads
 * end after a second without work.
 */
public final class Background implements Executor {
  private static final Logger logger = LoggerFactory.getLogger(Background.class);
  private static final AtomicInteger NUMBER = new AtomicInteger();

  private static final int FEW_THREADS = 4;
  private static final int MOST_OF_A_KIND = 64;
  private static final int KINDS = 6;
  private static final int MOST_THREADS = KINDS * MOST_OF_A_KIND + FEW_THREADS;
  private static final Duration STUCK = Duration.ofMillis(20);
  private static final Duration NEXT_TRY = Duration.ofMillis(100);

  private final ScheduledThreadPoolExecutor scheduler;
  private final ThreadPoolExecutor blocking;
  private final Executor listeners = foreign();
  private final Executor interrupts = foreign();
  private final InFlightCounter users = new InFlightCounter();
  private final AtomicBoolean watchingQueue = new AtomicBoolean();
  private long completedBefore; // by the scheduler alone

  /** Starts no thread. The caller is its first user, and must release it. */
  public Background() {
    this(threads -> threads);
  }

  /** With other threads for what may block. */
  Background(UnaryOperator<ThreadFactory> ofBlocking) {
    String prefix = "milvus-pool-" + NUMBER.incrementAndGet();
    scheduler = new ScheduledThreadPoolExecutor(1, daemons(prefix + "-scheduler"));
    scheduler.setRemoveOnCancelPolicy(true);
    scheduler.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    blocking =
        new ThreadPoolExecutor(
            FEW_THREADS,
            FEW_THREADS,
            1,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            ofBlocking.apply(daemons(prefix + "-blocking")));
    blocking.allowCoreThreadTimeOut(true);
    users.acquire();
    users
        .drained()
        .thenRun(
            () -> {
              scheduler.shutdownNow();
              blocking.shutdown();
            });
  }

  /** They inherit nothing from the caller that starts them, because they may outlive it. */
  private static ThreadFactory daemons(String name) {
    AtomicInteger number = new AtomicInteger();
    return task -> {
      Thread thread = new Thread(null, task, name + "-" + number.incrementAndGet(), 0, false);
      thread.setContextClassLoader(Background.class.getClassLoader());
      thread.setDaemon(true);
      return thread;
    };
  }

  /** Adds a user, who must release it; false if the last one has already left. */
  public boolean retain() {
    return users.acquire();
  }

  /** Removes a user. */
  public void release() {
    users.release();
  }

  /** Takes no new users; the threads end with the last one. */
  public void endWithLastUser() {
    users.drain();
  }

  /** Runs this after the last user has left. */
  public void afterLastUser(Runnable task) {
    users.drained().thenRun(task);
  }

  /** For one kind of code that is not the library's, and may hang. */
  public Executor foreign() {
    return new BoundedExecutor(this, MOST_OF_A_KIND);
  }

  /** For tasks that call listeners. */
  public Executor listeners() {
    return listeners;
  }

  /** For interrupts of users' threads: a channel on which one is blocked is closed there. */
  public Executor interrupts() {
    return interrupts;
  }

  /** Runs a task of the library's own, which may block for a moment. Dropped after the end. */
  @Override
  public void execute(Runnable task) {
    try {
      blocking.execute(new Guarded(task));
    } catch (RejectedExecutionException e) {
      logger.trace("dropped a task after the last client had ended", e);
      return;
    } catch (OutOfMemoryError e) { // as below
      schedule(() -> execute(task), NEXT_TRY);
      return;
    }
    watchQueue();
  }

  private void watchQueue() {
    if (!blocking.getQueue().isEmpty() && watchingQueue.compareAndSet(false, true)) {
      schedule(this::growIfStuck, STUCK);
    }
  }

  private void growIfStuck() {
    if (blocking.getQueue().isEmpty()) {
      blocking.setCorePoolSize(FEW_THREADS);
      blocking.setMaximumPoolSize(FEW_THREADS);
      watchingQueue.set(false);
      watchQueue(); // what came before the flag was lowered has started no watch
      return;
    }
    long completed = blocking.getCompletedTaskCount();
    int size = Math.max(blocking.getCorePoolSize(), blocking.getPoolSize()); // some hang since long
    if (completed == completedBefore && size < MOST_THREADS) {
      try {
        blocking.setMaximumPoolSize(size + FEW_THREADS);
        blocking.setCorePoolSize(size + FEW_THREADS);
      } catch (OutOfMemoryError e) { // what Java says if the system gives it no more threads
        blocking.setCorePoolSize(size); // so that the next look tries it again
      }
    }
    completedBefore = completed;
    schedule(this::growIfStuck, STUCK);
  }

  /** Runs a task that must not block, later. Dropped after the end. */
  public Future<?> schedule(Runnable task, Duration delay) {
    try {
      return scheduler.schedule(new Guarded(task), Durations.nanos(delay), TimeUnit.NANOSECONDS);
    } catch (RejectedExecutionException e) {
      logger.trace("dropped a task after the last client had ended", e);
      return CompletableFuture.completedFuture(null);
    }
  }

  /** A task whose failure is logged, an {@link Error} included, and stops nothing else. */
  private record Guarded(Runnable task) implements Runnable {
    @Override
    public void run() {
      try {
        task.run();
      } catch (Throwable e) {
        logger.error("A background task failed; this is a bug of milvus-pool", e);
      }
    }
  }
}
