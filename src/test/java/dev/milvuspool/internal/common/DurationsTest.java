package dev.milvuspool.internal.common;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class DurationsTest {
  private static final Duration AGES = Duration.ofSeconds(Long.MAX_VALUE);
  private static final Duration LONGEST = Duration.ofNanos(Long.MAX_VALUE / 2);

  @Test
  void usualTimesAreExact() {
    assertThat(Durations.nanos(Duration.ofSeconds(2, 3))).isEqualTo(2_000_000_003L);
    assertThat(Durations.nanos(Duration.ofSeconds(-1))).isEqualTo(-1_000_000_000L);
    assertThat(Durations.nanos(Duration.ZERO)).isZero();
  }

  @Test
  void timesTooLongToCountAreTheLongest() {
    assertThat(Durations.nanos(LONGEST.minusNanos(1))).isEqualTo(Long.MAX_VALUE / 2 - 1);
    assertThat(Durations.nanos(LONGEST.plusNanos(1))).isEqualTo(Long.MAX_VALUE / 2);
    assertThat(Durations.nanos(AGES)).isEqualTo(Long.MAX_VALUE / 2);
  }

  @Test
  void sumsDoNotOverflow() {
    assertThat(Durations.sum(Duration.ofSeconds(1), Duration.ofMillis(500)))
        .isEqualTo(Duration.ofMillis(1_500));
    assertThat(Durations.sum(AGES, AGES)).isEqualTo(LONGEST.plus(LONGEST));
  }

  @Test
  void theShorterOfTwo() {
    assertThat(Durations.min(Duration.ofSeconds(1), Duration.ofSeconds(2)))
        .isEqualTo(Duration.ofSeconds(1));
    assertThat(Durations.min(Duration.ofSeconds(2), Duration.ofSeconds(1)))
        .isEqualTo(Duration.ofSeconds(1));
  }

  @Test
  void timePassedAndTimeLeftAreMeasuredFromNow() {
    long anHour = Duration.ofHours(1).toNanos();
    Duration tolerance = Duration.ofMinutes(5);

    assertThat(Durations.since(System.nanoTime() - anHour))
        .isBetween(Duration.ofHours(1), Duration.ofHours(1).plus(tolerance));
    assertThat(Durations.until(System.nanoTime() + anHour))
        .isBetween(Duration.ofHours(1).minus(tolerance), Duration.ofHours(1));
    assertThat(Durations.until(System.nanoTime() - 1)).isNegative();
  }
}
