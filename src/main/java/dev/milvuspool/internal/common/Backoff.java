package dev.milvuspool.internal.common;

import java.time.Duration;
import java.util.random.RandomGenerator;

/** Growing waits, with jitter, so that many clients do not reconnect at the same time. */
public final class Backoff {
  /** The wait before the first retry of an RPC, before jitter. */
  private static final Duration FIRST_RETRY = Duration.ofMillis(100);

  private static final int RETRY_FACTOR = 3;
  private static final int RECONNECT_FACTOR = 2;

  private Backoff() {}

  /** Before a retry of an RPC: full jitter below 100 ms times 3 to the power of the retry. */
  public static Duration beforeRetry(int retry, Duration max, RandomGenerator random) {
    double ceiling =
        Math.min((double) Durations.nanos(max), grown(FIRST_RETRY, RETRY_FACTOR, retry));
    return Duration.ofNanos((long) (random.nextDouble() * ceiling));
  }

  /** Before a reconnect: between half and the whole of {@code min} doubled, {@code max} at most. */
  public static Duration beforeReconnect(
      int attempt, Duration min, Duration max, RandomGenerator random) {
    double ceiling = Math.min((double) Durations.nanos(max), grown(min, RECONNECT_FACTOR, attempt));
    return Duration.ofNanos((long) (ceiling * (0.5 + 0.5 * random.nextDouble())));
  }

  /** At 0.8 to 1.0 of an age, so that connections made together do not end together. */
  public static Duration spread(Duration age, RandomGenerator random) {
    return Duration.ofNanos((long) (Durations.nanos(age) * (0.8 + 0.2 * random.nextDouble())));
  }

  private static double grown(Duration first, int factor, int times) {
    return Durations.nanos(first) * Math.pow(factor, times);
  }
}
