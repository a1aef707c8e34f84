package dev.milvuspool.internal.channel;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import dev.milvuspool.internal.connect.MilvusStatus;
import io.milvus.grpc.MutationResult;
import io.milvus.grpc.Status;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** Reads Milvus's own status in an answer: whether the request may be sent again. */
final class Answer {
  private static final int RATE_LIMIT = 8;

  /** A proxy that starts or stops: 1 is "service not ready", 2 "service unavailable". */
  private static final Set<Integer> NOT_READY = Set.of(1, 2);

  /**
   * Not ready, unavailable, too many requests, too few resources, collection or partition not fully
   * loaded, collection on recovery: states that end soon.
   */
  private static final Set<Integer> TRY_LATER = Set.of(1, 2, 4, 12, 103, 106, 202);

  /** The field by the type of the answer: a look-up by name costs each call a few hundred bytes. */
  private static final Map<Descriptor, Optional<FieldDescriptor>> STATUS_FIELDS =
      new ConcurrentHashMap<>();

  private Answer() {}

  /** The status in an answer, or null if it has none. */
  static @Nullable Status status(@Nullable Object answer) {
    if (answer instanceof Status status) {
      return status;
    }
    if (!(answer instanceof Message message)) {
      return null;
    }
    FieldDescriptor field =
        STATUS_FIELDS
            .computeIfAbsent(
                message.getDescriptorForType(),
                type -> Optional.ofNullable(type.findFieldByName("status")))
            .orElse(null);
    return field != null && message.getField(field) instanceof Status status ? status : null;
  }

  /** Whether the request was rejected by a rate limit, and so not carried out. */
  static boolean isRateLimited(Status status) {
    return status.getCode() == RATE_LIMIT
        || MilvusStatus.legacyCode(status) == MilvusStatus.LEGACY_RATE_LIMIT;
  }

  /** Whether the proxy itself starts or stops. */
  static boolean isNotReady(Status status) {
    return NOT_READY.contains(status.getCode());
  }

  /** Whether the server says "try later". */
  static boolean isTryLater(Status status) {
    return status.getRetriable() || TRY_LATER.contains(status.getCode());
  }

  static boolean isSchemaMismatch(Object answer) {
    return answer instanceof MutationResult mutation
        && MilvusStatus.legacyCode(mutation.getStatus()) == MilvusStatus.LEGACY_SCHEMA_MISMATCH;
  }

  /** The same answer in a form that the SDK does not repeat, with its reason and code. */
  static Object withoutRepetition(Object answer) {
    MutationResult mutation = (MutationResult) answer;
    Status status = mutation.getStatus();
    int code = status.getCode() != 0 ? status.getCode() : MilvusStatus.LEGACY_SCHEMA_MISMATCH;
    return mutation.toBuilder().setStatus(MilvusStatus.withCode(status, code)).build();
  }
}
