package dev.milvuspool.internal.connect;

import dev.milvuspool.Credentials;
import dev.milvuspool.internal.common.Background;
import dev.milvuspool.internal.common.Durations;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Asks the users' suppliers of credentials on the blocking executor, for dials and probes. Whoever
 * asks while a supplier is at work shares its answer, so that one that hangs holds a few threads,
 * not one for each dial of each client that has it.
 */
final class CredentialLookups {
  /** What takes longer may hang: it is not shared with those who ask now, but asked once more. */
  private static final Duration SHARED_FOR = Duration.ofSeconds(1);

  private static final int MOST_AT_A_TIME = 4;

  private static final class Lookup {
    private final CompletableFuture<@Nullable Credentials> answer = new CompletableFuture<>();
    private final long begunAt = System.nanoTime();
  }

  private final Background background;

  /** By supplier, oldest first; guarded by this. A user's equals would run under the lock. */
  private final IdentityHashMap<Supplier<Credentials>, Deque<Lookup>> underWay =
      new IdentityHashMap<>();

  CredentialLookups(Background background) {
    this.background = background;
  }

  /** What the supplier returns, null included, or throws. */
  CompletableFuture<@Nullable Credentials> ask(Supplier<Credentials> supplier) {
    Lookup mine;
    synchronized (this) {
      Deque<Lookup> lookups = underWay.computeIfAbsent(supplier, key -> new ArrayDeque<>());
      Lookup latest = lookups.peekLast();
      if (latest != null
          && (lookups.size() >= MOST_AT_A_TIME
              || System.nanoTime() - latest.begunAt < Durations.nanos(SHARED_FOR))) {
        return latest.answer.copy();
      }
      mine = new Lookup();
      lookups.addLast(mine);
    }
    CompletableFuture<@Nullable Credentials> copy = mine.answer.copy();
    background.execute(() -> run(supplier, mine));
    return copy;
  }

  private void run(Supplier<Credentials> supplier, Lookup lookup) {
    Credentials credentials = null;
    Throwable failure = null;
    try {
      credentials = supplier.get();
    } catch (Throwable e) {
      failure = e;
    }
    synchronized (this) {
      underWay.computeIfPresent(
          supplier,
          (key, lookups) -> {
            lookups.remove(lookup);
            return lookups.isEmpty() ? null : lookups;
          });
    }
    if (failure == null) {
      lookup.answer.complete(credentials);
    } else {
      lookup.answer.completeExceptionally(failure);
    }
  }
}
