package dev.milvuspool.internal.channel;

import com.google.protobuf.MessageLite;
import io.milvus.grpc.InsertRequest;
import io.milvus.grpc.UpsertRequest;
import io.milvus.shaded.io.grpc.Status;
import org.jspecify.annotations.Nullable;

/**
 * Measures requests: the rows are the weight on a connection, and the error of a request that is
 * too large for Milvus's proxy says its size.
 */
final class RequestSize {
  /** How a Go gRPC server's message starts; the two sizes follow. */
  private static final String TOO_LARGE = "received message larger than max";

  private RequestSize() {}

  /** How many rows it writes; 0 if it is no insert or upsert. */
  static int rows(@Nullable Object request) {
    return request instanceof InsertRequest insert
        ? insert.getNumRows()
        : request instanceof UpsertRequest upsert ? upsert.getNumRows() : 0;
  }

  static Status explain(Status status, Object request) {
    String description = status.getDescription();
    if (status.getCode() != Status.Code.RESOURCE_EXHAUSTED
        || description == null
        || !description.contains(TOO_LARGE)
        || !(request instanceof MessageLite message)) {
      return status;
    }
    int rows = rows(request);
    return status.augmentDescription(
        "the request is "
            + message.getSerializedSize()
            + " bytes large"
            + (rows > 0 ? ", with " + rows + " rows" : "")
            + "; Milvus's proxy accepts 64 MB (67108864 bytes) by default; send fewer rows a call");
  }
}
