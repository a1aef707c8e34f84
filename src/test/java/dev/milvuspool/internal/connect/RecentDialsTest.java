package dev.milvuspool.internal.connect;

import static org.assertj.core.api.Assertions.assertThat;

import dev.milvuspool.ClientConnectException.Reason;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;

/** What one client's dial tells the others, at moments that the test gives. */
class RecentDialsTest {
  private static final long SECOND = TimeUnit.SECONDS.toNanos(1);
  private static final long NOW = -5 * SECOND; // a clock may read below zero
  private static final InetSocketAddress HERE = endpoint(1);
  private static final ConnectFailure REFUSED = failure(Reason.REFUSED);

  private final RecentDials dials = new RecentDials();

  private static InetSocketAddress endpoint(int port) {
    return InetSocketAddress.createUnresolved("milvus.example.com", port);
  }

  private static ConnectFailure failure(Reason reason) {
    return new ConnectFailure("here", reason, "why", new IllegalStateException("cause"));
  }

  @Test
  void nothingIsKnownOfAnEndpointThatNobodyDialled() {
    dials.answered(HERE, NOW);

    assertThat(dials.since(endpoint(2), NOW - SECOND, NOW)).isNull();
  }

  @Test
  void anAnswerIsKnownForASecond() {
    dials.answered(HERE, NOW);

    assertThat(dials.since(HERE, NOW - 1, NOW)).isEqualTo(new RecentDials.Outcome(NOW, null));
    assertThat(dials.since(HERE, NOW - 1, NOW + SECOND - 1)).isNotNull();
    assertThat(dials.since(HERE, NOW - 1, NOW + SECOND)).isNull();
  }

  @Test
  void whatWasHeardBeforeTheLossSaysNothing() {
    dials.answered(HERE, NOW);

    assertThat(dials.since(HERE, NOW, NOW)).isNull();
    assertThat(dials.since(HERE, NOW + 1, NOW + 1)).isNull();
  }

  @Test
  void aFailureIsKnownWithItsReason() {
    dials.failed(HERE, NOW - 10, NOW, REFUSED);

    assertThat(dials.since(HERE, NOW - 1, NOW)).isEqualTo(new RecentDials.Outcome(NOW, REFUSED));
  }

  /** A wrong CA, or a short timeout, is that of one client. */
  @ParameterizedTest
  @EnumSource(mode = Mode.EXCLUDE, names = "REFUSED")
  void whatMayConcernOneClientIsToldToNoOther(Reason reason) {
    dials.failed(HERE, NOW - 10, NOW, failure(reason));

    assertThat(dials.since(HERE, NOW - 1, NOW)).isNull();
  }

  @Test
  void theLatestFailureReplacesTheOneBefore() {
    ConnectFailure again = failure(Reason.REFUSED);
    dials.failed(HERE, NOW - 10, NOW, REFUSED);

    dials.failed(HERE, NOW - 20, NOW + 5, again);

    assertThat(dials.since(HERE, NOW, NOW + 5)).isEqualTo(new RecentDials.Outcome(NOW + 5, again));
  }

  @Test
  void anAnswerReplacesAFailure() {
    dials.failed(HERE, NOW - 10, NOW, REFUSED);

    dials.answered(HERE, NOW + 5);

    assertThat(dials.since(HERE, NOW - 1, NOW + 5))
        .isEqualTo(new RecentDials.Outcome(NOW + 5, null));
  }

  @Test
  void aDialThatBeganBeforeAnAnswerDoesNotContradictIt() {
    dials.answered(HERE, NOW);

    dials.failed(HERE, NOW - 1, NOW + 5, REFUSED);
    dials.failed(HERE, NOW, NOW + 6, REFUSED);

    assertThat(dials.since(HERE, NOW - 1, NOW + 6)).isEqualTo(new RecentDials.Outcome(NOW, null));
  }

  @Test
  void aDialThatBeganAfterAnAnswerDoes() {
    dials.answered(HERE, NOW);

    dials.failed(HERE, NOW + 1, NOW + 5, REFUSED);

    assertThat(dials.since(HERE, NOW - 1, NOW + 5))
        .isEqualTo(new RecentDials.Outcome(NOW + 5, REFUSED));
  }

  @Test
  void oldOutcomesAreForgottenWhenAnotherEndpointIsDialled() {
    dials.answered(HERE, NOW);
    dials.failed(endpoint(2), NOW, NOW + 1, REFUSED);

    dials.answered(endpoint(3), NOW + SECOND);

    assertThat(dials.size()).isEqualTo(2);
    assertThat(dials.since(endpoint(2), NOW, NOW + SECOND)).isNotNull();
  }
}
