package dev.milvuspool.internal.common;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

/** How long it is waited, with chance at its ends and in its middle. */
class BackoffTest {
  private static final Duration LONG = Duration.ofHours(1);

  @Test
  void aRetryWaitsLongerEachTimeByThree() {
    assertThat(Backoff.beforeRetry(0, LONG, drawing(0.5))).isEqualTo(Duration.ofMillis(50));
    assertThat(Backoff.beforeRetry(1, LONG, drawing(0.5))).isEqualTo(Duration.ofMillis(150));
    assertThat(Backoff.beforeRetry(2, LONG, drawing(0.5))).isEqualTo(Duration.ofMillis(450));
  }

  @Test
  void aRetryMayComeAtOnce() {
    assertThat(Backoff.beforeRetry(3, LONG, drawing(0))).isEqualTo(Duration.ZERO);
  }

  @Test
  void aRetryNeverWaitsLongerThanTheGivenTime() {
    Duration max = Duration.ofMillis(200);

    assertThat(Backoff.beforeRetry(1, max, drawing(1))).isEqualTo(max);
    assertThat(Backoff.beforeRetry(1_000, max, drawing(1))).isEqualTo(max);
    assertThat(Backoff.beforeRetry(1, Duration.ZERO, drawing(1))).isEqualTo(Duration.ZERO);
  }

  @Test
  void aReconnectWaitsTwiceAsLongEachTime() {
    Duration min = Duration.ofMillis(100);

    assertThat(Backoff.beforeReconnect(0, min, LONG, drawing(1))).isEqualTo(min);
    assertThat(Backoff.beforeReconnect(1, min, LONG, drawing(1))).isEqualTo(min.multipliedBy(2));
    assertThat(Backoff.beforeReconnect(3, min, LONG, drawing(1))).isEqualTo(min.multipliedBy(8));
  }

  @Test
  void aReconnectWaitsAtLeastHalfOfItsTurn() {
    Duration min = Duration.ofMillis(100);

    assertThat(Backoff.beforeReconnect(1, min, LONG, drawing(0))).isEqualTo(min);
    assertThat(Backoff.beforeReconnect(1, min, LONG, drawing(0.5)))
        .isEqualTo(Duration.ofMillis(150));
  }

  @Test
  void aReconnectNeverWaitsLongerThanTheGivenTime() {
    Duration max = Duration.ofSeconds(1);

    assertThat(Backoff.beforeReconnect(30, Duration.ofMillis(100), max, drawing(1))).isEqualTo(max);
    assertThat(Backoff.beforeReconnect(30, Duration.ofMillis(100), max, drawing(0)))
        .isEqualTo(max.dividedBy(2));
  }

  @Test
  void anAgeIsSpreadOverItsLastFifth() {
    Duration age = Duration.ofSeconds(10);

    assertThat(Backoff.spread(age, drawing(0))).isEqualTo(Duration.ofSeconds(8));
    assertThat(Backoff.spread(age, drawing(0.5))).isEqualTo(Duration.ofSeconds(9));
    assertThat(Backoff.spread(age, drawing(1))).isEqualTo(age);
  }

  @Test
  void timesTooLongToCountOverflowNothing() {
    Duration ages = Duration.ofSeconds(Long.MAX_VALUE);

    assertThat(Durations.nanos(ages)).isEqualTo(Long.MAX_VALUE / 2);
    assertThat(System.nanoTime() + Durations.nanos(ages)).isPositive();
    assertThat(Backoff.spread(ages, drawing(1))).isPositive();
  }

  @Test
  void theSdkGetsWholeMillisecondsAndAtLeastOne() {
    assertThat(Durations.millis(Duration.ofNanos(1))).isEqualTo(1);
    assertThat(Durations.millis(Duration.ofNanos(2_999_999))).isEqualTo(2);
    assertThat(Durations.millis(Duration.ofSeconds(3))).isEqualTo(3_000);
  }

  /** Draws always the same, from 0 to what comes next to 1. */
  private static RandomGenerator drawing(double value) {
    return new RandomGenerator() {
      @Override
      public double nextDouble() {
        return value;
      }

      @Override
      public long nextLong() {
        throw new UnsupportedOperationException();
      }
    };
  }
}
