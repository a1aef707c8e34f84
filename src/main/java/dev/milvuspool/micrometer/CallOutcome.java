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
   * The kind of the exception that the caller gets, or of a known one in its causes, because a
   * function given to {@code call} may wrap it. Any other one is a mistake of the caller, as most
   * rejected requests are, and no outage.
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
