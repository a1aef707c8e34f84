package dev.milvuspool;

import io.milvus.shaded.io.grpc.Status;
import io.milvus.shaded.io.grpc.StatusRuntimeException;
import io.milvus.v2.exception.ErrorCode;
import io.milvus.v2.exception.MilvusClientException;
import java.net.ConnectException;
import java.net.UnknownHostException;
import java.nio.channels.UnresolvedAddressException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/** Tells apart what an RPC through the SDK fails with, and takes failures out of futures. */
final class Failures {
  /** Milvus's code for a rate limit since 2.3. */
  private static final int RATE_LIMIT = 8;

  /** The same before 2.3: {@code ErrorCode.RateLimit} of its protocol. */
  private static final int LEGACY_RATE_LIMIT = 49;

  private Failures() {}

  /** The gRPC status in the chain of causes, or null. */
  static @Nullable Status status(Throwable failure) {
    for (Throwable cause : causes(failure)) {
      if (cause instanceof StatusRuntimeException rpc) {
        return rpc.getStatus();
      }
    }
    return null;
  }

  /** The failure and its causes; not all of a chain that is overlong or bites its tail. */
  static List<Throwable> causes(Throwable failure) {
    List<Throwable> causes = new ArrayList<>();
    for (Throwable cause = failure; cause != null && causes.size() < 10; cause = cause.getCause()) {
      causes.add(cause);
    }
    return causes;
  }

  /** Whether the connection was lost under the call. */
  static boolean isLost(Throwable failure) {
    Status status = status(failure);
    if (status == null) {
      return false;
    }
    return switch (status.getCode()) {
      case UNAVAILABLE -> true;
      case UNKNOWN -> {
        String description = status.getDescription();
        yield description != null
            && description.toLowerCase(Locale.ROOT).contains("channel closed");
      }
      default -> false;
    };
  }

  /**
   * Whether the RPC failed because its channel could not connect: then it was certainly not sent.
   */
  static boolean isUnsent(Throwable failure) {
    return isLost(failure)
        && causes(failure).stream()
            .anyMatch(
                cause ->
                    cause instanceof ConnectException
                        || cause instanceof UnknownHostException
                        || cause instanceof UnresolvedAddressException);
  }

  static boolean isDeadlineExceeded(Throwable failure) {
    Status status = status(failure);
    return status == null
        ? failure instanceof MilvusClientException sdk && isHiddenDeadline(sdk)
        : status.getCode() == Status.Code.DEADLINE_EXCEEDED;
  }

  /** The SDK's iterators put the status into the message and drop it as the cause. */
  private static boolean isHiddenDeadline(MilvusClientException failure) {
    String message = failure.getMessage();
    return failure.getErrorCode() == ErrorCode.RPC_ERROR
        && message != null
        && message.contains(Status.Code.DEADLINE_EXCEEDED.name());
  }

  static boolean isCancelled(Throwable failure) {
    Status status = status(failure);
    return status != null && status.getCode() == Status.Code.CANCELLED;
  }

  /** Whether the server rejected the request by rate limit, so that it was not carried out. */
  static boolean isRateLimited(Throwable failure) {
    return failure instanceof MilvusClientException server
        && (server.getServerErrCode() == RATE_LIMIT
            || server.getLegacyServerCode() == LEGACY_RATE_LIMIT);
  }

  /** Whether the failure is the absence of an answer, not an answer. */
  static boolean isUnanswered(Throwable failure) {
    return isLost(failure) || isDeadlineExceeded(failure) || isCancelled(failure);
  }

  /** What the SDK or gRPC threw, not a function of the user's. */
  static boolean isFromSdk(Throwable failure) {
    return failure instanceof MilvusClientException || failure instanceof StatusRuntimeException;
  }

  /** What went wrong in a future, without the wrapping that its dependants add. */
  static Throwable unwrap(Throwable failure) {
    Throwable cause = failure.getCause();
    return failure instanceof CompletionException && cause != null ? cause : failure;
  }

  /** The same, to be thrown. */
  static RuntimeException unchecked(Throwable failure) {
    Throwable cause = unwrap(failure);
    return cause instanceof RuntimeException unchecked
        ? unchecked
        : new IllegalStateException(cause);
  }
}
