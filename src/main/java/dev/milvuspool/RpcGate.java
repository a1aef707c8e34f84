package dev.milvuspool;

import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Stands before every RPC of an SDK client and refuses it once the connection is closed. The SDK
 * asks this thread-local for a request id when an RPC starts; without the gate, a call after the
 * closing (by an iterator or an unwrapped client) is retried 75 times over some 200 seconds.
 */
final class RpcGate extends ThreadLocal<String> {
  private volatile @Nullable Supplier<? extends RuntimeException> refusal;

  void close(Supplier<? extends RuntimeException> refusal) {
    this.refusal = refusal;
  }

  @Override
  @SuppressWarnings("NullAway") // null is the SDK's "no request id"
  public String get() {
    Supplier<? extends RuntimeException> closed = refusal;
    if (closed != null) {
      throw closed.get();
    }
    return null;
  }
}
