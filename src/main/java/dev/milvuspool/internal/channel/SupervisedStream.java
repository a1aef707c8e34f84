package dev.milvuspool.internal.channel;

import dev.milvuspool.internal.channel.ConnectionSelector.Acquired;
import dev.milvuspool.internal.common.DeadlineSweeper;
import dev.milvuspool.internal.common.Durations;
import io.milvus.shaded.io.grpc.CallOptions;
import io.milvus.shaded.io.grpc.ClientCall;
import io.milvus.shaded.io.grpc.ForwardingClientCall;
import io.milvus.shaded.io.grpc.ForwardingClientCallListener.SimpleForwardingClientCallListener;
import io.milvus.shaded.io.grpc.Metadata;
import io.milvus.shaded.io.grpc.MethodDescriptor;
import io.milvus.shaded.io.grpc.Status;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * A streaming RPC, such as that of {@code dumpMessages}. It starts like any RPC of its call: on a
 * connection that serves, with the call's headers and deadline. Then it passes through unchanged,
 * is never sent again, and counts as in flight until it ends. The call may return much earlier, so
 * gRPC enforces the deadline. The sweep ends only those that gRPC has lost.
 */
final class SupervisedStream<Q, A> extends ForwardingClientCall<Q, A> {
  private final ConnectionSupervisor supervisor;
  private final @Nullable String database;
  private final MethodDescriptor<Q, A> method;
  private final CallOptions options;
  private final DeadlineSweeper sweeper;
  private @Nullable ClientCall<Q, A> stream;

  SupervisedStream(
      ConnectionSupervisor supervisor,
      @Nullable String database,
      MethodDescriptor<Q, A> method,
      CallOptions options) {
    this.supervisor = supervisor;
    this.database = database;
    this.method = method;
    this.options = options;
    sweeper = supervisor.calls().sweeper();
  }

  @Override
  protected ClientCall<Q, A> delegate() {
    return Objects.requireNonNull(stream, "not started");
  }

  @Override
  public void start(Listener<A> listener, Metadata headers) {
    supervisor
        .calls()
        .run(
            method, supervisor.snapshot().options().adminDeadline(), call -> start(call, listener));
  }

  private void start(CallContext call, Listener<A> listener) {
    Acquired acquired = supervisor.selector().acquire(call, call.beginRpc(), null, 1, database);
    Counted counted = new Counted(listener, acquired.connection(), call.deadlineAt());
    CallOptions bounded =
        options.withDeadlineAfter(
            Durations.until(call.deadlineAt()).toNanos(), TimeUnit.NANOSECONDS);
    sweeper.add(counted);
    try {
      stream = acquired.connection().transport().newCall(method, bounded);
      stream.start(counted, acquired.headers());
    } catch (RuntimeException | Error e) {
      counted.release();
      throw e;
    }
  }

  /** Releases its connection when it ends. Each message shows that the server is alive. */
  private final class Counted extends SimpleForwardingClientCallListener<A>
      implements DeadlineSweeper.Swept {
    private final Connection connection;
    private final long givenUpAt;
    private final AtomicBoolean released = new AtomicBoolean();

    Counted(Listener<A> listener, Connection connection, long deadlineAt) {
      super(listener);
      this.connection = connection;
      givenUpAt = deadlineAt + RpcAttempt.CANCEL_NANOS;
    }

    boolean release() {
      if (!released.compareAndSet(false, true)) {
        return false;
      }
      sweeper.remove(this);
      connection.release(1);
      return true;
    }

    @Override
    public void onMessage(A message) {
      connection.answered();
      if (!released.get()) {
        super.onMessage(message);
      }
    }

    @Override
    public void onClose(Status status, Metadata trailers) {
      connection.ended(status, trailers);
      if (release()) {
        super.onClose(status, trailers);
      }
    }

    /** If gRPC's deadline had no effect, which a GOAWAY can bring about. */
    @Override
    public void sweep(long now) {
      if (now - givenUpAt >= 0 && release()) {
        super.onClose(
            Status.DEADLINE_EXCEEDED.withDescription("the end was not reported"), new Metadata());
      }
    }
  }
}
