package dev.milvuspool.internal.connect;

import dev.milvuspool.internal.common.Causes;
import io.milvus.shaded.io.grpc.Metadata;
import io.milvus.shaded.io.grpc.Status;
import io.milvus.shaded.io.grpc.StatusRuntimeException;
import org.jspecify.annotations.Nullable;

/** Reads from a gRPC status where an RPC ended: at the server, on the way, or here. */
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
   * Whether the server itself has not answered: it is unavailable, or the stream was reset. Any
   * other status shows that the server is alive.
   *
   * @param trailers of the RPC; null if they are unknown
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
   * Whether a GOAWAY of the server says that it does not process the RPC's stream. One with an
   * error code does not count: gRPC may then mean another stream.
   */
  public static boolean isLeftOut(Status status, Metadata trailers) {
    String description = status.getDescription();
    return isMadeHere(trailers)
        && description != null
        && description.startsWith("Abrupt GOAWAY closed sent stream. HTTP/2 error code: NO_ERROR");
  }

  /** Not the server's status: its text may be about a server or a channel of its own. */
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
