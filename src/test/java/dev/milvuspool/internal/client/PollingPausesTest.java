package dev.milvuspool.internal.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class PollingPausesTest {
  @Test
  void theyDoubleFromTwentyMillisecondsToHalfASecond() {
    PollingPauses pauses = new PollingPauses();

    assertThat(LongStream.generate(() -> pauses.next().toMillis()).limit(8))
        .containsExactly(20L, 40L, 80L, 160L, 320L, 500L, 500L, 500L);
  }
}
