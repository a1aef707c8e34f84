package dev.milvuspool.micrometer;

import dev.milvuspool.ClientClosedException;
import dev.milvuspool.ClientConnectException;
import dev.milvuspool.ClientTimeoutException;
import dev.milvuspool.ClientUnavailableException;
import dev.milvuspool.PoolClosedException;
import org.jspecify.annotations.Nullable;

/** How a call ended, in one word; the meters and the observations use the same words. */
final class CallOutcome {
  static final String SUCCESS = "success";

  private CallOutcome() {}

  /** The kind of the exception that the caller gets, or {@link #SUCCESS} for null. */
  static String of(@Nullable Throwable error) {
    if (error == null) {
      return SUCCESS;
    }
    if (error instanceof ClientTimeoutException) {
      return "timeout";
    }
    if (error instanceof ClientUnavailableException || error instanceof ClientConnectException) {
      return "unavailable";
    }
    if (error instanceof ClientClosedException || error instanceof PoolClosedException) {
      return "closed";
    }
    return "server_error";
  }
}
