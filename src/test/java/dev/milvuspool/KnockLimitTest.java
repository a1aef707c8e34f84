package dev.milvuspool;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** How often may be asked whether a server is back. */
class KnockLimitTest {
  private static final Address HERE = Address.parse("address", "here:1");
  private static final Address THERE = Address.parse("address", "there:2");
  private static final long MILLISECOND = TimeUnit.MILLISECONDS.toNanos(1);

  /** Near the end of what a long holds, as {@link System#nanoTime()} may be. */
  private final long now = Long.MAX_VALUE - 50 * MILLISECOND;

  private final KnockLimit limit = new KnockLimit();

  private int acquired(Address address, long from, long to) {
    int acquired = 0;
    for (long at = from; at - to < 0; at += MILLISECOND) {
      acquired += limit.acquire(address, at) ? 1 : 0;
    }
    return acquired;
  }

  @Test
  void aHundredTimesASecond() {
    assertThat(acquired(HERE, now, now + 1_000 * MILLISECOND)).isEqualTo(100);
  }

  @Test
  void addressesAreLimitedEachForItself() {
    assertThat(acquired(HERE, now, now + 100 * MILLISECOND)).isEqualTo(10);
    assertThat(acquired(THERE, now, now + 100 * MILLISECOND)).isEqualTo(10);
  }

  @Test
  void addressesThatNobodyAsksAnyMoreAreForgotten() {
    for (int port = 1; port <= 100; port++) {
      limit.acquire(new Address("here", port, null), now + port * 100 * MILLISECOND);
    }

    assertThat(limit.size()).isEqualTo(1);
  }
}
