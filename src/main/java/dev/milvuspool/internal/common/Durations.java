package dev.milvuspool.internal.common;

import java.time.Duration;

/** Durations as nanoseconds that can be added to {@link System#nanoTime()} without overflow. */
public final class Durations {
  /** Some 146 years. */
  private static final Duration LONGEST = Duration.ofNanos(Long.MAX_VALUE / 2);

  private Durations() {}

  /** The nanoseconds of a duration. */
  public static long nanos(Duration duration) {
    return duration.compareTo(LONGEST) < 0 ? duration.toNanos() : LONGEST.toNanos();
  }

  /** Whole milliseconds, at least 1. */
  public static long millis(Duration duration) {
    return Math.max(1, nanos(duration) / 1_000_000);
  }

  /** The sum, or the longest duration that is of use. */
  public static Duration sum(Duration first, Duration second) {
    return Duration.ofNanos(nanos(first)).plusNanos(nanos(second));
  }

  /** The shorter of the two. */
  public static Duration min(Duration first, Duration second) {
    return first.compareTo(second) <= 0 ? first : second;
  }

  /** The time that has passed since a reading of {@link System#nanoTime()}. */
  public static Duration since(long startNanos) {
    return Duration.ofNanos(System.nanoTime() - startNanos);
  }

  /** The time that is left until a reading of {@link System#nanoTime()}; may be negative. */
  public static Duration until(long nanos) {
    return Duration.ofNanos(nanos - System.nanoTime());
  }
}
