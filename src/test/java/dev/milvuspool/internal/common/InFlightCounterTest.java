package dev.milvuspool.internal.common;

import static org.assertj.core.api.Assertions.assertThat;

import dev.milvuspool.Threads;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.IntConsumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Counting those inside, and shutting the door on newcomers, one by one and all at once. */
class InFlightCounterTest {
  private static final int THREADS = 6;
  private static final int ROUNDS = 4_000;

  private final ExecutorService executor = Executors.newCachedThreadPool();

  @AfterEach
  void stop() {
    executor.shutdownNow();
  }

  @Test
  void countsInFlightCounterThatAreOut() {
    InFlightCounter leases = new InFlightCounter();

    assertThat(leases.acquire()).isTrue();
    assertThat(leases.acquire()).isTrue();
    assertThat(leases.count()).isEqualTo(2);

    leases.release();
    assertThat(leases.count()).isEqualTo(1);
  }

  @Test
  void weighsInFlightCounterThatAreOut() {
    InFlightCounter leases = new InFlightCounter();

    leases.acquire(Integer.MAX_VALUE);
    leases.acquire(1_000);
    leases.acquire();
    assertThat(leases.count()).isEqualTo(3);
    assertThat(leases.weight()).isEqualTo(Integer.MAX_VALUE + 1_001L);

    leases.release(1_000);
    assertThat(leases.count()).isEqualTo(2);
    assertThat(leases.weight()).isEqualTo(Integer.MAX_VALUE + 1L);
  }

  @Test
  void theDrainEndsWithTheLastLeaseWhateverItWeighs() {
    InFlightCounter leases = new InFlightCounter();
    leases.acquire(Integer.MAX_VALUE);
    leases.acquire(7);

    CompletableFuture<Void> drained = leases.drain();
    assertThat(leases.weight()).isEqualTo(Integer.MAX_VALUE + 7L);
    leases.release(Integer.MAX_VALUE);
    assertThat(drained).isNotDone();
    leases.release(7);

    assertThat(drained).isCompleted();
    assertThat(leases.weight()).isZero();
  }

  @Test
  void drainingWithNobodyInsideIsDoneAtOnce() {
    InFlightCounter leases = new InFlightCounter();

    assertThat(leases.drain()).isCompleted();
    assertThat(leases.acquire()).isFalse();
    assertThat(leases.count()).isZero();
  }

  @Test
  void drainingIsDoneWhenTheLastLeaseIsBackAndNotBefore() {
    InFlightCounter leases = new InFlightCounter();
    leases.acquire();
    leases.acquire();

    CompletableFuture<Void> drained = leases.drain();

    assertThat(leases.acquire()).isFalse();
    leases.release();
    assertThat(drained).isNotDone();
    leases.release();
    assertThat(drained).isCompleted();
  }

  @Test
  void drainingAgainIsTheSameDrain() {
    InFlightCounter leases = new InFlightCounter();
    leases.acquire();

    CompletableFuture<Void> first = leases.drain();
    CompletableFuture<Void> second = leases.drain();

    assertThat(second).isSameAs(first).isNotDone();
    leases.release();
    assertThat(first).isCompleted();
  }

  @Test
  void leasesGivenBackBeforeTheDrainDoNotEndIt() {
    InFlightCounter leases = new InFlightCounter();
    leases.acquire();
    leases.release();
    leases.acquire();

    CompletableFuture<Void> drained = leases.drain();

    assertThat(drained).isNotDone();
    leases.release();
    assertThat(drained).isCompleted();
  }

  /**
   * Threads take leases and give them back while another shuts the door. However they interleave,
   * the drain is not done while anyone holds a lease, and is done with the last.
   */
  @Test
  void nobodyIsInsideOnceDrained() throws Exception {
    AtomicReference<Round> current = new AtomicReference<>(new Round());
    List<String> wrong = new CopyOnWriteArrayList<>();
    CyclicBarrier begin = new CyclicBarrier(THREADS + 1);
    CyclicBarrier end =
        new CyclicBarrier(
            THREADS + 1,
            () -> {
              current.get().check(wrong);
              current.set(new Round());
            });
    List<Future<?>> threads = new ArrayList<>();

    for (int i = 0; i < THREADS; i++) {
      int spins = i * 5;
      threads.add(inRounds(begin, end, round -> current.get().takeAndGiveBack(spins, 8, wrong)));
    }
    threads.add(
        inRounds(
            begin,
            end,
            round -> {
              Threads.spin(round % 200);
              current.get().drain();
            }));

    for (Future<?> thread : threads) {
      thread.get(60, TimeUnit.SECONDS);
    }
    assertThat(wrong).isEmpty();
  }

  /** Half of the leases are out when the door is shut, and come back all at once. */
  @Test
  void theLastOfManyReturnsAtOnceEndsTheDrain() throws Exception {
    AtomicReference<Round> current = new AtomicReference<>(new Round());
    List<String> wrong = new CopyOnWriteArrayList<>();
    CyclicBarrier taken =
        new CyclicBarrier(
            THREADS,
            () -> {
              Round round = current.get();
              round.drain();
              if (round.drained.isDone()) {
                wrong.add("drained with leases out");
              }
            });
    CyclicBarrier returned =
        new CyclicBarrier(
            THREADS,
            () -> {
              current.get().check(wrong);
              current.set(new Round());
            });
    List<Future<?>> threads = new ArrayList<>();

    for (int i = 0; i < THREADS; i++) {
      threads.add(
          executor.submit(
              () -> {
                for (int round = 0; round < ROUNDS; round++) {
                  InFlightCounter leases = current.get().leases;
                  assertThat(leases.acquire()).isTrue();
                  taken.await();
                  leases.release();
                  returned.await();
                }
                return null;
              }));
    }

    for (Future<?> thread : threads) {
      thread.get(60, TimeUnit.SECONDS);
    }
    assertThat(wrong).isEmpty();
  }

  private Future<?> inRounds(CyclicBarrier begin, CyclicBarrier end, IntConsumer work) {
    return executor.submit(
        () -> {
          for (int round = 0; round < ROUNDS; round++) {
            begin.await();
            work.accept(round);
            end.await();
          }
          return null;
        });
  }

  /** One pair of count and door, and what is known of it from outside. */
  private static final class Round {
    final InFlightCounter leases = new InFlightCounter();
    final AtomicInteger inside = new AtomicInteger();
    final AtomicInteger ends = new AtomicInteger();
    volatile CompletableFuture<Void> drained = new CompletableFuture<>();
    volatile int insideAtEnd;

    void drain() {
      CompletableFuture<Void> begun = leases.drain();
      drained = begun;
      begun.whenComplete(
          (done, none) -> {
            insideAtEnd = inside.get();
            ends.incrementAndGet();
          });
    }

    void takeAndGiveBack(int spins, int times, List<String> wrong) {
      for (int turn = 0; turn < times; turn++) {
        boolean over = drained.isDone();
        if (!leases.acquire()) {
          return;
        }
        inside.incrementAndGet();
        if (over) {
          wrong.add("a lease after the drain");
        }
        Threads.spin(spins);
        if (leases.count() < 1) {
          wrong.add("count " + leases.count() + " with a lease out");
        }
        if (drained.isDone()) {
          wrong.add("drained with a lease out");
        }
        inside.decrementAndGet();
        leases.release();
      }
    }

    void check(List<String> wrong) {
      if (!drained.isDone() || ends.get() != 1 || insideAtEnd != 0) {
        wrong.add("done " + drained.isDone() + ", " + ends + " ends with " + insideAtEnd);
      }
      if (leases.count() != 0) {
        wrong.add("count " + leases.count() + " at the end");
      }
      if (leases.acquire()) {
        wrong.add("a lease at the end");
      }
    }
  }
}
