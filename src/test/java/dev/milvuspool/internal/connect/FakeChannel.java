package dev.milvuspool.internal.connect;

import io.milvus.shaded.io.grpc.CallOptions;
import io.milvus.shaded.io.grpc.ClientCall;
import io.milvus.shaded.io.grpc.ConnectivityState;
import io.milvus.shaded.io.grpc.ManagedChannel;
import io.milvus.shaded.io.grpc.MethodDescriptor;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * A channel without a network: ready for as long as the test says, and with RPCs that never end
 * unless the test ends them.
 */
public final class FakeChannel extends ManagedChannel {
  private final List<FakeCall<?, ?>> calls = new CopyOnWriteArrayList<>();
  private final Consumer<FakeCall<?, ?>> onRequest;
  private volatile ConnectivityState state = ConnectivityState.READY;
  private volatile boolean streams = true;
  private volatile boolean full;
  private volatile boolean losesCancels;
  private volatile Runnable onStart = () -> {};
  private volatile Runnable onStateChange = () -> {};

  /** Of a server that never answers. */
  public FakeChannel() {
    this(call -> {});
  }

  /**
   * Of a server that does this with each request, before the sending of it returns.
   *
   * @param onRequest may end the RPC
   */
  public FakeChannel(Consumer<FakeCall<?, ?>> onRequest) {
    this.onRequest = onRequest;
  }

  /** All RPCs that were ever begun. */
  public List<FakeCall<?, ?>> calls() {
    return calls;
  }

  /** Its transport is gone, and whoever wants to be told of it is not told yet. */
  public void endUnseen() {
    state = ConnectivityState.TRANSIENT_FAILURE;
  }

  /** Its transport is gone. */
  public void end() {
    endUnseen();
    onStateChange.run();
  }

  /** Its transport is sound, and yet no RPC gets a stream on it. */
  public void takeNoStreams() {
    streams = false;
  }

  /** The server takes no more RPCs at a time: those that begin wait for one to end. */
  public void fill() {
    full = true;
  }

  /** A cancel has no effect on its RPCs, as on one that a GOAWAY has orphaned. */
  public void loseCancels() {
    losesCancels = true;
  }

  boolean losesCancels() {
    return losesCancels;
  }

  /** What is to happen when an RPC starts. */
  public void onStart(Runnable action) {
    onStart = action;
  }

  void starting() {
    onStart.run();
  }

  void received(FakeCall<?, ?> call) {
    if (!streams) {
      call.end(io.milvus.shaded.io.grpc.Status.UNAVAILABLE.withDescription("no stream"));
    } else if (state == ConnectivityState.READY) {
      call.noteStream(!full);
      if (!full) {
        onRequest.accept(call);
      }
    } else {
      call.end(io.milvus.shaded.io.grpc.Status.UNAVAILABLE.withDescription("no transport"));
    }
  }

  @Override
  public <Q, A> ClientCall<Q, A> newCall(MethodDescriptor<Q, A> method, CallOptions options) {
    FakeCall<Q, A> call = new FakeCall<>(this, method, options);
    calls.add(call);
    return call;
  }

  @Override
  public String authority() {
    return "nowhere";
  }

  @Override
  public ConnectivityState getState(boolean requestConnection) {
    return state;
  }

  @Override
  public void notifyWhenStateChanged(ConnectivityState source, Runnable callback) {
    onStateChange = callback;
  }

  @Override
  public ManagedChannel shutdown() {
    state = ConnectivityState.SHUTDOWN;
    return this;
  }

  @Override
  public ManagedChannel shutdownNow() {
    return shutdown();
  }

  @Override
  public boolean isShutdown() {
    return state == ConnectivityState.SHUTDOWN;
  }

  @Override
  public boolean isTerminated() {
    return isShutdown();
  }

  @Override
  public boolean awaitTermination(long timeout, TimeUnit unit) {
    return true;
  }
}
