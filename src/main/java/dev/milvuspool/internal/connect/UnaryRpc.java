package dev.milvuspool.internal.connect;

import dev.milvuspool.internal.common.Durations;
import io.milvus.shaded.io.grpc.CallOptions;
import io.milvus.shaded.io.grpc.Channel;
import io.milvus.shaded.io.grpc.ClientCall;
import io.milvus.shaded.io.grpc.Metadata;
import io.milvus.shaded.io.grpc.MethodDescriptor;
import io.milvus.shaded.io.grpc.Status;
import io.milvus.shaded.io.grpc.StatusRuntimeException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * An RPC of the library's own, as a future: it holds no thread, does not wait for a ready channel,
 * and fails with a {@link StatusRuntimeException}. Cancelling the future cancels the RPC.
 */
final class UnaryRpc<A> extends ClientCall.Listener<A> {
  private final CompletableFuture<A> result = new CompletableFuture<>();
  private @Nullable A answer;

  private UnaryRpc() {}

  static <Q, A> CompletableFuture<A> start(
      Channel channel,
      MethodDescriptor<Q, A> method,
      Q request,
      Metadata headers,
      Duration timeout) {
    UnaryRpc<A> rpc = new UnaryRpc<>();
    try {
      ClientCall<Q, A> call =
          channel.newCall(
              method,
              CallOptions.DEFAULT.withDeadlineAfter(
                  Durations.nanos(timeout), TimeUnit.NANOSECONDS));
      call.start(rpc, headers);
      call.request(2);
      call.sendMessage(request);
      call.halfClose();
      // Not before: a cancel from another thread must not cross any of these.
      rpc.result.whenComplete(
          (answer, failure) -> {
            if (rpc.result.isCancelled()) {
              call.cancel(RpcStatus.CANCELLED_HERE, null);
            }
          });
    } catch (RuntimeException e) {
      rpc.result.completeExceptionally(e);
    }
    return rpc.result;
  }

  @Override
  public void onMessage(A message) {
    answer = message;
  }

  @Override
  public void onClose(Status status, Metadata trailers) {
    A received = answer;
    if (!status.isOk()) {
      result.completeExceptionally(status.asRuntimeException(trailers));
    } else if (received == null) {
      result.completeExceptionally(
          Status.INTERNAL.withDescription("the answer is empty").asRuntimeException());
    } else {
      result.complete(received);
    }
  }
}
