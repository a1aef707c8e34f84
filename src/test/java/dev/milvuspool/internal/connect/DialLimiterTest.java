package dev.milvuspool.internal.connect;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** How many dials to one endpoint are let through, at moments that the test gives. */
class DialLimiterTest {
  private static final long MS = TimeUnit.MILLISECONDS.toNanos(1);
  private static final long START = 7_000 * MS;
  private static final InetSocketAddress HERE = endpoint(1);
  private static final InetSocketAddress THERE = endpoint(2);

  private final DialLimiter limiter = new DialLimiter();
  private final List<String> madeRoom = new ArrayList<>();

  private static InetSocketAddress endpoint(int port) {
    return InetSocketAddress.createUnresolved("milvus.example.com", port);
  }

  private DialLimiter.Permit dial(InetSocketAddress endpoint, boolean reachable, long at) {
    return limiter.tryBegin(endpoint, reachable, at, () -> madeRoom.add("begun at " + at / MS));
  }

  /** How many of so many dials at that moment are let through. */
  private int let(int dials, InetSocketAddress endpoint, boolean reachable, long at) {
    int through = 0;
    for (int i = 0; i < dials; i++) {
      through += dial(endpoint, reachable, at) != null ? 1 : 0;
    }
    return through;
  }

  /** Thirty-two dials that stay under way, begun one millisecond after the other. */
  private void fill(long first) {
    for (int i = 0; i < 32; i++) {
      assertThat(dial(HERE, true, first + i * MS)).isNotNull();
    }
  }

  @Test
  void tenDialsInATenthOfASecondAreLetThrough() {
    assertThat(let(15, HERE, false, START)).isEqualTo(10);
    assertThat(let(1, HERE, false, START + 100 * MS - 1)).isZero();

    assertThat(let(15, HERE, false, START + 100 * MS)).isEqualTo(10);
    assertThat(let(1, HERE, false, START + 199 * MS)).isZero();
  }

  @Test
  void theClockMayReadBelowZero() {
    long negative = Long.MIN_VALUE + START;

    assertThat(let(15, HERE, false, negative)).isEqualTo(10);

    assertThat(let(15, HERE, false, negative + 100 * MS)).isEqualTo(10);
  }

  @Test
  void endpointsAreLimitedEachForItself() {
    let(15, HERE, false, START);

    assertThat(let(15, THERE, false, START)).isEqualTo(10);
  }

  @Test
  void aServerThatHasJustAnsweredIsLimitedOnlyInDialsAtATime() {
    assertThat(let(40, HERE, true, START)).isEqualTo(32);
  }

  @Test
  void dialsToAReachableServerCountForTheOthers() {
    let(10, HERE, true, START);

    assertThat(dial(HERE, false, START)).isNull();
    assertThat(dial(HERE, true, START)).isNotNull();
  }

  @Test
  void aDialThatEndedGivesItsPlaceBack() {
    List<DialLimiter.Permit> permits = new ArrayList<>();
    for (int i = 0; i < 32; i++) {
      permits.add(dial(HERE, true, START));
    }
    assertThat(dial(HERE, true, START)).isNull();

    permits.get(5).release();
    permits.get(5).release();

    assertThat(let(2, HERE, true, START)).isEqualTo(1);
    assertThat(madeRoom).isEmpty();
  }

  @Test
  void theYoungestThatHasWaitedLongEnoughMakesRoom() {
    fill(START);
    long at = START + 310 * MS; // those that began in the first 10 ms have waited for 300

    assertThat(dial(HERE, false, at)).isNotNull();
    assertThat(dial(HERE, false, at)).isNotNull();

    assertThat(madeRoom).containsExactly("begun at 7010", "begun at 7009");
  }

  @Test
  void nobodyMakesRoomBeforeItsTime() {
    fill(START);

    assertThat(dial(HERE, false, START + 300 * MS - 1)).isNull();
    assertThat(madeRoom).isEmpty();

    assertThat(dial(HERE, false, START + 300 * MS)).isNotNull();
    assertThat(madeRoom).containsExactly("begun at 7000");
  }

  @Test
  void nobodyMakesRoomAtAServerThatAnswers() {
    fill(START);

    assertThat(dial(HERE, true, START + 310 * MS)).isNull();
    assertThat(madeRoom).isEmpty();
  }

  @Test
  void whoMakesRoomMayGiveItsPermitBackWithoutMakingMore() {
    List<DialLimiter.Permit> evicted = new ArrayList<>();
    for (int i = 0; i < 32; i++) {
      DialLimiter.Permit[] mine = new DialLimiter.Permit[1];
      mine[0] = limiter.tryBegin(HERE, true, START, () -> mine[0].release());
      evicted.add(mine[0]);
    }

    assertThat(let(33, HERE, false, START + 300 * MS)).isEqualTo(10);
    evicted.subList(22, 32).forEach(DialLimiter.Permit::release);
    assertThat(dial(HERE, true, START + 300 * MS)).isNull();
  }

  @Test
  void endpointsThatNobodyDialsAnyMoreAreForgotten() {
    for (int port = 1; port <= 101; port++) {
      DialLimiter.Permit permit = dial(endpoint(port), false, START);
      if (port > 1) {
        permit.release(); // the first one is still under way
      }
    }
    assertThat(limiter.size()).isEqualTo(101);

    DialLimiter.Permit young = dial(endpoint(200), false, START + 100 * MS - 1);
    young.release();
    assertThat(limiter.size()).isEqualTo(102);

    dial(endpoint(201), false, START + 100 * MS);
    assertThat(limiter.size()).isEqualTo(3); // under way, begun of late, and the new one
  }

  @Test
  void fewEndpointsAreKept() {
    for (int port = 1; port <= 100; port++) {
      dial(endpoint(port), false, START).release();
    }

    dial(endpoint(1), false, START + 1_000 * MS);

    assertThat(limiter.size()).isEqualTo(100);
  }
}
