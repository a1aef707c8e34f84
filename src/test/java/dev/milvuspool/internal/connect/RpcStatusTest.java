package dev.milvuspool.internal.connect;

import static org.assertj.core.api.Assertions.assertThat;

import io.milvus.shaded.io.grpc.Metadata;
import io.milvus.shaded.io.grpc.Status;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class RpcStatusTest {
  private static Metadata ofAServer() {
    Metadata trailers = new Metadata();
    trailers.put(Metadata.Key.of("content-type", Metadata.ASCII_STRING_MARSHALLER), "grpc");
    return trailers;
  }

  @Test
  void theStatusIsFoundWhereverItIsInTheChain() {
    Status status = Status.ABORTED.withDescription("why");

    assertThat(RpcStatus.of(status.asRuntimeException())).isSameAs(status);
    assertThat(RpcStatus.of(new CompletionException(new Exception(status.asRuntimeException()))))
        .isSameAs(status);
    assertThat(RpcStatus.of(new IllegalStateException("no gRPC"))).isNull();
  }

  @ParameterizedTest
  @EnumSource(
      value = Status.Code.class,
      names = {"UNAVAILABLE", "DEADLINE_EXCEEDED"})
  void nobodyAnsweredWhereTheServerWasNotReached(Status.Code code) {
    assertThat(RpcStatus.isUnanswered(code.toStatus(), null)).isTrue();
    assertThat(RpcStatus.isUnanswered(code.toStatus().withDescription("why"), null)).isTrue();
  }

  @ParameterizedTest
  @EnumSource(
      value = Status.Code.class,
      mode = EnumSource.Mode.EXCLUDE,
      names = {"UNAVAILABLE", "DEADLINE_EXCEEDED"})
  void everyOtherCodeIsAWordOfTheServer(Status.Code code) {
    assertThat(RpcStatus.isUnanswered(code.toStatus(), null)).isFalse();
    assertThat(RpcStatus.isUnanswered(code.toStatus().withDescription("why"), null)).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "RST_STREAM closed stream. HTTP/2 error code: CANCEL",
        "HTTP/2 error code: ENHANCE_YOUR_CALM",
        "Rst Stream: channel closed",
        "Channel closed"
      })
  void aResetOfTheStreamIsNone(String description) {
    for (Status status :
        new Status[] {
          Status.CANCELLED,
          Status.INTERNAL,
          Status.UNKNOWN,
          Status.RESOURCE_EXHAUSTED,
          Status.PERMISSION_DENIED
        }) {
      assertThat(RpcStatus.isUnanswered(status.withDescription(description), null))
          .as("%s", status.getCode())
          .isTrue();
    }
    assertThat(RpcStatus.isUnanswered(Status.INTERNAL.withDescription(description), ofAServer()))
        .isFalse();
    assertThat(RpcStatus.isUnanswered(Status.NOT_FOUND.withDescription(description), null))
        .isFalse();
  }

  @Test
  void ourOwnCancelIsNoWordOfTheServer() {
    assertThat(
            RpcStatus.isUnanswered(
                Status.CANCELLED.withDescription(RpcStatus.CANCELLED_HERE), null))
        .isTrue();
    assertThat(
            RpcStatus.isUnanswered(Status.INTERNAL.withDescription(RpcStatus.CANCELLED_HERE), null))
        .isFalse();
  }

  @ParameterizedTest
  @CsvSource({
    "Abrupt GOAWAY closed sent stream. HTTP/2 error code: NO_ERROR, true",
    "Abrupt GOAWAY closed sent stream. HTTP/2 error code: ENHANCE_YOUR_CALM, false",
    "GOAWAY shut down transport. HTTP/2 error code: NO_ERROR, false"
  })
  void aGoodbyeLeavesOutAStreamIfItNamesNoErrorAndNoServerSaysIt(String said, boolean leftOut) {
    Status status = Status.UNAVAILABLE.withDescription(said + ", debug data: why");
    assertThat(RpcStatus.isLeftOut(status, new Metadata())).isEqualTo(leftOut);
    assertThat(RpcStatus.isLeftOut(status, ofAServer())).isFalse();
  }
}
