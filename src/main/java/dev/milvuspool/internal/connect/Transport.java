package dev.milvuspool.internal.connect;

import dev.milvuspool.MilvusPoolException;
import dev.milvuspool.internal.common.Background;
import dev.milvuspool.internal.common.Durations;
import io.milvus.grpc.GetVersionRequest;
import io.milvus.grpc.GetVersionResponse;
import io.milvus.grpc.MilvusServiceGrpc;
import io.milvus.shaded.io.grpc.CallOptions;
import io.milvus.shaded.io.grpc.ClientCall;
import io.milvus.shaded.io.grpc.ConnectivityState;
import io.milvus.shaded.io.grpc.ManagedChannel;
import io.milvus.shaded.io.grpc.Metadata;
import io.milvus.shaded.io.grpc.MethodDescriptor;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One verified gRPC connection to one endpoint. It lives from the handshake until its channel
 * leaves READY, and never reconnects: its owner dials a fresh one.
 *
 * <p>A channel that has left READY would reconnect by itself for the next RPC. So it is shut down.
 * RPCs can still finish if the transport only takes no new ones (GOAWAY).
 */
public final class Transport {
  /** A supplier must return immediately. */
  private static final Duration LONGEST_SUPPLIER_WAIT = Duration.ofSeconds(1);

  private final ManagedChannel channel;
  private final Endpoint endpoint;
  private final int site;
  private final Handshake.Result handshake;
  private final Authorization authorization;
  private final Background background;
  private volatile boolean ended;
  private volatile Runnable onEnd = () -> {};

  Transport(
      ManagedChannel channel,
      Endpoint endpoint,
      int site,
      Handshake.Result handshake,
      Authorization authorization,
      Background background) {
    this.channel = channel;
    this.endpoint = endpoint;
    this.site = site;
    this.handshake = handshake;
    this.authorization = authorization;
    this.background = background;
    channel.notifyWhenStateChanged(ConnectivityState.READY, this::end);
  }

  private void end() {
    channel.shutdown();
    ended = true;
    onEnd.run();
  }

  /** Its target. */
  public Endpoint endpoint() {
    return endpoint;
  }

  /** Which of {@link Connector#sites} its target is in. */
  public int site() {
    return site;
  }

  /** What the server reported in the handshake; may be empty. */
  public String serverVersion() {
    return handshake.serverVersion();
  }

  /**
   * Runs this, on a thread of gRPC's, when it takes no more RPCs; those on it may still finish. It
   * may run twice, and immediately.
   */
  public void onEnd(Runnable task) {
    onEnd = task;
    if (ended) { // its end may not have seen the task
      task.run();
    }
  }

  /** Whether it takes no more RPCs. */
  public boolean hasEnded() {
    return ended || channel.getState(false) != ConnectivityState.READY;
  }

  /** A new RPC on it. */
  public <Q, A> ClientCall<Q, A> newCall(MethodDescriptor<Q, A> method, CallOptions options) {
    return channel.newCall(method, options);
  }

  /** Fresh headers for one request. Runs the user's credentials supplier, if there is one. */
  public Metadata headers(@Nullable String database) {
    return RequestHeaders.of(authorization.header(), database, handshake.identifier());
  }

  /** The authorization header of the client's requests, or the failure of their supplier. */
  public CompletableFuture<@Nullable String> authorization() {
    return authorization.headerInBackground();
  }

  /** Why {@link #authorization} has not completed yet. */
  public MilvusPoolException authorizationLate() {
    return authorization.late();
  }

  /**
   * Asks the server for its version. Leaves nothing behind on the server, and holds no thread.
   *
   * @param header of {@link #authorization}
   * @return the version; or gRPC's failure, or that of the credentials supplier
   */
  public CompletableFuture<String> probe(
      CompletableFuture<@Nullable String> header, Duration timeout) {
    CompletableFuture<String> version = new CompletableFuture<>();
    long deadlineAt = System.nanoTime() + Durations.nanos(timeout);
    header.whenComplete(
        (known, failure) -> {
          if (failure != null) {
            version.completeExceptionally(failure);
          } else if (!version.isDone()) {
            ask(known, Durations.until(deadlineAt), version);
          }
        });
    return version;
  }

  /**
   * The same, to find out whether the server is alive. If the supplier of credentials fails or is
   * slow, it asks without any, because a rejection is an answer, too.
   */
  public CompletableFuture<String> probeInAnyCase(Duration timeout) {
    CompletableFuture<@Nullable String> header = authorization().exceptionally(failure -> null);
    if (!header.isDone()) {
      var timer = background.schedule(() -> header.complete(null), LONGEST_SUPPLIER_WAIT);
      header.whenComplete((known, failure) -> timer.cancel(false));
    }
    return probe(header, timeout);
  }

  private void ask(
      @Nullable String authorizationHeader, Duration timeout, CompletableFuture<String> version) {
    CompletableFuture<GetVersionResponse> answer =
        UnaryRpc.start(
            channel,
            MilvusServiceGrpc.getGetVersionMethod(),
            GetVersionRequest.getDefaultInstance(),
            RequestHeaders.of(authorizationHeader, null, handshake.identifier()),
            timeout);
    answer.whenComplete(
        (done, failure) -> {
          if (failure == null) {
            version.complete(done.getVersion());
          } else {
            version.completeExceptionally(failure);
          }
        });
    version.whenComplete((done, failure) -> answer.cancel(false));
  }

  /** Ends it and all RPCs on it, without blocking; completes when its socket is closed. */
  public CompletableFuture<Void> close() {
    CompletableFuture<Void> closed = new CompletableFuture<>();
    try {
      channel.shutdownNow();
    } catch (RuntimeException | Error e) {
      closed.completeExceptionally(e);
    }
    ended = true;
    background.execute(
        () -> {
          try {
            channel.awaitTermination(1, TimeUnit.SECONDS);
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          } finally {
            closed.complete(null);
          }
        });
    onEnd.run();
    return closed;
  }

  @Override
  public String toString() {
    return endpoint.toString();
  }
}
