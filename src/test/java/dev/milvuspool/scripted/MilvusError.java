package dev.milvuspool.scripted;

import io.milvus.grpc.ErrorCode;
import io.milvus.grpc.Status;

/** An error that Milvus tells in the response, by its code of Milvus 2.3 and later. */
final class MilvusError extends RuntimeException {
  static final int RATE_LIMIT = 8;
  static final int COLLECTION_NOT_FOUND = 100;
  static final int SCHEMA_MISMATCH = 109;
  static final int PARTITION_NOT_FOUND = 200;
  static final int INDEX_NOT_FOUND = 700;
  static final int DATABASE_NOT_FOUND = 800;
  static final int INVALID_PARAMETER = 1100;
  static final int ALIAS_NOT_FOUND = 1600;
  static final int ALIAS_EXISTS = 1602;

  private static final long serialVersionUID = 1;

  private final int code;

  MilvusError(int code, String reason) {
    super(reason, null, false, false);
    this.code = code;
  }

  /** As the server's {@code merr} package writes it, with the error code of Milvus 2.2 beside. */
  @SuppressWarnings("deprecation") // the old error code is what the SDK still reads
  static Status status(int code, String reason) {
    ErrorCode old =
        switch (code) {
          case RATE_LIMIT -> ErrorCode.RateLimit;
          case COLLECTION_NOT_FOUND -> ErrorCode.CollectionNotExists;
          case SCHEMA_MISMATCH -> ErrorCode.SchemaMismatch;
          case INDEX_NOT_FOUND -> ErrorCode.IndexNotExist;
          default -> ErrorCode.UnexpectedError;
        };
    return Status.newBuilder()
        .setCode(code)
        .setErrorCode(old)
        .setReason(reason)
        .setDetail(reason)
        .setRetriable(code == RATE_LIMIT)
        .build();
  }

  Status status() {
    return status(code, String.valueOf(getMessage()));
  }
}
