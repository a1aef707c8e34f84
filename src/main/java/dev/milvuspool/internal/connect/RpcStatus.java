package dev.milvuspool.internal.connect;

import dev.milvuspool.internal.common.Causes;
import io.milvus.shaded.io.grpc.Metadata;
import io.milvus.shaded.io.grpc.Status;
import io.milvus.shaded.io.grpc.StatusRuntimeException;
import org.jspecify.annotations.Nullable;

/** What a gRPC status says about where an RPC ended: at the server, on the way, or here. */
public final class RpcStatus {
  /** What the library's own cancels say, to tell them from a server's. */
  public static final String CANCELLED_HERE = "cancelled by milvus-pool";

  private RpcStatus() {}

  /** The status in the chain of causes, or null. */
  public static @Nullable Status of(Throwable failure) {
    StatusRuntimeException rpc = Causes.find(failure, StatusRuntimeException.class);
    return rpc == null ? null : rpc.getStatus();
  }

  /**
   * Whether the server knows the user, who lacks a privilege: a wrong password has another code.
   */
  static boolean isPermissionDenied(Throwable failure) {
    Status status = of(failure);
    return status != null && status.getCode() == Status.Code.PERMISSION_DENIED;
  }

  /**
   * Whether this is the word of something on the way, or of nobody: the server is unavailable, or
   * the stream was reset. Only what it does not hold for is a sign of life of the server.
   *
   * @param trailers which the RPC ended with; null where nothing is known of them
   */
  public static boolean isUnanswered(Status status, @Nullable Metadata trailers) {
    return switch (status.getCode()) {
      case UNAVAILABLE, DEADLINE_EXCEEDED -> true;
      case CANCELLED -> isReset(status, trailers) || CANCELLED_HERE.equals(status.getDescription());
      case INTERNAL, UNKNOWN, RESOURCE_EXHAUSTED, PERMISSION_DENIED -> isReset(status, trailers);
      default -> false;
    };
  }

  /**
   * Whether the server said goodbye (GOAWAY) and named the RPC's stream as one that it does not
   * process. With an error code that is not believed: gRPC may mean another stream then.
   */
  public static boolean isLeftOut(Status status, Metadata trailers) {
    String description = status.getDescription();
    return isMadeHere(trailers)
        && description != null
        && description.startsWith("Abrupt GOAWAY closed sent stream. HTTP/2 error code: NO_ERROR");
  }

  /** Not the server's status: the text of that may be about a server or a channel of its own. */
  public static boolean isMadeHere(@Nullable Metadata trailers) {
    return trailers == null || trailers.keys().isEmpty();
  }

  /** Whether gRPC made the status from a reset of the stream or an end of the transport. */
  private static boolean isReset(Status status, @Nullable Metadata trailers) {
    String description = status.getDescription();
    return isMadeHere(trailers)
        && description != null
        && (description.contains("RST_STREAM")
            || description.contains("HTTP/2 error code")
            || description.contains("channel closed")
            || description.contains("Channel closed"));
  }
}
