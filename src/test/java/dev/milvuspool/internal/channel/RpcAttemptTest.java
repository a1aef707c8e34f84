package dev.milvuspool.internal.channel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.milvuspool.internal.connect.FakeCall;
import dev.milvuspool.internal.connect.FakeChannel;
import io.milvus.grpc.GetVersionRequest;
import io.milvus.grpc.GetVersionResponse;
import io.milvus.grpc.MilvusServiceGrpc;
import io.milvus.shaded.io.grpc.CallOptions;
import io.milvus.shaded.io.grpc.Metadata;
import io.milvus.shaded.io.grpc.Status;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** One RPC, sent once: its caller waits for it, and others may cancel it at any moment. */
@Timeout(30)
class RpcAttemptTest {
  private static final GetVersionResponse ANSWER =
      GetVersionResponse.newBuilder().setVersion("2.6.0").build();

  private final IdleConnections connections = new IdleConnections();

  @AfterEach
  void close() {
    connections.close();
  }

  private RpcAttempt<GetVersionRequest, GetVersionResponse> attemptOn(FakeChannel channel) {
    return new RpcAttempt<>(connections.connection("localhost", channel));
  }

  private static boolean run(RpcAttempt<GetVersionRequest, GetVersionResponse> attempt) {
    return attempt.run(
        MilvusServiceGrpc.getGetVersionMethod(),
        CallOptions.DEFAULT,
        new Metadata(),
        GetVersionRequest.getDefaultInstance());
  }

  @Test
  void theCallersThreadDoesTheWorkOfItsAnswer() {
    AtomicReference<Thread> server = new AtomicReference<>();
    FakeChannel channel =
        new FakeChannel(
            call ->
                CompletableFuture.runAsync(
                    () -> {
                      server.set(Thread.currentThread());
                      call.answer(ANSWER);
                    }));
    var attempt = attemptOn(channel);

    boolean interrupted = run(attempt);

    assertThat(interrupted).isFalse();
    assertThat(attempt.answer()).isSameAs(ANSWER);
    assertThat(attempt.status().isOk()).isTrue();
    assertThat(attempt.wasSent()).isTrue();
    assertThat(server.get()).isNotSameAs(Thread.currentThread());
  }

  @Test
  void withoutAStreamItWasNotSent() {
    FakeChannel channel = new FakeChannel();
    channel.endUnseen();
    var attempt = attemptOn(channel);

    run(attempt);

    assertThat(attempt.status().getCode()).isEqualTo(Status.Code.UNAVAILABLE);
    assertThat(attempt.answer()).isNull();
    assertThat(attempt.wasSent()).isFalse();
  }

  /** The server limits the streams of a connection. */
  @Test
  void whatWaitsForAStreamUntilTheTransportEndsWasNotSent() {
    FakeChannel channel = new FakeChannel();
    channel.fill();
    Running running = new Running(channel);

    channel.calls().get(0).end(Status.UNAVAILABLE);

    running.awaitEnd();
    assertThat(running.attempt.wasSent()).isFalse();
  }

  /** That it was written may not be known yet. */
  @Test
  void whatIsCancelledBeforeItIsKnownToBeWrittenMayHaveBeenSent() {
    FakeChannel channel = new FakeChannel();
    channel.fill();
    Running running = new Running(channel);

    running.attempt.cancel();

    running.awaitEnd();
    assertThat(running.attempt.wasSent()).isTrue();
  }

  @Test
  void aCancelFromAnotherThreadEndsIt() {
    Running running = new Running();

    running.attempt.cancel();

    running.awaitEnd();
    assertThat(running.attempt.status().getCode()).isEqualTo(Status.Code.CANCELLED);
    assertThat(running.attempt.wasSent()).isTrue();
  }

  /** The calls of gRPC are not made for that: they take a cancel from elsewhere afterwards only. */
  @Test
  void aCancelDuringTheSendingIsCarriedOutAfterIt() {
    AtomicReference<RpcAttempt<?, ?>> sending = new AtomicReference<>();
    AtomicInteger during = new AtomicInteger(-1);
    FakeChannel channel =
        new FakeChannel(
            call -> {
              CompletableFuture.runAsync(() -> sending.get().cancel()).join();
              during.set(call.cancellations());
            });
    var attempt = attemptOn(channel);
    sending.set(attempt);

    run(attempt);

    assertThat(during.get()).isZero();
    assertThat(channel.calls()).singleElement().returns(1, FakeCall::cancellations);
    assertThat(attempt.status().getCode()).isEqualTo(Status.Code.CANCELLED);
  }

  @Test
  void aCancelBeforeTheSendingIsNotForgotten() {
    FakeChannel channel = new FakeChannel();
    var attempt = attemptOn(channel);

    attempt.cancel();
    run(attempt);

    assertThat(attempt.status().getCode()).isEqualTo(Status.Code.CANCELLED);
  }

  @Test
  void oneWhoseCancelIsLostEndsAllTheSameAndTakesNoLateAnswer() {
    FakeChannel channel = new FakeChannel();
    channel.loseCancels();
    Running running = new Running(channel);

    running.attempt.cancel();

    running.awaitEnd();
    assertThat(running.attempt.status().getCode()).isEqualTo(Status.Code.CANCELLED);
    assertThat(running.attempt.wasSent()).isTrue();
    AtomicInteger released = new AtomicInteger();
    running.attempt.execute(released::incrementAndGet);
    channel.calls().get(0).answer(ANSWER);
    assertThat(released).hasValue(1);
    assertThat(running.attempt.status().getCode()).isEqualTo(Status.Code.CANCELLED);
  }

  @Test
  void anInterruptEndsOneWhoseCancelIsLost() {
    FakeChannel channel = new FakeChannel();
    channel.loseCancels();
    var attempt = attemptOn(channel);

    Thread.currentThread().interrupt();

    assertThat(run(attempt)).isTrue();
    assertThat(attempt.status().getCode()).isEqualTo(Status.Code.CANCELLED);
  }

  @Test
  void anInterruptCancelsItAndIsReported() {
    FakeChannel channel = new FakeChannel();
    var attempt = attemptOn(channel);

    Thread.currentThread().interrupt();
    boolean interrupted = run(attempt);

    assertThat(interrupted).isTrue();
    assertThat(Thread.currentThread().isInterrupted()).isFalse();
    assertThat(attempt.status().getCode()).isEqualTo(Status.Code.CANCELLED);
  }

  /** Whoever uses the thread's permit to park for something else must not be taken for an end. */
  @Test
  void beingUnparkedIsNoEnd() {
    Running running = new Running();

    for (int i = 0; i < 1_000; i++) {
      LockSupport.unpark(running.thread);
    }

    assertThat(running.end).isNotDone();
    running.channel.calls().get(0).answer(ANSWER);
    running.awaitEnd();
    assertThat(running.attempt.answer()).isSameAs(ANSWER);
  }

  /** One whose caller waits on a thread of its own. */
  private final class Running {
    final FakeChannel channel;
    final CompletableFuture<Void> end = new CompletableFuture<>();
    final RpcAttempt<GetVersionRequest, GetVersionResponse> attempt;
    final Thread thread;

    Running() {
      this(new FakeChannel());
    }

    Running(FakeChannel channel) {
      this.channel = channel;
      CompletableFuture<RpcAttempt<GetVersionRequest, GetVersionResponse>> made =
          new CompletableFuture<>();
      thread =
          new Thread(
              () -> {
                made.complete(attemptOn(channel));
                run(made.join());
                end.complete(null);
              });
      thread.setDaemon(true);
      thread.start();
      attempt = made.join();
      await().until(() -> thread.getState() == Thread.State.WAITING);
    }

    void awaitEnd() {
      assertThat(end).succeedsWithin(10, TimeUnit.SECONDS);
    }
  }
}
