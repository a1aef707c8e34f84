package dev.milvuspool.internal.common;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** While anything is under way all is swept, time and again; afterwards nothing wakes up. */
@Timeout(20)
class DeadlineSweeperTest {
  private final Background background = new Background();
  private final DeadlineSweeper sweeper = new DeadlineSweeper(background);

  /** One that is busy for as long as the test says. */
  private static final class Busy implements DeadlineSweeper.Swept {
    private final AtomicInteger sweeps = new AtomicInteger();
    private volatile boolean busy = true;
    private volatile long sweptAt;

    @Override
    public boolean sweep(long now) {
      sweptAt = now;
      sweeps.incrementAndGet();
      return busy;
    }

    @Override
    public boolean isBusy() {
      return busy;
    }
  }

  @AfterEach
  void close() {
    background.release();
    background.endWithLastUser();
  }

  private Busy added() {
    Busy busy = new Busy();
    sweeper.add(busy);
    return busy;
  }

  private static void awaitSweeps(Busy busy, int more) {
    int before = busy.sweeps.get();
    await().until(() -> busy.sweeps.get() >= before + more);
  }

  private static void awaitRest(Busy busy) {
    AtomicInteger seen = new AtomicInteger(-1);
    await()
        .pollInterval(Duration.ofMillis(200))
        .until(() -> busy.sweeps.get() == seen.getAndSet(busy.sweeps.get()));
  }

  @Test
  void nothingIsSweptBeforeAnythingBegins() {
    Busy busy = added();

    await().during(Duration.ofMillis(150)).until(() -> busy.sweeps.get() == 0);
  }

  @Test
  void whatIsUnderWayIsSweptTimeAndAgainWithTheTimeOfNow() {
    long before = System.nanoTime();
    Busy busy = added();

    sweeper.begun();

    awaitSweeps(busy, 3);
    assertThat(busy.sweptAt - before).isPositive();
    assertThat(busy.sweptAt - System.nanoTime()).isNegative();
  }

  @Test
  void oneSweepIsForAllWhateverHowOftenItBegan() {
    Busy one = added();
    Busy other = added();
    for (int i = 0; i < 1_000; i++) {
      sweeper.begun();
    }

    awaitSweeps(one, 4);

    assertThat(other.sweeps.get()).isCloseTo(one.sweeps.get(), within(2));
    assertThat(one.sweeps.get()).isLessThan(500);
  }

  @Test
  void anIdlePoolIsNotWokenUpAndACallWakesItAgain() {
    Busy busy = added();
    sweeper.begun();
    awaitSweeps(busy, 1);

    busy.busy = false;
    awaitRest(busy);

    busy.busy = true;
    sweeper.begun();
    awaitSweeps(busy, 2);
  }

  @Test
  void theSweepGoesOnForTheLastThatIsBusy() {
    Busy idle = added();
    idle.busy = false;
    Busy busy = added();
    Busy idleToo = added();
    idleToo.busy = false;

    sweeper.begun();

    awaitSweeps(busy, 3);
    awaitSweeps(idle, 1);
  }

  /** A call that began between the look at it and the end of the sweep has started none itself. */
  @Test
  void whatBeganDuringTheLastSweepIsSweptAsWell() {
    AtomicInteger sweeps = new AtomicInteger();
    sweeper.add(
        new DeadlineSweeper.Swept() {
          @Override
          public boolean sweep(long now) {
            return sweeps.incrementAndGet() > 1;
          }

          @Override
          public boolean isBusy() {
            return true;
          }
        });

    sweeper.begun();

    await().until(() -> sweeps.get() >= 3);
  }

  @Test
  void whatWasRemovedIsNotSwept() {
    Busy removed = added();
    Busy stays = added();
    sweeper.begun();
    awaitSweeps(removed, 1);

    sweeper.remove(removed);
    awaitSweeps(stays, 2); // one that was under way may have met it still
    int sweeps = removed.sweeps.get();
    awaitSweeps(stays, 2);

    assertThat(removed.sweeps.get()).isEqualTo(sweeps);
  }

  @Test
  void theTroubleOfOneDoesNotEndTheDeadlinesOfTheOthers() {
    AtomicInteger failures = new AtomicInteger();
    DeadlineSweeper.Swept broken =
        new DeadlineSweeper.Swept() {
          @Override
          public boolean sweep(long now) {
            failures.incrementAndGet();
            throw new AssertionError("on purpose");
          }

          @Override
          public boolean isBusy() {
            return false;
          }
        };
    sweeper.add(broken);

    sweeper.begun();

    await().until(() -> failures.get() >= 3);
    Busy busy = added();
    awaitSweeps(busy, 2);
  }
}
