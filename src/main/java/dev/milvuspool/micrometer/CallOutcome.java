package dev.milvuspool.micrometer;

import dev.milvuspool.ClientClosedException;
import dev.milvuspool.ClientTimeoutException;
import dev.milvuspool.MilvusPoolException;
import dev.milvuspool.PoolClosedException;
import dev.milvuspool.internal.common.Causes;
import io.milvus.exception.MilvusException;
import io.milvus.v2.exception.MilvusClientException;
import org.jspecify.annotations.Nullable;

/** How a call ended, in one word; the meters and the observations use the same words. */
final class CallOutcome {
  private CallOutcome() {}

  /**
   * The kind of the exception that the caller gets, or of what is known in its causes: a function
   * given to {@code call} may wrap what it got. All else is a mistake of the caller, as what the
   * server rejects mostly is: no outage.
   */
  static String of(@Nullable Throwable error) {
    if (error == null) {
      return "success";
    }
    for (Throwable each : Causes.of(error)) {
      if (each instanceof MilvusClientException || each instanceof MilvusException) {
        return "server_error";
      }
      if (each instanceof ClientTimeoutException) {
        return "timeout";
      }
      if (each instanceof ClientClosedException || each instanceof PoolClosedException) {
        return "closed";
      }
      if (each instanceof MilvusPoolException) {
        return "unavailable";
      }
    }
    return "server_error";
  }
}
