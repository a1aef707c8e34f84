package dev.milvuspool.internal.channel;

import static org.assertj.core.api.Assertions.assertThat;

import io.milvus.shaded.io.grpc.Metadata;
import io.milvus.shaded.io.grpc.Status;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** When a connection's silence makes a probe, at moments that the test gives. */
class SilenceTest {
  private static final long SECOND = TimeUnit.SECONDS.toNanos(1);
  private static final long START = -3 * SECOND; // a clock may read below zero

  private final IdleConnections made = new IdleConnections();
  private final Connection connection = made.connection("localhost:1");
  private final Silence silence = connection.silence();

  @AfterEach
  void close() {
    made.close();
  }

  @Test
  void anIdleConnectionIsNeverSuspicious() {
    assertThat(silence.isSuspicious(START)).isFalse();
    assertThat(silence.isSuspicious(START + 100 * SECOND)).isFalse();
  }

  @Test
  void anRpcThatGetsNoAnswerForASecondIsSuspicious() {
    connection.acquire(1);

    assertThat(silence.isSuspicious(START)).isFalse();
    assertThat(silence.isSuspicious(START + SECOND - 1)).isFalse();
    assertThat(silence.isSuspicious(START + SECOND)).isTrue();
    assertThat(silence.isSuspicious(START + 2 * SECOND)).isTrue();
  }

  @Test
  void anAnswerEndsTheSilence() {
    connection.acquire(1);
    connection.acquire(1);
    silence.isSuspicious(START);

    connection.answered();
    connection.release(1);
    assertThat(silence.isSuspicious(START + SECOND)).isFalse();

    assertThat(silence.isSuspicious(START + 2 * SECOND - 1)).isFalse();
    assertThat(silence.isSuspicious(START + 2 * SECOND)).isTrue();
  }

  @Test
  void anRpcThatWasGivenUpEndsNoSilence() {
    connection.acquire(1);
    silence.isSuspicious(START);

    connection.ended(Status.UNAVAILABLE, new Metadata());
    connection.release(1);
    connection.acquire(1);

    assertThat(silence.isSuspicious(START + SECOND)).isTrue();
  }

  @Test
  void whileNothingIsAskedNothingIsSuspicious() {
    connection.acquire(1);
    silence.isSuspicious(START);
    connection.ended(Status.UNAVAILABLE, new Metadata());
    connection.release(1);
    silence.isSuspicious(START + SECOND / 2);

    assertThat(silence.isSuspicious(START + 5 * SECOND)).isFalse();
  }
}
