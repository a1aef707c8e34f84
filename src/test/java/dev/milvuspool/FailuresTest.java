package dev.milvuspool;

import static org.assertj.core.api.Assertions.assertThat;

import io.milvus.shaded.io.grpc.Status;
import io.milvus.v2.exception.ErrorCode;
import io.milvus.v2.exception.MilvusClientException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.UnknownHostException;
import java.nio.channels.UnresolvedAddressException;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class FailuresTest {
  private static final RuntimeException OF_THE_USER = new IllegalStateException("mine");

  @Test
  void aStatusIsFoundInTheChainOfCauses() {
    Throwable rpc = rpc(Status.INTERNAL);

    assertThat(Failures.status(rpc)).isEqualTo(Status.INTERNAL);
    assertThat(Failures.status(bySdk(rpc))).isEqualTo(Status.INTERNAL);
    assertThat(Failures.status(OF_THE_USER)).isNull();
  }

  @Test
  void aChainOfCausesThatBitesItsTailEnds() {
    RuntimeException head = new RuntimeException("head");
    head.initCause(new RuntimeException("tail", head));

    assertThat(Failures.status(head)).isNull();
  }

  @Test
  void aConnectionIsLostWhereItIsUnavailableOrItsChannelClosed() {
    assertThat(Failures.isLost(bySdk(rpc(Status.UNAVAILABLE)))).isTrue();
    assertThat(Failures.isLost(bySdk(rpc(Status.UNKNOWN.withDescription("Channel closed")))))
        .isTrue();

    assertThat(Failures.isLost(bySdk(rpc(Status.UNKNOWN)))).isFalse();
    assertThat(Failures.isLost(bySdk(rpc(Status.UNKNOWN.withDescription("odd"))))).isFalse();
    assertThat(Failures.isLost(OF_THE_USER)).isFalse();
  }

  @ParameterizedTest
  @EnumSource(
      value = Status.Code.class,
      mode = EnumSource.Mode.EXCLUDE,
      names = {"UNAVAILABLE"})
  void everyOtherStatusLeavesTheConnection(Status.Code code) {
    assertThat(Failures.isLost(rpc(code.toStatus()))).isFalse();
  }

  @Test
  void anRpcIsUnsentWhereItsChannelCouldNotConnect() {
    Throwable refused = new ConnectException("Connection refused");

    assertThat(Failures.isUnsent(bySdk(rpc(Status.UNAVAILABLE.withCause(refused))))).isTrue();
    assertThat(
            Failures.isUnsent(
                bySdk(rpc(Status.UNAVAILABLE.withCause(new UnknownHostException("gone"))))))
        .isTrue();
    assertThat(
            Failures.isUnsent(
                bySdk(rpc(Status.UNAVAILABLE.withCause(new UnresolvedAddressException())))))
        .isTrue();

    assertThat(Failures.isUnsent(bySdk(rpc(Status.UNAVAILABLE)))).isFalse();
    assertThat(
            Failures.isUnsent(
                bySdk(rpc(Status.UNAVAILABLE.withCause(new IOException("Connection reset"))))))
        .isFalse();
    assertThat(Failures.isUnsent(bySdk(rpc(Status.INTERNAL.withCause(refused))))).isFalse();
    assertThat(Failures.isUnsent(new IllegalStateException(refused))).isFalse();
  }

  @Test
  void aDeadlineIsSeenAlsoWhereTheSdkHidesIt() {
    String hidden = "query failed: DEADLINE_EXCEEDED: after 1 s";

    assertThat(Failures.isDeadlineExceeded(bySdk(rpc(Status.DEADLINE_EXCEEDED)))).isTrue();
    assertThat(Failures.isDeadlineExceeded(bySdk(ErrorCode.RPC_ERROR, hidden))).isTrue();

    assertThat(Failures.isDeadlineExceeded(bySdk(ErrorCode.SERVER_ERROR, hidden))).isFalse();
    assertThat(Failures.isDeadlineExceeded(bySdk(ErrorCode.RPC_ERROR, "UNAVAILABLE"))).isFalse();
    assertThat(Failures.isDeadlineExceeded(bySdk(ErrorCode.RPC_ERROR, (String) null))).isFalse();
    assertThat(Failures.isDeadlineExceeded(bySdk(rpc(Status.CANCELLED)))).isFalse();
    assertThat(Failures.isDeadlineExceeded(new IllegalStateException(hidden))).isFalse();
  }

  @Test
  void aCancellationIsTold() {
    assertThat(Failures.isCancelled(bySdk(rpc(Status.CANCELLED)))).isTrue();
    assertThat(Failures.isCancelled(bySdk(rpc(Status.UNAVAILABLE)))).isFalse();
    assertThat(Failures.isCancelled(OF_THE_USER)).isFalse();
  }

  @Test
  void aRateLimitHasOneCodeBefore23AndAnotherSince() {
    assertThat(Failures.isRateLimited(byServer(8, 0))).isTrue();
    assertThat(Failures.isRateLimited(byServer(0, 49))).isTrue();

    assertThat(Failures.isRateLimited(byServer(49, 8))).isFalse();
    assertThat(Failures.isRateLimited(OF_THE_USER)).isFalse();
  }

  @Test
  void whatIsLostLateOrCancelledIsNoAnswer() {
    assertThat(Failures.isUnanswered(rpc(Status.UNAVAILABLE))).isTrue();
    assertThat(Failures.isUnanswered(rpc(Status.DEADLINE_EXCEEDED))).isTrue();
    assertThat(Failures.isUnanswered(rpc(Status.CANCELLED))).isTrue();

    assertThat(Failures.isUnanswered(rpc(Status.UNAUTHENTICATED))).isFalse();
    assertThat(Failures.isUnanswered(byServer(8, 0))).isFalse();
  }

  @Test
  void theSdksFailuresAreToldFromTheUsers() {
    assertThat(Failures.isFromSdk(byServer(1, 1))).isTrue();
    assertThat(Failures.isFromSdk(rpc(Status.INTERNAL))).isTrue();

    assertThat(Failures.isFromSdk(OF_THE_USER)).isFalse();
  }

  @Test
  void aFailureIsTakenOutOfAFuture() {
    IOException cause = new IOException("cause");

    assertThat(Failures.unwrap(new CompletionException(cause))).isSameAs(cause);
    assertThat(Failures.unwrap(OF_THE_USER)).isSameAs(OF_THE_USER);

    RuntimeException withCause = new IllegalStateException(cause);
    assertThat(Failures.unwrap(withCause)).isSameAs(withCause);
    CompletionException bare = new CompletionException("bare", null);
    assertThat(Failures.unwrap(bare)).isSameAs(bare);
  }

  @Test
  void aFailureOfAFutureCanBeThrown() {
    IOException checked = new IOException("checked");

    assertThat(Failures.unchecked(new CompletionException(OF_THE_USER))).isSameAs(OF_THE_USER);
    assertThat(Failures.unchecked(checked))
        .isExactlyInstanceOf(IllegalStateException.class)
        .hasCause(checked);
  }

  private static RuntimeException rpc(Status status) {
    return status.asRuntimeException();
  }

  private static RuntimeException bySdk(Throwable cause) {
    return new MilvusClientException(ErrorCode.RPC_ERROR, cause);
  }

  private static RuntimeException bySdk(ErrorCode code, String message) {
    return new MilvusClientException(code, message);
  }

  private static RuntimeException byServer(int code, int legacyCode) {
    return new MilvusClientException(ErrorCode.SERVER_ERROR, "no", code, legacyCode);
  }
}
