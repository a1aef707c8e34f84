package dev.milvuspool.scripted;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.milvus.shaded.io.grpc.Status;
import io.milvus.shaded.io.grpc.StatusRuntimeException;
import io.milvus.v2.exception.MilvusClientException;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;

/** How the SDK's client tells what a scripted Milvus did to a call. */
final class SdkAssertions {
  private SdkAssertions() {}

  static void assertStatus(ThrowingCallable call, Status.Code code) {
    assertThatThrownBy(call)
        .satisfies(
            e -> {
              Throwable cause = e instanceof StatusRuntimeException ? e : e.getCause();
              assertThat(cause).isInstanceOf(StatusRuntimeException.class);
              assertThat(Status.fromThrowable(cause).getCode()).isEqualTo(code);
            });
  }

  static void assertServerError(ThrowingCallable call, int code, String reason) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            MilvusClientException.class,
            e -> assertThat(e.getServerErrCode()).as("code").isEqualTo(code))
        .hasMessageContaining(reason);
  }
}
