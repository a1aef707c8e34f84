package dev.milvuspool.internal.channel;

import io.milvus.shaded.io.grpc.CallOptions;
import io.milvus.shaded.io.grpc.ClientCall;
import io.milvus.shaded.io.grpc.ForwardingClientCall;
import io.milvus.shaded.io.grpc.ForwardingClientCallListener.SimpleForwardingClientCallListener;
import io.milvus.shaded.io.grpc.Metadata;
import io.milvus.shaded.io.grpc.MethodDescriptor;
import io.milvus.shaded.io.grpc.Status;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * A streaming RPC, such as that of {@code dumpMessages}: it passes through to a connection as it
 * is, with the client's headers, and counts as in flight there. It is never sent again.
 */
final class SupervisedStream<Q, A> extends ForwardingClientCall<Q, A> {
  private final ConnectionSupervisor supervisor;
  private final @Nullable String database;
  private final Connection connection;
  private final ClientCall<Q, A> stream;

  SupervisedStream(
      ConnectionSupervisor supervisor,
      @Nullable String database,
      MethodDescriptor<Q, A> method,
      CallOptions options) {
    this.supervisor = supervisor;
    this.database = database;
    Snapshot now = supervisor.snapshot();
    Connection serving = now.leastLoaded(null);
    if (serving == null) {
      throw supervisor.snapshot().isClosed()
          ? supervisor.errors().closed()
          : supervisor.errors().down(now, String.valueOf(method.getBareMethodName()), false);
    }
    connection = serving;
    stream = serving.transport().newCall(method, options);
  }

  @Override
  protected ClientCall<Q, A> delegate() {
    return stream;
  }

  @Override
  public void start(Listener<A> listener, Metadata headers) {
    headers.merge(supervisor.composer().headers(connection, null, database));
    if (!connection.acquire(1)) {
      throw supervisor.errors().closed();
    }
    AtomicBoolean ended = new AtomicBoolean();
    super.start(
        new SimpleForwardingClientCallListener<>(listener) {
          @Override
          public void onClose(Status status, Metadata trailers) {
            if (ended.compareAndSet(false, true)) {
              connection.release(1);
            }
            super.onClose(status, trailers);
          }
        },
        headers);
  }
}
