package dev.milvuspool.internal.connect;

import static org.assertj.core.api.Assertions.assertThat;

import io.milvus.grpc.ErrorCode;
import io.milvus.grpc.Status;
import org.junit.jupiter.api.Test;

@SuppressWarnings("deprecation") // the codes before 2.3
class MilvusStatusTest {
  @Test
  void bothCodesMustBeZeroForASuccess() {
    Status coded = Status.newBuilder().setCode(100).build();
    Status legacy = Status.newBuilder().setErrorCode(ErrorCode.RateLimit).build();

    assertThat(MilvusStatus.isSuccess(Status.getDefaultInstance())).isTrue();
    assertThat(MilvusStatus.isSuccess(coded)).isFalse();
    assertThat(MilvusStatus.isSuccess(legacy)).isFalse();
    assertThat(MilvusStatus.legacyCode(legacy)).isEqualTo(MilvusStatus.LEGACY_RATE_LIMIT);
  }

  @Test
  void anotherCodeKeepsTheReason() {
    Status mismatch =
        Status.newBuilder().setErrorCode(ErrorCode.SchemaMismatch).setReason("field age").build();

    Status changed = MilvusStatus.withCode(mismatch, 57);

    assertThat(changed.getCode()).isEqualTo(57);
    assertThat(changed.getReason()).isEqualTo("field age");
    assertThat(MilvusStatus.legacyCode(changed))
        .isNotZero()
        .isNotEqualTo(MilvusStatus.LEGACY_SCHEMA_MISMATCH);
  }
}
