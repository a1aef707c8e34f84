package dev.milvuspool.internal.common;

import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Bounded waits of a user's thread. An interrupt ends them; its flag stays set. */
public final class Await {
  private Await() {}

  /** The future's result; its failure is thrown as it is. An interrupt cancels the future. */
  public static <T> T result(CompletableFuture<T> future, String client, String operation) {
    try {
      return future.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      if (future.cancel(true)) {
        throw Errors.interrupted(client, operation, false, e);
      }
      return afterInterrupt(future);
    } catch (ExecutionException e) {
      throw Causes.unchecked(e);
    }
  }

  /** It was faster than the interrupt, and nobody else would close it. */
  private static <T> T afterInterrupt(CompletableFuture<T> future) {
    try {
      return future.join();
    } catch (CompletionException e) {
      throw Causes.unchecked(e);
    }
  }

  /** Waits for a closing; an interrupt ends the waiting, not the closing. */
  public static void end(CompletableFuture<Void> end) {
    try {
      end.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException e) {
      throw Causes.unchecked(e);
    }
  }

  /**
   * Whether the future was done in time; how it ended does not matter.
   *
   * @throws InterruptedException if the thread is interrupted
   */
  public static boolean done(CompletableFuture<?> future, long deadlineAt)
      throws InterruptedException {
    try {
      future.get(Math.max(0, deadlineAt - System.nanoTime()), TimeUnit.NANOSECONDS);
      return true;
    } catch (TimeoutException e) {
      return false;
    } catch (ExecutionException | CancellationException e) {
      return true;
    }
  }
}
