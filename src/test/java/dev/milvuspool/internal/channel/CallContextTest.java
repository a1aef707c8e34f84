package dev.milvuspool.internal.channel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.milvuspool.ClientTimeoutException;
import dev.milvuspool.internal.channel.CallContext.Cancellation;
import dev.milvuspool.internal.connect.FakeCall;
import dev.milvuspool.internal.connect.FakeChannel;
import io.milvus.grpc.GetVersionRequest;
import io.milvus.grpc.GetVersionResponse;
import io.milvus.grpc.MilvusServiceGrpc;
import io.milvus.shaded.io.grpc.CallOptions;
import io.milvus.shaded.io.grpc.Metadata;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** One call: which RPCs belong to it, what its cancellation reaches, and what it leaves alone. */
@Timeout(30)
class CallContextTest {
  private static final Duration MINUTE = Duration.ofMinutes(1);

  private final InFlightCalls calls = InFlightCallsTest.inFlightCalls();
  private final InFlightCalls others = InFlightCallsTest.inFlightCalls();
  private final ExecutorService threads = Executors.newCachedThreadPool();

  @AfterEach
  void stop() {
    threads.shutdownNow();
    assertThat(Thread.interrupted()).isFalse();
    assertThat(CallContext.current(calls)).isNull();
    assertThat(CallContext.current(others)).isNull();
  }

  private static CallContext begin(InFlightCalls calls, boolean interruptible) {
    CallContext call = calls.begin("query", MINUTE, null, interruptible);
    assertThat(call).isNotNull();
    return call;
  }

  // ---- whose it is

  @Test
  void anRpcBelongsToTheInnermostCallOfItsOwnClientOnItsThread() {
    CallContext outer = begin(calls, true);
    CallContext other = begin(others, true);
    assertThat(CallContext.current(calls)).isSameAs(outer);
    CallContext inner = begin(calls, false);

    assertThat(CallContext.current(calls)).isSameAs(inner);
    assertThat(CallContext.current(others)).isSameAs(other);
    assertThat(CompletableFuture.supplyAsync(() -> CallContext.current(calls), threads))
        .succeedsWithin(10, TimeUnit.SECONDS)
        .isNull();

    calls.end(inner);
    assertThat(CallContext.current(calls)).isSameAs(outer);
    others.end(other);
    assertThat(CallContext.current(calls)).isSameAs(outer);
    calls.end(outer);
  }

  @Test
  void theFirstRpcIsKnownFromTheLaterOnes() {
    CallContext call = begin(calls, false);

    assertThat(call.beginRpc()).isFalse();
    assertThat(call.beginRpc()).isTrue();
    assertThat(call.beginRpc()).isTrue();

    calls.end(call);
  }

  @Test
  void theOutcomeIsKnownUntilSomethingWasWritten() {
    CallContext call = begin(calls, false);

    assertThat(call.outcomeUnknown()).isFalse();
    call.noteWrite();
    assertThat(call.outcomeUnknown()).isTrue();

    calls.end(call);
  }

  // ---- cancelling

  @Test
  void theFirstReasonToCancelStays() {
    CallContext call = begin(calls, false);

    call.cancel(Cancellation.TIMED_OUT);
    call.cancel(Cancellation.CUT_OFF);

    assertThat(call.cancellation()).isEqualTo(Cancellation.TIMED_OUT);
    calls.end(call);
  }

  @Test
  void aCancellationReachesTheRpcThatIsWaitedForOnceAndNoEarlierOne() {
    try (IdleConnections connections = new IdleConnections()) {
      FakeChannel channel = new FakeChannel();
      Connection connection = connections.connection("localhost", channel);
      CompletableFuture<CallContext> waiting = new CompletableFuture<>();
      Future<?> running =
          threads.submit(
              () -> {
                CallContext call = begin(calls, false);
                RpcAttempt<GetVersionRequest, GetVersionResponse> attempt =
                    new RpcAttempt<>(connection);
                call.setAttempt(new RpcAttempt<>(connection));
                call.setAttempt(attempt);
                waiting.complete(call);
                attempt.run(
                    MilvusServiceGrpc.getGetVersionMethod(),
                    CallOptions.DEFAULT,
                    new Metadata(),
                    GetVersionRequest.getDefaultInstance());
                calls.end(call);
                return null;
              });
      await().until(() -> !channel.calls().isEmpty());

      waiting.join().cancel(Cancellation.TIMED_OUT);
      waiting.join().cancel(Cancellation.CUT_OFF);

      assertThat(running).succeedsWithin(10, TimeUnit.SECONDS);
      assertThat(channel.calls()).singleElement().returns(1, FakeCall::cancellations);
    }
  }

  /** A user's function may wait for anything. */
  @Test
  void theThreadOfAnInterruptibleCallIsInterruptedAndHearsNoMoreOfItAfterTheEnd() {
    CallContext call = begin(calls, true);
    threads.submit(() -> call.cancel(Cancellation.TIMED_OUT));

    assertThatThrownBy(() -> new CountDownLatch(1).await())
        .isInstanceOf(InterruptedException.class);
    Thread.currentThread().interrupt(); // as those do who cannot throw it

    assertThat(calls.end(call)).isTrue();
    assertThat(Thread.currentThread().isInterrupted()).isFalse();
  }

  /** A user's function may catch the failure of its request, and sleep. */
  @Test
  void aRequestThatOurInterruptEndedLeavesItToTheRestOfTheCall() {
    CallErrors errors = InFlightCallsTest.callErrors();
    CallContext call = begin(calls, true);
    call.cancel(Cancellation.TIMED_OUT);
    assertThat(Thread.interrupted()).isTrue(); // as a request that waits takes it

    assertThat(errors.interrupted(call, null)).isInstanceOf(ClientTimeoutException.class);

    assertThat(Thread.currentThread().isInterrupted()).isTrue();
    assertThat(calls.end(call)).isTrue();
    assertThat(Thread.currentThread().isInterrupted()).isFalse();
  }

  /** It closes a channel of the user's on which the thread is blocked, however long that takes. */
  @Test
  void theSweepLeavesInterruptsToOthers() {
    List<Runnable> interrupts = new ArrayList<>();
    InFlightCalls apart = InFlightCallsTest.inFlightCalls(interrupts::add, now -> {});
    CallContext call = begin(apart, true);

    call.cancel(Cancellation.TIMED_OUT);

    assertThat(Thread.currentThread().isInterrupted()).isFalse();
    interrupts.forEach(Runnable::run);
    assertThat(Thread.currentThread().isInterrupted()).isTrue();
    assertThat(apart.end(call)).isTrue();
  }

  @Test
  void theEndOfACallTakesNoInterruptAwayFromTheOneAroundIt() {
    CallContext outer = begin(calls, true);
    CallContext inner = begin(calls, true);
    inner.cancel(Cancellation.TIMED_OUT);
    outer.cancel(Cancellation.TIMED_OUT); // which finds the thread interrupted

    assertThat(calls.end(inner)).isTrue();

    assertThat(Thread.currentThread().isInterrupted()).isTrue();
    assertThat(calls.end(outer)).isTrue();
    assertThat(Thread.currentThread().isInterrupted()).isFalse();
  }

  @Test
  void theThreadOfAnyOtherCallIsLeftAlone() {
    CallContext call = begin(calls, false);

    call.cancel(Cancellation.TIMED_OUT);

    assertThat(Thread.currentThread().isInterrupted()).isFalse();
    assertThat(calls.end(call)).isFalse();
  }

  @Test
  void aCancellationAfterTheEndInterruptsNobody() {
    CallContext call = begin(calls, true);
    calls.end(call);

    call.cancel(Cancellation.CUT_OFF);

    assertThat(Thread.currentThread().isInterrupted()).isFalse();
  }

  @Test
  void anInterruptOfTheUsersIsNotTakenForOurs() {
    CallContext call = begin(calls, true);
    Thread.currentThread().interrupt();

    call.cancel(Cancellation.TIMED_OUT);

    assertThat(calls.end(call)).isFalse();
    assertThat(Thread.interrupted()).isTrue();
  }

  /** However the end and the cancellation cross each other, no interrupt of ours is left behind. */
  @Test
  void noInterruptOfOursOutlivesTheCall() throws Exception {
    for (int round = 0; round < 2_000; round++) {
      CallContext call = begin(calls, true);
      Future<?> cancelling = threads.submit(() -> call.cancel(Cancellation.TIMED_OUT));
      for (int spin = round % 200; spin > 0; spin--) {
        Thread.onSpinWait();
      }

      calls.end(call);

      assertThat(Thread.currentThread().isInterrupted()).isFalse();
      cancelling.get(10, TimeUnit.SECONDS);
      assertThat(Thread.currentThread().isInterrupted()).isFalse();
    }
  }

  // ---- pausing

  @Test
  void aPauseLastsAsLongAsItShall() throws InterruptedException {
    CallContext call = begin(calls, false);
    long before = System.nanoTime();

    call.sleep(Duration.ofMillis(30));

    assertThat(System.nanoTime() - before).isGreaterThanOrEqualTo(30_000_000);
    assertThat(call.cancellation()).isNull();
    calls.end(call);
  }

  @Test
  void aPauseEndsWithTheDeadline() throws InterruptedException {
    CallContext call = calls.begin("query", Duration.ofMillis(30), null, false);

    call.sleep(MINUTE);

    assertThat(System.nanoTime() - call.deadlineAt()).isNotNegative();
    calls.end(call);
  }

  @Test
  void aPauseEndsWithACancellation() throws Exception {
    AtomicReference<CallContext> pausing = new AtomicReference<>();
    Future<?> paused =
        threads.submit(
            () -> {
              CallContext call = begin(calls, false);
              pausing.set(call);
              call.sleep(MINUTE);
              calls.end(call);
              return null;
            });
    await().until(() -> pausing.get() != null);

    pausing.get().cancel(Cancellation.CUT_OFF);

    assertThat(paused).succeedsWithin(10, TimeUnit.SECONDS);
  }

  @Test
  void aPauseEndsWithAnInterrupt() {
    CallContext call = begin(calls, false);
    Thread.currentThread().interrupt();

    assertThatThrownBy(() -> call.sleep(MINUTE)).isInstanceOf(InterruptedException.class);

    calls.end(call);
  }
}
