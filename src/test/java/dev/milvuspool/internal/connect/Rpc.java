package dev.milvuspool.internal.connect;

import io.milvus.grpc.GetVersionRequest;
import io.milvus.grpc.GetVersionResponse;
import io.milvus.grpc.MilvusServiceGrpc;
import io.milvus.shaded.io.grpc.Attributes;
import io.milvus.shaded.io.grpc.CallOptions;
import io.milvus.shaded.io.grpc.Channel;
import io.milvus.shaded.io.grpc.ClientCall;
import io.milvus.shaded.io.grpc.ClientStreamTracer;
import io.milvus.shaded.io.grpc.Metadata;
import io.milvus.shaded.io.grpc.Status;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** A GetVersion as a bare call of gRPC, with what its listener and its tracer were told. */
final class Rpc extends ClientCall.Listener<GetVersionResponse> {
  static final String METHOD = "GetVersion";

  /** What the listener was told, in order. */
  final List<String> events = new CopyOnWriteArrayList<>();

  /** What the tracer was told, in order; bytes and messages left out. */
  final List<String> trace = new CopyOnWriteArrayList<>();

  private final CompletableFuture<Status> closed = new CompletableFuture<>();
  private final Consumer<Status> onClosed;
  private final ClientCall<GetVersionRequest, GetVersionResponse> call;

  /** One that is not started yet. */
  Rpc(Channel channel, Executor executor, Consumer<Status> onClosed) {
    this.onClosed = onClosed;
    call =
        channel.newCall(
            MilvusServiceGrpc.getGetVersionMethod(),
            CallOptions.DEFAULT.withExecutor(executor).withStreamTracerFactory(new Factory()));
  }

  /** Starts one whose events come on gRPC's own threads. */
  static Rpc start(Channel channel) {
    return start(channel, Runnable::run, status -> {});
  }

  /** Starts one that has sent all it has to send on return. */
  static Rpc start(Channel channel, Executor executor, Consumer<Status> onClosed) {
    return send(channel, executor, onClosed, GetVersionRequest.getDefaultInstance());
  }

  /** The same with this request. */
  static Rpc send(
      Channel channel, Executor executor, Consumer<Status> onClosed, GetVersionRequest request) {
    Rpc rpc = new Rpc(channel, executor, onClosed);
    rpc.begin();
    rpc.call.sendMessage(request);
    rpc.call.halfClose();
    return rpc;
  }

  /** Starts it and asks for its answer, without the request. */
  void begin() {
    call.start(this, new Metadata());
    call.request(2);
  }

  void cancel(String reason) {
    call.cancel(reason, null);
  }

  boolean isClosed() {
    return closed.isDone();
  }

  /** How it ended. */
  Status status() throws Exception {
    return closed.get(5, TimeUnit.SECONDS);
  }

  boolean wasCreated() {
    return trace.contains("streamCreated");
  }

  @Override
  public void onHeaders(Metadata headers) {
    events.add("onHeaders");
  }

  @Override
  public void onMessage(GetVersionResponse message) {
    events.add("onMessage");
  }

  @Override
  public void onReady() {
    events.add("onReady");
  }

  @Override
  public void onClose(Status status, Metadata trailers) {
    events.add("onClose");
    onClosed.accept(status);
    closed.complete(status);
  }

  private final class Factory extends ClientStreamTracer.Factory {
    @Override
    public ClientStreamTracer newClientStreamTracer(
        ClientStreamTracer.StreamInfo info, Metadata headers) {
      trace.add("newTracer");
      return new Tracer();
    }
  }

  private final class Tracer extends ClientStreamTracer {
    @Override
    public void streamCreated(Attributes transport, Metadata headers) {
      trace.add("streamCreated");
    }

    @Override
    public void outboundHeaders() {
      trace.add("outboundHeaders");
    }

    @Override
    public void streamClosed(Status status) {
      trace.add("streamClosed " + status.getCode());
    }
  }
}
