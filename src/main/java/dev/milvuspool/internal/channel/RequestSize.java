package dev.milvuspool.internal.channel;

import com.google.protobuf.MessageLite;
import io.milvus.grpc.InsertRequest;
import io.milvus.grpc.UpsertRequest;
import io.milvus.shaded.io.grpc.Status;

/** Explains to the caller that a request was too large for Milvus's proxy, which only says so. */
final class RequestSize {
  /** How a Go gRPC server begins to say it; the two sizes follow. */
  private static final String TOO_LARGE = "received message larger than max";

  private RequestSize() {}

  static Status explain(Status status, Object request) {
    String description = status.getDescription();
    if (status.getCode() != Status.Code.RESOURCE_EXHAUSTED
        || description == null
        || !description.contains(TOO_LARGE)
        || !(request instanceof MessageLite message)) {
      return status;
    }
    int rows =
        request instanceof InsertRequest insert
            ? insert.getNumRows()
            : request instanceof UpsertRequest upsert ? upsert.getNumRows() : 0;
    return status.augmentDescription(
        "the request is "
            + message.getSerializedSize()
            + " bytes large"
            + (rows > 0 ? ", with " + rows + " rows" : "")
            + ", and Milvus's proxy takes 64 MB (67108864 bytes) by default; send fewer rows a call");
  }
}
