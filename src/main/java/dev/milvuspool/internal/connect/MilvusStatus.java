package dev.milvuspool.internal.connect;

import io.milvus.grpc.ConnectResponse;
import io.milvus.grpc.ErrorCode;
import io.milvus.grpc.Status;

/**
 * Reads Milvus's own status in its answers: the code since 2.3, and the deprecated one from before,
 * which some answers still carry alone.
 */
@SuppressWarnings("deprecation") // the old code is deprecated, but needed
public final class MilvusStatus {
  /** Of {@code SchemaMismatch}, after which the SDK repeats an insert. */
  public static final int LEGACY_SCHEMA_MISMATCH = ErrorCode.SchemaMismatch_VALUE;

  /** Of {@code RateLimit}. */
  public static final int LEGACY_RATE_LIMIT = ErrorCode.RateLimit_VALUE;

  private static final int DATABASE_NOT_FOUND = 800;

  private MilvusStatus() {}

  /** The code before 2.3. */
  public static int legacyCode(Status status) {
    return status.getErrorCodeValue();
  }

  /** Whether the request succeeded. */
  public static boolean isSuccess(Status status) {
    return status.getCode() == 0 && legacyCode(status) == 0;
  }

  /** Whether the request failed because its database does not exist. */
  public static boolean isDatabaseMissing(Status status) {
    String reason = status.getReason();
    return status.getCode() == DATABASE_NOT_FOUND
        || reason.contains("database not found")
        || reason.contains("database not exist");
  }

  /** Whether the server has checked the request's database: Milvus Lite does not. */
  public static boolean hasCheckedDatabase(ConnectResponse answer) {
    return answer.getIdentifier() != 0; // it gives no connection an identifier
  }

  /** The same error with this code, and without a legacy code that means anything. */
  public static Status withCode(Status status, int code) {
    return status.toBuilder().setErrorCode(ErrorCode.UnexpectedError).setCode(code).build();
  }
}
