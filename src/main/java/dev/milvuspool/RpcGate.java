package dev.milvuspool;

import io.milvus.shaded.io.grpc.CallOptions;
import io.milvus.shaded.io.grpc.Channel;
import io.milvus.shaded.io.grpc.ClientCall;
import io.milvus.shaded.io.grpc.ClientInterceptor;
import io.milvus.shaded.io.grpc.MethodDescriptor;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Stands before every RPC of an SDK client. It refuses RPCs once the connection is closed, which
 * the SDK would retry 75 times over some 200 seconds. And it gives a deadline to those that no call
 * of ours bounds, of iterators and of an SDK client that was given away; the others need none,
 * which would cost each a timer and a header.
 */
final class RpcGate implements ClientInterceptor {
  private final long longestNanos;
  private volatile @Nullable Supplier<? extends RuntimeException> refusal;

  /**
   * Lets RPCs through.
   *
   * @param longest what one may take outside of our calls
   */
  RpcGate(Duration longest) {
    longestNanos = Nanos.of(longest);
  }

  void close(Supplier<? extends RuntimeException> refusal) {
    this.refusal = refusal;
  }

  @Override
  public <Q, A> ClientCall<Q, A> interceptCall(
      MethodDescriptor<Q, A> method, CallOptions options, Channel next) {
    Supplier<? extends RuntimeException> closed = refusal;
    if (closed != null) {
      throw closed.get();
    }
    InFlightCall call = InFlightCall.current();
    if (call != null) {
      return call.newRpc(method, options, next);
    }
    return next.newCall(
        method,
        options.getDeadline() != null
            ? options
            : options.withDeadlineAfter(longestNanos, TimeUnit.NANOSECONDS));
  }
}
