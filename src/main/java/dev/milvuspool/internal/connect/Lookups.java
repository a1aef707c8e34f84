package dev.milvuspool.internal.connect;

import dev.milvuspool.internal.common.Background;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Runs foreign code that may hang (a supplier of credentials, DNS, files) on the blocking executor.
 * Requests for the same key share one look-up, so that one that hangs holds one thread for each
 * key, not for each client.
 *
 * <p>A look-up that takes too long for its requester is interrupted, and the next request starts
 * another one. If it does not end even then, it keeps its thread. There are few such threads for
 * each key and for all keys; if all hang, requests fail immediately until one of them returns.
 */
final class Lookups<K, V> {
  private static final int MOST_STUCK_OF_A_KEY = 4;
  private static final int MOST_STUCK = 32;

  /** Looks up one key. */
  @FunctionalInterface
  interface Source<K, V> {
    V lookUp(K key) throws Exception;
  }

  /** It took too long, or so many hang that no other one starts. */
  static final class GivenUpException extends TimeoutException {
    private static final long serialVersionUID = 1L;

    GivenUpException(String message) {
      super(message);
    }
  }

  static final class Lookup<V> {
    private final CompletableFuture<V> answer = new CompletableFuture<>();
    private boolean givenUp; // guarded by the look-ups, as is what follows
    private boolean ended;
    private @Nullable Thread thread; // guarded by this: the one it is on
  }

  private final Background background;
  private final Executor executor;
  private final Source<K, V> source;
  private final Map<K, Deque<Lookup<V>>> underWay; // oldest first; guarded by this
  private int stuck; // guarded by this

  /**
   * For one kind of look-ups.
   *
   * @param executor see {@link Background#foreign}
   * @param underWay an empty map that says when two keys are the same; it is used under a lock
   */
  Lookups(
      Background background,
      Executor executor,
      Source<K, V> source,
      Map<K, Deque<Lookup<V>>> underWay) {
    this.background = background;
    this.executor = executor;
    this.source = source;
    this.underWay = underWay;
  }

  /**
   * What the source returns or throws, or {@link GivenUpException}.
   *
   * @param patience after which a look-up that starts here is given up
   */
  CompletableFuture<V> ask(K key, Duration patience) {
    Lookup<V> mine = new Lookup<>();
    synchronized (this) {
      Deque<Lookup<V>> others = underWay.computeIfAbsent(key, absent -> new ArrayDeque<>());
      Lookup<V> latest = others.peekLast();
      if (latest != null && !latest.givenUp) {
        return latest.answer.copy();
      }
      if (others.size() == MOST_STUCK_OF_A_KEY || (latest != null && stuck >= MOST_STUCK)) {
        return CompletableFuture.failedFuture(
            new GivenUpException(
                "look-ups that did not end when they were interrupted: " + others.size()));
      }
      others.addLast(mine);
    }
    CompletableFuture<V> copy = mine.answer.copy();
    executor.execute(() -> run(key, mine));
    var patienceEnds = background.schedule(() -> giveUp(mine), patience);
    mine.answer.whenComplete((answer, failure) -> patienceEnds.cancel(false));
    return copy;
  }

  private void run(K key, Lookup<V> lookup) {
    try {
      begin(lookup);
      V answer = source.lookUp(key);
      end(key, lookup);
      lookup.answer.complete(answer);
    } catch (Throwable e) {
      boolean givenUp = end(key, lookup) && !(e instanceof GivenUpException);
      lookup.answer.completeExceptionally(
          givenUp ? new GivenUpException("it was interrupted because it took too long") : e);
    }
  }

  private void begin(Lookup<V> lookup) throws GivenUpException {
    synchronized (lookup) {
      lookup.thread = Thread.currentThread();
    }
    synchronized (this) {
      if (lookup.givenUp) { // nobody would interrupt it any more
        throw new GivenUpException("it waited too long for a thread");
      }
    }
  }

  /** Whether it has been given up. */
  private boolean end(K key, Lookup<V> lookup) {
    synchronized (lookup) {
      lookup.thread = null;
    }
    Thread.interrupted(); // that of giving up is not for the next task
    synchronized (this) {
      lookup.ended = true;
      stuck -= lookup.givenUp ? 1 : 0;
      underWay.computeIfPresent(
          key, (same, all) -> all.remove(lookup) && all.isEmpty() ? null : all);
      return lookup.givenUp;
    }
  }

  private void giveUp(Lookup<V> lookup) {
    synchronized (this) {
      if (lookup.ended) {
        return;
      }
      lookup.givenUp = true;
      stuck++;
    }
    background.execute(() -> interrupt(lookup)); // which may close a channel of the user's
  }

  private static void interrupt(Lookup<?> lookup) {
    synchronized (lookup) {
      if (lookup.thread != null) {
        lookup.thread.interrupt();
      }
    }
  }
}
