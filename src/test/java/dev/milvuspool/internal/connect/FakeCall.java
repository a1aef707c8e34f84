package dev.milvuspool.internal.connect;

import io.milvus.shaded.io.grpc.Attributes;
import io.milvus.shaded.io.grpc.CallOptions;
import io.milvus.shaded.io.grpc.ClientCall;
import io.milvus.shaded.io.grpc.ClientStreamTracer;
import io.milvus.shaded.io.grpc.Metadata;
import io.milvus.shaded.io.grpc.MethodDescriptor;
import io.milvus.shaded.io.grpc.Status;
import java.util.Objects;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** An RPC on a {@link FakeChannel}: it ends when the test says so, or when it is cancelled. */
public final class FakeCall<Q, A> extends ClientCall<Q, A> {
  private final FakeChannel channel;
  private final MethodDescriptor<Q, A> method;
  private final CallOptions options;
  private final AtomicBoolean ended = new AtomicBoolean();
  private final AtomicInteger cancellations = new AtomicInteger();
  private @Nullable Listener<A> listener;
  private @Nullable Metadata headers;
  private volatile @Nullable Q request;

  FakeCall(FakeChannel channel, MethodDescriptor<Q, A> method, CallOptions options) {
    this.channel = channel;
    this.method = method;
    this.options = options;
  }

  /** Such as {@code Insert}. */
  public String method() {
    return Objects.requireNonNull(method.getBareMethodName());
  }

  /** What was sent. */
  public Q request() {
    return Objects.requireNonNull(request);
  }

  /** What it was sent with. */
  public Metadata headers() {
    return Objects.requireNonNull(headers);
  }

  /** How it was begun. */
  public CallOptions options() {
    return options;
  }

  /** The server sends one message of a stream, which goes on. */
  @SuppressWarnings("unchecked") // the test knows its type
  public void send(Object message) {
    executor().execute(() -> Objects.requireNonNull(listener).onMessage((A) message));
  }

  /** How often it was cancelled. */
  public int cancellations() {
    return cancellations.get();
  }

  public boolean hasEnded() {
    return ended.get();
  }

  /** A stream was made for it, on which it was written at once, or is to wait. */
  void noteStream(boolean written) {
    for (ClientStreamTracer.Factory factory : options.getStreamTracerFactories()) {
      ClientStreamTracer tracer =
          factory.newClientStreamTracer(
              ClientStreamTracer.StreamInfo.newBuilder().build(), Objects.requireNonNull(headers));
      tracer.streamCreated(Attributes.EMPTY, Objects.requireNonNull(headers));
      if (written) {
        tracer.outboundHeaders();
      }
    }
  }

  /** The server answers. */
  @SuppressWarnings("unchecked") // the test knows its type
  public void answer(Object answer) {
    end((A) answer, Status.OK);
  }

  /** It ends without an answer. */
  public void end(Status status) {
    end(null, status);
  }

  private Executor executor() {
    return Objects.requireNonNullElse(options.getExecutor(), Runnable::run);
  }

  private void end(@Nullable A answer, Status status) {
    if (ended.compareAndSet(false, true)) {
      Listener<A> waiting = Objects.requireNonNull(listener);
      executor()
          .execute(
              () -> {
                if (answer != null) {
                  waiting.onMessage(answer);
                }
                waiting.onClose(status, new Metadata());
              });
    }
  }

  @Override
  public void start(Listener<A> responseListener, Metadata sent) {
    channel.starting();
    listener = responseListener;
    headers = sent;
  }

  @Override
  public void request(int messages) {}

  @Override
  public void cancel(@Nullable String message, @Nullable Throwable cause) {
    cancellations.incrementAndGet();
    if (channel.losesCancels()) {
      return;
    }
    end(Status.CANCELLED.withDescription(message));
  }

  @Override
  public void sendMessage(Q message) {
    request = message;
  }

  @Override
  public void halfClose() {
    channel.received(this);
  }
}
