package dev.milvuspool.internal.client;

import dev.milvuspool.internal.common.Durations;
import java.time.Duration;

/**
 * The pauses between two polls: they double from 20 ms to 500 ms, which is the SDK's pause. Without
 * them a server would be asked thousands of times per second.
 */
final class PollingPauses {
  private static final Duration FIRST = Duration.ofMillis(20);
  private static final Duration LONGEST = Duration.ofMillis(500);

  private Duration next = FIRST;

  Duration next() {
    Duration pause = next;
    next = Durations.min(pause.multipliedBy(2), LONGEST);
    return pause;
  }
}
