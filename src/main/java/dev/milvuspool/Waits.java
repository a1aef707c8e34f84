package dev.milvuspool;

import java.time.Duration;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Waits of a user's thread: bounded, and ended by an interrupt, whose flag stays set. */
final class Waits {
  private Waits() {}

  /** What a future gives; its failure is thrown as it is. An interrupt cancels the future. */
  static <T> T await(CompletableFuture<T> future, String client, String what) {
    try {
      return future.get();
    } catch (InterruptedException e) {
      future.cancel(true);
      throw interrupted(client, what, e);
    } catch (ExecutionException e) {
      throw unchecked(e);
    }
  }

  /** Waits for a closing; an interrupt ends the waiting, not the closing, and its flag is kept. */
  static void awaitEnd(CompletableFuture<Void> end) {
    try {
      end.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException e) {
      throw unchecked(e);
    }
  }

  /** Whether the future was done in time; how it ended does not matter. */
  static boolean awaitDone(
      CompletableFuture<?> future, long deadlineAt, String client, String what) {
    try {
      future.get(Math.max(0, deadlineAt - System.nanoTime()), TimeUnit.NANOSECONDS);
      return true;
    } catch (InterruptedException e) {
      throw interrupted(client, what, e);
    } catch (TimeoutException e) {
      return false;
    } catch (ExecutionException | CancellationException e) {
      return true;
    }
  }

  static void sleep(Duration duration, String client, String what) {
    try {
      TimeUnit.NANOSECONDS.sleep(Nanos.of(duration));
    } catch (InterruptedException e) {
      throw interrupted(client, what, e);
    }
  }

  static MilvusPoolException interrupted(String client, String what, Throwable cause) {
    Thread.currentThread().interrupt();
    return new MilvusPoolException(
        "client " + client + ": the thread was interrupted during " + what, client, null, cause);
  }

  private static RuntimeException unchecked(ExecutionException e) {
    Throwable cause = e.getCause();
    if (cause instanceof RuntimeException unchecked) {
      return unchecked;
    }
    if (cause instanceof Error error) {
      throw error;
    }
    return new IllegalStateException(cause);
  }
}
