package dev.milvuspool.internal.connect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

import dev.milvuspool.scripted.ScriptedMilvus;
import io.milvus.grpc.GetVersionRequest;
import io.milvus.grpc.GetVersionResponse;
import io.milvus.grpc.MilvusServiceGrpc;
import io.milvus.shaded.io.grpc.CallOptions;
import io.milvus.shaded.io.grpc.Channel;
import io.milvus.shaded.io.grpc.ClientCall;
import io.milvus.shaded.io.grpc.ConnectivityState;
import io.milvus.shaded.io.grpc.ManagedChannel;
import io.milvus.shaded.io.grpc.Metadata;
import io.milvus.shaded.io.grpc.MethodDescriptor;
import io.milvus.shaded.io.grpc.Server;
import io.milvus.shaded.io.grpc.Status;
import io.milvus.shaded.io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.milvus.shaded.io.grpc.stub.StreamObserver;
import io.milvus.v2.client.MilvusClientV2;
import io.milvus.v2.client.RetryConfig;
import io.milvus.v2.exception.MilvusClientException;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What the SDK's gRPC does, where supervising a connection rests on it: calls and states. */
class GrpcFactsTest {
  private static final Duration SOON = Duration.ofSeconds(5);
  private static final Duration A_WHILE = Duration.ofMillis(200);

  private final GrpcTestChannels channels = new GrpcTestChannels();
  private ScriptedMilvus server;

  /** How a connection is lost under its calls. */
  enum Loss {
    KILL(ScriptedMilvus::kill),
    RESET(ScriptedMilvus::dropConnections);

    private final Consumer<ScriptedMilvus> happen;

    Loss(Consumer<ScriptedMilvus> happen) {
      this.happen = happen;
    }
  }

  @BeforeEach
  void start() {
    server = ScriptedMilvus.start();
  }

  @AfterEach
  void stop() {
    channels.close();
    server.close();
  }

  private ManagedChannel channel() {
    return channels.to(GrpcTestChannels.loopback(server.port()));
  }

  private ManagedChannel readyChannel() throws Exception {
    return ready(channel());
  }

  private static ManagedChannel ready(ManagedChannel channel) throws Exception {
    assertThat(Rpc.start(channel).status().isOk()).isTrue();
    assertThat(channel.getState(false)).isEqualTo(ConnectivityState.READY);
    return channel;
  }

  private Rpc stalledRpc(ManagedChannel channel) {
    server.stall(Rpc.METHOD);
    Rpc rpc = Rpc.start(channel);
    server.awaitInFlight(Rpc.METHOD, 1, SOON);
    return rpc;
  }

  private static CountDownLatch exitFromReady(ManagedChannel channel) {
    CountDownLatch left = new CountDownLatch(1);
    channel.notifyWhenStateChanged(ConnectivityState.READY, left::countDown);
    return left;
  }

  private static void awaitSoon(CountDownLatch latch) throws InterruptedException {
    assertThat(latch.await(SOON.toSeconds(), TimeUnit.SECONDS)).isTrue();
  }

  private static void awaitState(ManagedChannel channel, ConnectivityState state) {
    await().atMost(SOON).until(() -> channel.getState(false) == state);
  }

  private void killUnderneath(ManagedChannel channel) throws Exception {
    CountDownLatch left = exitFromReady(channel);
    server.kill();
    awaitSoon(left);
  }

  // Cancelling.

  @Test
  void aStalledCallEndsWhenAnotherThreadCancelsIt() throws Exception {
    Rpc rpc = stalledRpc(readyChannel());

    Thread other = new Thread(() -> rpc.cancel("no longer wanted"));
    other.start();

    assertThat(rpc.status().getCode()).isEqualTo(Status.Code.CANCELLED);
    assertThat(rpc.status().getDescription()).isEqualTo("no longer wanted");
    server.awaitInFlight(Rpc.METHOD, 0, SOON);
    other.join();
  }

  @Test
  void aCallEndsWhenItIsCancelledThoughTheServerIsSilentBelowGrpc() throws Exception {
    ManagedChannel channel = readyChannel();
    server.blackhole();
    Rpc rpc = Rpc.start(channel);

    rpc.cancel("no longer wanted");

    assertThat(rpc.status().getCode()).isEqualTo(Status.Code.CANCELLED);
    assertThat(channel.getState(false)).isEqualTo(ConnectivityState.READY);
  }

  // The executor of a call.

  @Test
  void allThatAListenerIsToldGoesThroughTheExecutorOfItsCall() throws Exception {
    OwnExecutor executor = new OwnExecutor();
    Rpc rpc = Rpc.start(readyChannel(), executor, status -> executor.noteThread());

    executor.runUntil(rpc::isClosed);

    assertThat(rpc.events).containsExactly("onHeaders", "onMessage", "onClose");
    assertThat(executor.noted).containsExactly(Thread.currentThread());
  }

  @Test
  void aCallThatIsRefusedEndsOnItsExecutorToo() throws Exception {
    ManagedChannel channel = channel();
    server.kill();
    OwnExecutor executor = new OwnExecutor();

    Rpc rpc = Rpc.start(channel, executor, status -> executor.noteThread());

    assertThat(rpc.events).isEmpty();
    executor.runUntil(rpc::isClosed);
    assertThat(executor.noted).containsExactly(Thread.currentThread());
  }

  @Test
  void aCallOfAChannelThatWasShutDownEndsOnItsExecutorToo() throws Exception {
    ManagedChannel channel = readyChannel();
    channel.shutdown();
    OwnExecutor executor = new OwnExecutor();

    Rpc rpc = Rpc.start(channel, executor, status -> executor.noteThread());

    assertThat(rpc.events).isEmpty();
    executor.runUntil(rpc::isClosed);
    assertThat(rpc.status().getCode()).isEqualTo(Status.Code.UNAVAILABLE);
    assertThat(rpc.status().getDescription()).isEqualTo("Channel shutdown invoked");
  }

  @Test
  void aCallOfAChannelThatWasShutDownUnusedEndsOnItsExecutorToo() throws Exception {
    ManagedChannel channel = channel();
    channel.shutdown();
    OwnExecutor executor = new OwnExecutor();

    Rpc rpc = Rpc.start(channel, executor, status -> executor.noteThread());

    assertThat(rpc.events).isEmpty();
    executor.runUntil(rpc::isClosed);
    assertThat(rpc.status().getCode()).isEqualTo(Status.Code.UNAVAILABLE);
  }

  @Test
  void aCallOfAnUnusedChannelThatIsBeingShutDownEndsOnItsCallersThread() throws Exception {
    ManagedChannel channel = channel();
    CountDownLatch over = stayInACallback(channel);
    channel.shutdown();
    OwnExecutor executor = new OwnExecutor();

    Rpc rpc = new Rpc(channel, executor, status -> executor.noteThread());
    rpc.begin();

    assertThat(rpc.events).containsExactly("onClose");
    assertThat(executor.noted).containsExactly(Thread.currentThread());
    assertThat(executor.tasks).isEmpty();
    over.countDown();
  }

  /** Runs what it is given on the thread of the test, when the test says so. */
  private static final class OwnExecutor implements Executor {
    private final BlockingQueue<Runnable> tasks = new LinkedBlockingQueue<>();
    final List<Thread> noted = new ArrayList<>();

    @Override
    public void execute(Runnable task) {
      tasks.add(task);
    }

    void noteThread() {
      noted.add(Thread.currentThread());
    }

    void runUntil(BooleanSupplier done) throws InterruptedException {
      while (!done.getAsBoolean()) {
        Runnable task = tasks.poll(SOON.toSeconds(), TimeUnit.SECONDS);
        assertThat(task).as("a task, before %s", SOON).isNotNull();
        task.run();
      }
    }
  }

  // Whether a call was sent.

  @Test
  void aCallThatIsSentHasAStreamBeforeTheServerHasIt() throws Exception {
    Rpc rpc = stalledRpc(readyChannel());

    assertThat(rpc.trace).startsWith("newTracer", "streamCreated");
    // The headers are told after they were written, which the server may be ahead of.
    await().atMost(SOON).until(() -> rpc.trace.contains("outboundHeaders"));
  }

  @Test
  void aCallThatIsCancelledAtOnceReachesTheServerBeforeItsHeadersAreTold() throws Exception {
    ManagedChannel channel = readyChannel();
    CountDownLatch inside = new CountDownLatch(1);
    CountDownLatch over = new CountDownLatch(1);
    Rpc.start( // on the thread that writes, which so has all of the next call to do at once
        channel,
        Runnable::run,
        status -> {
          inside.countDown();
          awaitUninterruptibly(over);
        });
    awaitSoon(inside);
    server.stall(Rpc.METHOD);

    Rpc rpc = Rpc.start(channel);
    rpc.cancel("no longer wanted");
    over.countDown();

    assertThat(rpc.status().getCode()).isEqualTo(Status.Code.CANCELLED);
    assertThat(rpc.trace).startsWith("newTracer", "streamCreated", "streamClosed CANCELLED");
    server.awaitCalls(Rpc.METHOD, 3, SOON);
  }

  @Test
  void aCallThatIsRefusedHasNoStream() throws Exception {
    ManagedChannel channel = channel();
    server.kill();

    Rpc rpc = Rpc.start(channel);

    assertThat(rpc.status().getCode()).isEqualTo(Status.Code.UNAVAILABLE);
    assertThat(rpc.wasCreated()).isFalse();
    assertThat(rpc.trace).startsWith("newTracer").endsWith("streamClosed UNAVAILABLE");
  }

  @Test
  void aCallOfAChannelThatWasShutDownHasNoStream() throws Exception {
    ManagedChannel channel = readyChannel();
    channel.shutdown();

    Rpc rpc = Rpc.start(channel);

    assertThat(rpc.status().getCode()).isEqualTo(Status.Code.UNAVAILABLE);
    assertThat(rpc.wasCreated()).isFalse();
    assertThat(server.calls(Rpc.METHOD)).isEqualTo(1);
  }

  @Test
  void aCallAfterTheConnectionWasLostHasNoStream() throws Exception {
    ManagedChannel channel = readyChannel();
    killUnderneath(channel);

    Rpc rpc = Rpc.start(channel);

    assertThat(rpc.status().getCode()).isEqualTo(Status.Code.UNAVAILABLE);
    assertThat(rpc.wasCreated()).isFalse();
  }

  @Test
  void aCallBeyondThoseThatTheServerTakesHasAStreamWithoutHeaders() throws Exception {
    try (ScriptedMilvus narrow =
        ScriptedMilvus.builder().maxConcurrentCallsPerConnection(1).start()) {
      ManagedChannel channel = ready(channels.to(GrpcTestChannels.loopback(narrow.port())));
      narrow.stall(Rpc.METHOD);
      Rpc sent = Rpc.start(channel);
      narrow.awaitInFlight(Rpc.METHOD, 1, SOON);
      Rpc waiting = Rpc.start(channel);
      Rpc cancelled = Rpc.start(channel);

      cancelled.cancel("no longer wanted");
      assertThat(cancelled.status().getCode()).isEqualTo(Status.Code.CANCELLED);
      narrow.kill();

      assertThat(sent.status().getCode()).isEqualTo(Status.Code.UNAVAILABLE);
      assertThat(waiting.status().getCode()).isEqualTo(Status.Code.UNAVAILABLE);
      assertThat(sent.trace).contains("streamCreated", "outboundHeaders");
      assertThat(waiting.trace).contains("streamCreated").doesNotContain("outboundHeaders");
      assertThat(cancelled.trace).contains("streamCreated").doesNotContain("outboundHeaders");
      assertThat(narrow.calls(Rpc.METHOD)).isEqualTo(2);
    }
  }

  // Losing a connection.

  @ParameterizedTest
  @EnumSource
  void aChannelHasLeftReadyWhenItsCallsHearOfTheLoss(Loss loss) throws Exception {
    AtomicInteger ended = new AtomicInteger();
    List<String> violations = new ArrayList<>();
    for (int i = 1; i <= 200; i++) {
      ManagedChannel channel = readyChannel();
      CountDownLatch left = exitFromReady(channel);
      server.stall(Rpc.METHOD);
      Consumer<Status> check =
          status -> {
            ended.incrementAndGet();
            if (channel.getState(false) == ConnectivityState.READY || left.getCount() != 0) {
              violations.add(status + ", " + channel.getState(false) + ", " + left);
            }
          };
      Rpc first = Rpc.start(channel, Runnable::run, check);
      Rpc second = Rpc.start(channel, Runnable::run, check);
      server.awaitInFlight(Rpc.METHOD, 2, SOON);

      loss.happen.accept(server);

      assertThat(first.status().getCode()).isEqualTo(Status.Code.UNAVAILABLE);
      assertThat(second.status().getCode()).isEqualTo(Status.Code.UNAVAILABLE);
      channel.shutdownNow();
      server.resumeAll();
      server.restart();
    }

    assertThat(ended).hasValue(400);
    assertThat(violations).isEmpty();
  }

  @Test
  void aChannelIsReadyStillWhileAnotherThreadIsInACallbackOfItsStates() throws Exception {
    ManagedChannel channel = readyChannel();
    Rpc rpc = stalledRpc(channel);
    CountDownLatch left = exitFromReady(channel);
    CountDownLatch over = stayInACallback(channel);

    server.kill();

    assertThat(rpc.status().getCode()).isEqualTo(Status.Code.UNAVAILABLE);
    assertThat(channel.getState(false)).isEqualTo(ConnectivityState.READY);
    assertThat(left.getCount()).isEqualTo(1);

    over.countDown();

    awaitSoon(left);
  }

  /** Has another thread stay in a callback of the channel's states, until the latch. */
  private static CountDownLatch stayInACallback(ManagedChannel channel) throws Exception {
    CountDownLatch inside = new CountDownLatch(1);
    CountDownLatch over = new CountDownLatch(1);
    Runnable callback =
        () -> {
          inside.countDown();
          awaitUninterruptibly(over);
        };
    // In another state than this one, the callback is called at once.
    Thread other =
        new Thread(
            () -> channel.notifyWhenStateChanged(ConnectivityState.TRANSIENT_FAILURE, callback));
    other.setDaemon(true);
    other.start();
    awaitSoon(inside);
    return over;
  }

  private static void awaitUninterruptibly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Test
  void aCallThatTheServerItselfFailsLeavesTheChannelReady() throws Exception {
    ManagedChannel channel = readyChannel();
    CountDownLatch left = exitFromReady(channel);
    server.fail(Rpc.METHOD, Status.UNAVAILABLE.withDescription("from the server"), 1);

    Rpc rpc = Rpc.start(channel);

    assertThat(rpc.status().getCode()).isEqualTo(Status.Code.UNAVAILABLE);
    assertThat(rpc.status().getDescription()).isEqualTo("from the server");
    assertThat(channel.getState(false)).isEqualTo(ConnectivityState.READY);
    assertThat(Rpc.start(channel).status().isOk()).isTrue();
    assertThat(left.getCount()).isEqualTo(1);
    assertThat(server.transportsEver()).isEqualTo(1);
  }

  // A goodbye.

  @Test
  void aCallFinishesThoughTheServerSaysGoodbyeAndTheChannelIsShutDown() throws Exception {
    try (SlowVersion slow = SlowVersion.start()) {
      ManagedChannel channel = channels.to(GrpcTestChannels.loopback(slow.server.getPort()));
      Rpc rpc = Rpc.start(channel);
      awaitSoon(slow.called);
      CountDownLatch left = new CountDownLatch(1);
      channel.notifyWhenStateChanged(
          ConnectivityState.READY,
          () -> {
            channel.shutdown();
            left.countDown();
          });

      slow.server.shutdown();

      awaitSoon(left);
      awaitState(channel, ConnectivityState.SHUTDOWN);
      assertThat(rpc.isClosed()).isFalse();
      Rpc late = Rpc.start(channel);
      assertThat(late.status().getCode()).isEqualTo(Status.Code.UNAVAILABLE);
      assertThat(late.wasCreated()).isFalse();
      slow.answer.countDown();
      assertThat(rpc.status().isOk()).isTrue();
      assertThat(rpc.events).containsExactly("onHeaders", "onMessage", "onClose");
      assertThat(channel.awaitTermination(SOON.toSeconds(), TimeUnit.SECONDS)).isTrue();
    }
  }

  @Test
  void aChannelIsIdleAfterAGoodbyeWhileItsCallStillRuns() throws Exception {
    try (SlowVersion slow = SlowVersion.start()) {
      ManagedChannel channel = channels.to(GrpcTestChannels.loopback(slow.server.getPort()));
      Rpc rpc = Rpc.start(channel);
      awaitSoon(slow.called);
      CountDownLatch left = exitFromReady(channel);

      slow.server.shutdown();

      awaitSoon(left);
      assertThat(channel.getState(false)).isEqualTo(ConnectivityState.IDLE);
      slow.answer.countDown();
      assertThat(rpc.status().isOk()).isTrue();
    }
  }

  @Test
  void aCallThatWaitsForAStreamUntilAGoodbyeHasNoHeaders() throws Exception {
    try (SlowVersion slow = SlowVersion.start()) {
      ManagedChannel channel = channels.to(GrpcTestChannels.loopback(slow.server.getPort()));
      Rpc rpc = Rpc.start(channel);
      awaitSoon(slow.called);
      Rpc waiting = Rpc.start(channel);

      slow.server.shutdown();

      assertThat(waiting.status().getCode()).isEqualTo(Status.Code.UNAVAILABLE);
      assertThat(waiting.trace).contains("streamCreated").doesNotContain("outboundHeaders");
      slow.answer.countDown();
      assertThat(rpc.status().isOk()).isTrue();
    }
  }

  /**
   * A server of one call at a time, that answers when it may, and says goodbye when it is shut
   * down.
   */
  private static final class SlowVersion extends MilvusServiceGrpc.MilvusServiceImplBase
      implements AutoCloseable {
    final CountDownLatch called = new CountDownLatch(1);
    final CountDownLatch answer = new CountDownLatch(1);
    final Server server;

    private SlowVersion() throws IOException {
      server =
          NettyServerBuilder.forAddress(GrpcTestChannels.loopback(0))
              .maxConcurrentCallsPerConnection(1)
              .addService(this)
              .build()
              .start();
    }

    static SlowVersion start() throws IOException {
      return new SlowVersion();
    }

    @Override
    public void getVersion(GetVersionRequest request, StreamObserver<GetVersionResponse> to) {
      called.countDown();
      awaitUninterruptibly(answer);
      to.onNext(GetVersionResponse.getDefaultInstance());
      to.onCompleted();
    }

    @Override
    public void close() {
      answer.countDown();
      server.shutdownNow();
    }
  }

  // Connecting again.

  @Test
  void anUnusedChannelThatLosesItsServerStaysIdleUntilItIsAsked() throws Exception {
    ManagedChannel channel = readyChannel();
    CountDownLatch left = exitFromReady(channel);

    server.dropConnections();

    awaitSoon(left);
    await()
        .during(A_WHILE)
        .atMost(SOON)
        .until(
            () ->
                channel.getState(false) == ConnectivityState.IDLE
                    && server.acceptedConnections() == 1);

    assertThat(channel.getState(true)).isEqualTo(ConnectivityState.IDLE);

    awaitState(channel, ConnectivityState.READY);
    server.awaitAcceptedConnections(2, SOON);
  }

  @Test
  void aCallMakesAChannelThatLostItsServerConnectAgain() throws Exception {
    ManagedChannel channel = readyChannel();
    CountDownLatch left = exitFromReady(channel);
    server.dropConnections();
    awaitSoon(left);

    assertThat(Rpc.start(channel).status().isOk()).isTrue();

    assertThat(server.acceptedConnections()).isEqualTo(2);
  }

  @Test
  void aChannelThatIsShutDownWhenItLosesItsServerNeverConnectsAgain() throws Exception {
    ManagedChannel channel = readyChannel();
    CountDownLatch left = new CountDownLatch(1);
    channel.notifyWhenStateChanged(
        ConnectivityState.READY,
        () -> {
          channel.shutdown();
          left.countDown();
        });
    server.dropConnections();
    awaitSoon(left);
    awaitState(channel, ConnectivityState.SHUTDOWN);

    Rpc rpc = Rpc.start(channel);

    assertThat(rpc.status().getCode()).isEqualTo(Status.Code.UNAVAILABLE);
    assertThat(rpc.wasCreated()).isFalse();
    assertThat(channel.getState(true)).isEqualTo(ConnectivityState.SHUTDOWN);
    assertThat(channel.awaitTermination(SOON.toSeconds(), TimeUnit.SECONDS)).isTrue();
    assertThat(server.acceptedConnections()).isEqualTo(1);
  }

  @Test
  void aCallConnectsAChannelAgainThatIsBeingShutDownInACallbackOfItsStates() throws Exception {
    ManagedChannel channel = readyChannel();
    AtomicReference<Rpc> inside = new AtomicReference<>();
    CountDownLatch left = new CountDownLatch(1);
    channel.notifyWhenStateChanged(
        ConnectivityState.READY,
        () -> {
          channel.shutdown(); // takes effect when the callback has returned
          inside.set(Rpc.start(channel));
          left.countDown();
        });

    server.dropConnections();

    awaitSoon(left);
    assertThat(inside.get().status().isOk()).isTrue();
    assertThat(server.acceptedConnections()).isEqualTo(2);
    assertThat(server.executed(Rpc.METHOD)).isEqualTo(2);
  }

  @Test
  void aChannelThatWasRefusedTriesAgainByItselfUntilItIsShutDown() throws Exception {
    server.refuseConnections();
    ManagedChannel channel = channel();
    assertThat(Rpc.start(channel).status().getCode()).isEqualTo(Status.Code.UNAVAILABLE);
    server.acceptConnections();

    awaitState(channel, ConnectivityState.READY);

    assertThat(server.acceptedConnections()).isEqualTo(1);
  }

  // A call of our own under the SDK's stub.

  @Test
  void aCallThatDoesItsWorkInHalfCloseReturnsItsAnswerOnTheCallersThread() {
    GetVersionResponse answer = GetVersionResponse.newBuilder().setVersion("v9").build();
    AtomicReference<Thread> worked = new AtomicReference<>();
    Channel channel =
        new OwnChannel(
            listener -> {
              worked.set(Thread.currentThread());
              listener.onMessage(answer);
              listener.onClose(Status.OK, new Metadata());
            });

    GetVersionResponse response =
        MilvusServiceGrpc.newBlockingStub(channel)
            .getVersion(GetVersionRequest.getDefaultInstance());

    assertThat(response).isSameAs(answer);
    assertThat(worked).hasValue(Thread.currentThread());
    assertThat(sdkOver(channel).getServerVersion()).isEqualTo("v9");
  }

  @Test
  void whatHalfCloseThrowsComesOutOfTheStubAsItIs() {
    IllegalStateException thrown = new IllegalStateException("ours");
    OwnChannel channel =
        new OwnChannel(
            listener -> {
              throw thrown;
            });

    assertThat(
            catchThrowable(
                () ->
                    MilvusServiceGrpc.newBlockingStub(channel)
                        .getVersion(GetVersionRequest.getDefaultInstance())))
        .isSameAs(thrown);
    assertThat(channel.cancelled).isNotEmpty().allSatisfy(e -> assertThat(e).isSameAs(thrown));
    assertThatThrownBy(() -> sdkOver(channel).getServerVersion())
        .isInstanceOf(MilvusClientException.class)
        .hasCause(thrown)
        .satisfies(e -> assertThat(e.getCause()).isSameAs(thrown));
  }

  private static MilvusClientV2 sdkOver(Channel channel) {
    MilvusClientV2 sdk = new MilvusClientV2(null);
    sdk.setBlockingStub(MilvusServiceGrpc.newBlockingStub(channel));
    sdk.retryConfig(RetryConfig.builder().maxRetryTimes(1).build());
    return sdk;
  }

  /** A channel whose calls do their work in {@code halfClose()}. */
  private static final class OwnChannel extends Channel {
    final List<Throwable> cancelled = new ArrayList<>();
    private final Consumer<ClientCall.Listener<GetVersionResponse>> work;

    OwnChannel(Consumer<ClientCall.Listener<GetVersionResponse>> work) {
      this.work = work;
    }

    @Override
    @SuppressWarnings("unchecked") // it is called for GetVersion only
    public <Q, R> ClientCall<Q, R> newCall(MethodDescriptor<Q, R> method, CallOptions options) {
      return (ClientCall<Q, R>) new OwnCall();
    }

    @Override
    public String authority() {
      return "none";
    }

    private final class OwnCall extends ClientCall<GetVersionRequest, GetVersionResponse> {
      private Listener<GetVersionResponse> listener;

      @Override
      public void start(Listener<GetVersionResponse> responses, Metadata headers) {
        listener = responses;
      }

      @Override
      public void request(int messages) {
        // All there is comes.
      }

      @Override
      public void cancel(String message, Throwable cause) {
        cancelled.add(cause);
      }

      @Override
      public void halfClose() {
        work.accept(listener);
      }

      @Override
      public void sendMessage(GetVersionRequest message) {
        // Nothing depends on it.
      }
    }
  }
}
