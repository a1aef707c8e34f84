package dev.milvuspool;

import static org.assertj.core.api.Assertions.assertThat;

import dev.milvuspool.ClientConnectException.Reason;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Which addresses need not be asked whether something listens there. */
class ReachedTest {
  private static final Address HERE = Address.parse("address", "here:1");
  private static final Address THERE = Address.parse("address", "there:2");
  private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

  /** Near the end of what a long holds, as {@link System#nanoTime()} may be. */
  private final long now = Long.MAX_VALUE - SECOND / 2;

  private final Reached reached = new Reached();

  private static ClientConnectException failure(Reason reason) {
    return new ClientConnectException(reason, "no", "main", HERE.toString(), null);
  }

  @Test
  void anAddressIsReachedForASecond() {
    assertThat(reached.contains(HERE, now)).isFalse();
    reached.add(HERE, now);

    assertThat(reached.contains(HERE, now + SECOND - 1)).isTrue();
    assertThat(reached.contains(HERE, now + SECOND)).isFalse();
    assertThat(reached.contains(THERE, now)).isFalse();
  }

  @Test
  void itMayBeAskedWhetherThatWasLaterThanALoss() {
    reached.add(HERE, now);

    assertThat(reached.containsSince(HERE, now - 1, now + 1)).isTrue();
    assertThat(reached.containsSince(HERE, now, now + 1)).isFalse();
    assertThat(reached.containsSince(HERE, now - 1, now + SECOND)).isFalse();
  }

  @Test
  void eachSuccessBeginsTheSecondAnew() {
    reached.add(HERE, now);
    reached.add(HERE, now + SECOND - 1);

    assertThat(reached.contains(HERE, now + SECOND)).isTrue();
  }

  @Test
  void aFailureEndsItForItsAddressAlone() {
    reached.add(HERE, now);
    reached.add(THERE, now);

    reached.remove(HERE, now + 1);

    assertThat(reached.contains(HERE, now + 2)).isFalse();
    assertThat(reached.contains(THERE, now + 2)).isTrue();
  }

  /** Those that hung while the server was away fail when it has long been back. */
  @Test
  void aFailureOfWhatBeganBeforeASuccessEndsNothing() {
    reached.add(HERE, now);

    reached.remove(HERE, now - 1);

    assertThat(reached.contains(HERE, now + 1)).isTrue();
  }

  @Test
  void whoIsRejectedHasHeardFromTheServer() {
    long begunAt = System.nanoTime();

    reached.noteFailed(HERE, begunAt, failure(Reason.AUTHENTICATION));

    assertThat(reached.containsSince(HERE, begunAt - 1, System.nanoTime())).isTrue();
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "AUTHENTICATION")
  void whoFailsOtherwiseHasNot(Reason reason) {
    reached.add(HERE, now);

    reached.noteFailed(HERE, now + 1, failure(reason));

    assertThat(reached.contains(HERE, now + 2)).isFalse();
  }

  @Test
  void addressesThatNobodyDialsAnyMoreAreForgotten() {
    for (int port = 1; port <= 100; port++) {
      reached.add(new Address("here", port, null), now + port * SECOND);
    }

    assertThat(reached.size()).isEqualTo(1);
  }
}
