package dev.milvuspool;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a listener attaches to one call, such as a span of a trace. All methods are called on the
 * thread of the call. What they throw is logged, and the call continues. The pages of an iterator
 * belong to no call: only opening the iterator is one.
 */
public interface CallScope {
  /**
   * The gRPC metadata that is added to each request of the call, retries included; by default none.
   *
   * @return values by name, such as {@code traceparent}
   */
  default Map<String, String> requestHeaders() {
    return Map.of();
  }

  /**
   * A request of the call is about to be sent again. Does nothing by default.
   *
   * @param retry 1 for the first retry of the request
   * @param reason what the previous attempt failed with
   */
  default void onRetry(int retry, Throwable reason) {}

  /**
   * The call ended, retries included. Called exactly once.
   *
   * @param error the exception that the caller gets, or null after success
   */
  void onEnd(@Nullable Throwable error);
}
