package dev.milvuspool.bench;

import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Whose turn it is in {@link CallBenchmark}. How fast a lane is depends on which had the turn
 * before; so those on one connection follow themselves, each other and the rest equally often. What
 * ends in the first fifth of a turn does not count: the server is still busy with the calls of the
 * turn before.
 *
 * @param beginAt when the first turn begins
 * @param turnNanos how long one takes
 * @param number how many there are
 */
record Schedule(long beginAt, long turnNanos, int number) {
  /** Those that a target is about have more turns than those that only stand beside them. */
  private static final List<Lane> ROUND =
      List.of(
          Lane.SDK,
          Lane.SDK_BESIDE_POOL,
          Lane.POOL,
          Lane.POOL,
          Lane.SDK_BESIDE_POOL,
          Lane.SDK_POOL,
          Lane.OBSERVED,
          Lane.SDK_BESIDE_OBSERVED,
          Lane.SDK_BESIDE_OBSERVED,
          Lane.OBSERVED,
          Lane.SDK,
          Lane.POOL,
          Lane.SDK_BESIDE_POOL,
          Lane.SDK_BESIDE_POOL,
          Lane.POOL,
          Lane.SDK_POOL,
          Lane.SDK_BESIDE_OBSERVED,
          Lane.OBSERVED,
          Lane.OBSERVED,
          Lane.SDK_BESIDE_OBSERVED);

  /** An iteration has a multiple of so many turns. */
  static final int ROUND_TURNS = ROUND.size();

  /** How much of a turn counts, at its end. */
  private static final double COUNTED = 0.8;

  static Schedule from(long beginAt, long turnMillis, int number) {
    return new Schedule(beginAt, TimeUnit.MILLISECONDS.toNanos(turnMillis), number);
  }

  /** Who has it then; the first before the begin and after the end. */
  Lane laneAt(long nanoTime) {
    long turn = (nanoTime - beginAt) / turnNanos;
    return turn < 0 || turn >= number ? ROUND.get(0) : lane(turn);
  }

  private static Lane lane(long turn) {
    return ROUND.get((int) (turn % ROUND_TURNS));
  }

  /** Whether a call in the lane that ends then counts. */
  boolean counts(Lane lane, long nanoTime) {
    long since = nanoTime - beginAt;
    long turn = since / turnNanos;
    return turn >= 0
        && turn < number
        && lane(turn) == lane
        && since % turnNanos >= (1 - COUNTED) * turnNanos;
  }

  /** The seconds of so many turns in which calls of the lane count. */
  static double countedSeconds(Lane lane, long turnMillis, int number) {
    long share = ROUND.stream().filter(lane::equals).count();
    return COUNTED * turnMillis / 1_000 * number * share / ROUND.size();
  }
}
