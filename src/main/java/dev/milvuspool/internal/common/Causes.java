package dev.milvuspool.internal.common;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;

/** Lists chains of causes, and unwraps the failures of futures. */
public final class Causes {
  /** Enough for any real chain; a circular one ends here. */
  private static final int LONGEST_CHAIN = 20;

  private Causes() {}

  /** The failure and its causes. */
  public static List<Throwable> of(Throwable failure) {
    List<Throwable> causes = new ArrayList<>();
    try {
      for (Throwable cause = failure;
          cause != null && causes.size() < LONGEST_CHAIN;
          cause = cause.getCause()) {
        causes.add(cause);
      }
    } catch (RuntimeException e) {
      // A user's exception whose getCause fails is the last one.
    }
    return causes;
  }

  /** The first of this type in the chain, or null. */
  public static <T extends Throwable> @Nullable T find(Throwable failure, Class<T> type) {
    for (Throwable cause : of(failure)) {
      if (type.isInstance(cause)) {
        return type.cast(cause);
      }
    }
    return null;
  }

  /** What went wrong in a future, without the wrapping that futures add. */
  public static Throwable unwrap(Throwable failure) {
    Throwable cause = failure.getCause();
    return (failure instanceof CompletionException || failure instanceof ExecutionException)
            && cause != null
        ? unwrap(cause)
        : failure;
  }

  /** The same, to be thrown. */
  public static RuntimeException unchecked(Throwable failure) {
    Throwable cause = unwrap(failure);
    if (cause instanceof Error error) {
      throw error;
    }
    return cause instanceof RuntimeException unchecked
        ? unchecked
        : new IllegalStateException(cause);
  }
}
