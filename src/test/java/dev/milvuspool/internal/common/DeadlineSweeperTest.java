package dev.milvuspool.internal.common;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;

import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** While anything is under way it is swept, time and again; afterwards nothing wakes up. */
@Timeout(20)
class DeadlineSweeperTest {
  private final Background background = new Background();
  private final DeadlineSweeper sweeper = new DeadlineSweeper(background);

  /** One that counts. */
  private static class Counting implements DeadlineSweeper.Swept {
    private final AtomicInteger sweeps = new AtomicInteger();
    private volatile long sweptAt;

    @Override
    public void sweep(long now) {
      sweptAt = now;
      sweeps.incrementAndGet();
    }
  }

  @AfterEach
  void close() {
    background.release();
    background.endWithLastUser();
  }

  private Counting added() {
    Counting added = new Counting();
    sweeper.add(added);
    return added;
  }

  private static void awaitSweeps(Counting swept, int more) {
    int before = swept.sweeps.get();
    await().until(() -> swept.sweeps.get() >= before + more);
  }

  @Test
  void whatIsUnderWayIsSweptTimeAndAgainWithTheTimeOfNow() {
    long before = System.nanoTime();

    Counting one = added();

    awaitSweeps(one, 3);
    assertThat(one.sweptAt - before).isPositive();
    assertThat(one.sweptAt - System.nanoTime()).isNegative();
  }

  @Test
  void oneSweepIsForAllHoweverManyBegin() {
    Counting one = added();
    for (int i = 0; i < 1_000; i++) {
      sweeper.remove(added());
    }
    Counting other = added();

    awaitSweeps(one, 4);

    assertThat(other.sweeps.get()).isCloseTo(one.sweeps.get(), within(2));
    assertThat(one.sweeps.get()).isLessThan(500);
  }

  @Test
  void anIdlePoolIsNotWokenUpAndACallWakesItAgain() {
    Counting first = added();
    awaitSweeps(first, 1);
    sweeper.remove(first);
    await().until(() -> !sweeper.isSweeping());

    awaitSweeps(added(), 2);
  }

  @Test
  void whatWasRemovedIsNotSwept() {
    Counting removed = added();
    Counting stays = added();
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
    sweeper.add(
        now -> {
          failures.incrementAndGet();
          throw new AssertionError("on purpose");
        });

    await().until(() -> failures.get() >= 3);
    awaitSweeps(added(), 2);
  }
}
