package dev.milvuspool;

import java.time.Duration;

/** Durations as nanoseconds that can be added to {@link System#nanoTime()} without overflow. */
final class Nanos {
  /** Some 146 years. */
  private static final Duration LONGEST = Duration.ofNanos(Long.MAX_VALUE / 2);

  private Nanos() {}

  static long of(Duration duration) {
    return duration.compareTo(LONGEST) < 0 ? duration.toNanos() : LONGEST.toNanos();
  }

  /** Whole milliseconds for the SDK, at least 1. */
  static long toMillis(Duration duration) {
    return Math.max(1, of(duration) / 1_000_000);
  }

  /** The sum, or the longest duration there is a use for. */
  static Duration sum(Duration first, Duration second) {
    return Duration.ofNanos(of(first)).plusNanos(of(second));
  }

  static Duration since(long startNanos) {
    return Duration.ofNanos(System.nanoTime() - startNanos);
  }

  static Duration until(long nanos) {
    return Duration.ofNanos(nanos - System.nanoTime());
  }
}
