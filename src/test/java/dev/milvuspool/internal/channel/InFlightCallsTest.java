package dev.milvuspool.internal.channel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.milvuspool.ClientClosedException;
import dev.milvuspool.ClientOptions;
import dev.milvuspool.ClientTimeoutException;
import dev.milvuspool.MilvusPoolException;
import dev.milvuspool.internal.channel.CallContext.Cancellation;
import dev.milvuspool.internal.common.Background;
import dev.milvuspool.internal.common.DeadlineSweeper;
import dev.milvuspool.internal.common.EventDispatcher;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongConsumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Which calls are admitted, which are seen by whoever must end them, and when the last has left.
 */
@Timeout(60)
class InFlightCallsTest {
  private static final Duration MINUTE = Duration.ofMinutes(1);

  private final AtomicInteger sweeps = new AtomicInteger();
  private final InFlightCalls calls = inFlightCalls(Runnable::run, now -> sweeps.incrementAndGet());
  private final ExecutorService threads = Executors.newCachedThreadPool();

  static InFlightCalls inFlightCalls() {
    return inFlightCalls(Runnable::run, now -> {});
  }

  /** On a sweeper that never sweeps: its background has ended. */
  static InFlightCalls inFlightCalls(Executor interrupts, LongConsumer onSweep) {
    return new InFlightCalls(callErrors(), interrupts, new DeadlineSweeper(ended()), onSweep);
  }

  static CallErrors callErrors() {
    return new CallErrors(
        "main",
        new ClientStateMachine(
            new EventDispatcher("main", List.of(), ended()), ClientOptions.builder().build()));
  }

  private static Background ended() {
    Background background = new Background();
    background.release();
    background.endWithLastUser();
    return background;
  }

  @AfterEach
  void stop() {
    threads.shutdownNow();
    assertThat(Thread.interrupted()).isFalse();
  }

  private CallContext begin(Duration deadline) {
    CallContext call = calls.begin("query", deadline, null, false);
    assertThat(call).isNotNull();
    return call;
  }

  private void endAndLeave(CallContext call) {
    calls.end(call);
    calls.leave();
  }

  private List<CallContext> listed() {
    List<CallContext> listed = new ArrayList<>();
    calls.forEach(listed::add);
    return listed;
  }

  @Test
  void aCallIsListedFromItsBeginningToItsEnd() {
    assertThat(listed()).isEmpty();

    CallContext outer = begin(MINUTE);
    CallContext inner = begin(MINUTE);
    assertThat(listed()).containsExactlyInAnyOrder(outer, inner);
    endAndLeave(inner);
    assertThat(listed()).containsExactly(outer);
    endAndLeave(outer);
    assertThat(listed()).isEmpty();
  }

  @Test
  void theCallsOfAnotherClientOfTheSamePoolAreNotListed() {
    DeadlineSweeper sweeper = new DeadlineSweeper(ended());
    InFlightCalls one = new InFlightCalls(callErrors(), Runnable::run, sweeper, now -> {});
    InFlightCalls other = new InFlightCalls(callErrors(), Runnable::run, sweeper, now -> {});
    CallContext call = one.begin("query", MINUTE, null, false);

    other.cutOff();

    assertThat(call.cancellation()).isNull();
    one.cutOff();
    assertThat(call.cancellation()).isEqualTo(Cancellation.CUT_OFF);
    one.end(call);
    one.leave();
  }

  @Test
  void aDrainedClientAdmitsNoneAndWaitsForTheLastToLeaveNotOnlyToEnd() {
    CallContext call = begin(MINUTE);

    CompletableFuture<Void> drained = calls.drain();

    calls.end(call);
    assertThatThrownBy(() -> calls.begin("query", MINUTE, null, false))
        .isInstanceOf(ClientClosedException.class);
    assertThat(drained).isNotDone(); // listeners have not heard of it yet
    assertThat(calls.count()).isEqualTo(1);
    calls.leave();
    assertThat(drained).isCompleted();
    assertThat(calls.count()).isZero();
  }

  @Test
  void aDrainedClientAdmitsWhatACallUnderWayBeginsOnItsThreadAndWaitsForBoth() {
    CallContext outer = begin(MINUTE);
    CompletableFuture<Void> drained = calls.drain();

    CallContext inner = begin(MINUTE);

    assertThat(threads.submit(() -> begin(MINUTE)))
        .failsWithin(Duration.ofSeconds(10))
        .withThrowableThat()
        .havingCause()
        .isInstanceOf(ClientClosedException.class);
    endAndLeave(inner);
    assertThat(CallContext.current(calls)).isSameAs(outer);
    assertThat(drained).isNotDone();
    endAndLeave(outer);
    assertThat(drained).isCompleted();
  }

  @Test
  void theSweepCancelsThoseThatAreLateAndNoOther() {
    CallContext patient = begin(MINUTE);
    CallContext late = begin(Duration.ofNanos(1));

    listed().forEach(call -> call.sweep(late.deadlineAt()));

    assertThat(late.cancellation()).isEqualTo(Cancellation.TIMED_OUT);
    assertThat(patient.cancellation()).isNull();
    endAndLeave(late);
    patient.sweep(patient.deadlineAt() - 1);
    assertThat(patient.cancellation()).isNull();
    patient.sweep(patient.deadlineAt());
    assertThat(patient.cancellation()).isEqualTo(Cancellation.TIMED_OUT);
    endAndLeave(patient);
    assertThat(sweeps.get()).isEqualTo(4);
  }

  @Test
  void aCutOffEndsThoseUnderWayAndThoseThatAreJustBeginning() {
    CallContext underWay = begin(MINUTE);

    calls.cutOff();

    assertThat(underWay.cancellation()).isEqualTo(Cancellation.CUT_OFF);
    CallContext beginning = begin(MINUTE);
    assertThat(beginning.cancellation()).isEqualTo(Cancellation.CUT_OFF);
    endAndLeave(beginning);
    endAndLeave(underWay);
  }

  /** Calls begin while those under way are being cut off, one after the other. */
  @Test
  void noCallSlipsThroughACutOff() throws Exception {
    for (int round = 0; round < 20; round++) {
      InFlightCalls crossed = inFlightCalls();
      AtomicBoolean over = new AtomicBoolean();
      CountDownLatch many = new CountDownLatch(2_000);
      Future<List<Cancellation>> beginning =
          threads.submit(
              () -> {
                List<CallContext> all = new ArrayList<>();
                while (!over.get()) {
                  all.add(crossed.begin("query", MINUTE, null, false));
                  many.countDown();
                }
                List<Cancellation> cancellations = new ArrayList<>();
                for (int i = all.size() - 1; i >= 0; i--) {
                  cancellations.add(all.get(i).cancellation());
                  crossed.end(all.get(i));
                }
                return cancellations;
              });
      many.await();

      crossed.cutOff();
      over.set(true);

      assertThat(beginning.get(10, TimeUnit.SECONDS)).containsOnly(Cancellation.CUT_OFF);
    }
  }

  @Test
  void aPauseEndsWithTheDeadlineAsATimeout() {
    CallContext call = begin(Duration.ofMillis(20));

    assertThatThrownBy(() -> calls.pause("flush", MINUTE))
        .isInstanceOf(ClientTimeoutException.class)
        .hasMessageContainingAll("main", "query");

    endAndLeave(call);
  }

  @Test
  void aPauseEndsWithTheCutOffAsOfAClosedClient() throws Exception {
    CountDownLatch pausing = new CountDownLatch(1);
    Future<?> paused =
        threads.submit(
            () -> {
              CallContext call = begin(MINUTE);
              pausing.countDown();
              try {
                calls.pause("flush", MINUTE);
              } finally {
                endAndLeave(call);
              }
            });
    pausing.await();

    calls.cutOff();

    assertThat(paused)
        .failsWithin(10, TimeUnit.SECONDS)
        .withThrowableThat()
        .withCauseInstanceOf(ClientClosedException.class);
  }

  @Test
  void anInterruptEndsAPauseAndStaysWithTheThread() {
    CallContext call = begin(MINUTE);

    Thread.currentThread().interrupt();
    assertThatThrownBy(() -> calls.pause("flush", MINUTE))
        .isInstanceOf(MilvusPoolException.class)
        .hasMessageContainingAll("main", "query", "interrupted");

    assertThat(Thread.interrupted()).isTrue();
    endAndLeave(call);
  }

  @Test
  void outsideOfACallAPauseIsInterruptedAsWell() {
    Thread.currentThread().interrupt();

    assertThatThrownBy(() -> calls.pause("flush", MINUTE))
        .isInstanceOf(MilvusPoolException.class)
        .hasMessageContainingAll("main", "flush", "interrupted");

    assertThat(Thread.interrupted()).isTrue();
  }
}
