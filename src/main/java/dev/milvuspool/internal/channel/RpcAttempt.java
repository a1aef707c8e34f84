package dev.milvuspool.internal.channel;

import dev.milvuspool.internal.connect.RpcStatus;
import io.milvus.shaded.io.grpc.Attributes;
import io.milvus.shaded.io.grpc.CallOptions;
import io.milvus.shaded.io.grpc.ClientCall;
import io.milvus.shaded.io.grpc.ClientStreamTracer;
import io.milvus.shaded.io.grpc.Metadata;
import io.milvus.shaded.io.grpc.MethodDescriptor;
import io.milvus.shaded.io.grpc.Status;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * One attempt of a unary RPC, on one connection. The caller's thread waits for it and meanwhile
 * runs gRPC's tasks, mainly parsing the answer, so that no other thread is needed.
 */
final class RpcAttempt<Q, A> extends ClientCall.Listener<A> implements Executor {
  /**
   * The time that gRPC gets to report a cancel, and a part of the 200 ms by which a call may end
   * after its deadline. It may never report one: a GOAWAY that crosses the sending can orphan a
   * stream, and the end of its transport then takes away what would have handled the cancel.
   */
  static final long CANCEL_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  private final Connection connection;
  private final Thread thread = Thread.currentThread();
  private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
  private final SentTracer tracer = new SentTracer();
  private @Nullable A answer;
  private @Nullable Status status;
  private @Nullable Metadata trailers;
  private @Nullable Metadata responseHeaders;

  /** Until when a cancel is waited for; null before one. */
  private @Nullable Long givenUpAt;

  /** Whether it must end; read again after {@link #cancellable} is set. */
  private volatile boolean cancelled;

  /** Whether it has ended without gRPC, whose later events have no effect. */
  private volatile boolean abandoned;

  /** The RPC, once another thread may cancel it: a cancel must not overlap with its sending. */
  private volatile @Nullable ClientCall<Q, A> cancellable;

  RpcAttempt(Connection connection) {
    this.connection = connection;
  }

  /** Records how far the request got: to a transport, and from there to the socket. */
  private static final class SentTracer extends ClientStreamTracer.Factory {
    private volatile boolean streamCreated;
    private volatile boolean headersWritten;

    @Override
    public ClientStreamTracer newClientStreamTracer(
        ClientStreamTracer.StreamInfo info, Metadata headers) {
      return new ClientStreamTracer() {
        @Override
        public void streamCreated(Attributes transport, Metadata sent) {
          streamCreated = true;
        }

        @Override
        public void outboundHeaders() {
          headersWritten = true;
        }
      };
    }
  }

  Connection connection() {
    return connection;
  }

  /** The answer; null if there was none. */
  @Nullable A answer() {
    return answer;
  }

  /** How it ended, after {@link #run}. */
  Status status() {
    return Objects.requireNonNull(status, "not ended");
  }

  Metadata trailers() {
    return Objects.requireNonNullElseGet(trailers, Metadata::new);
  }

  Metadata responseHeaders() {
    return Objects.requireNonNullElseGet(responseHeaders, Metadata::new);
  }

  /**
   * False if the server has certainly not processed it: it got no stream; or it waited for one (the
   * server limits them) until the transport ended; or the server's GOAWAY excluded it.
   */
  boolean wasSent() {
    return tracer.streamCreated
        && (tracer.headersWritten || wasEndedHere())
        && !RpcStatus.isLeftOut(status(), trailers());
  }

  /** A cancel or a deadline may come before the event that the headers were written. */
  private boolean wasEndedHere() {
    return switch (status().getCode()) {
      case CANCELLED, DEADLINE_EXCEEDED -> true;
      default -> false;
    };
  }

  /**
   * Sends the request and waits for the end. An interrupt cancels the RPC.
   *
   * @return whether the thread was interrupted meanwhile; its flag is cleared then
   */
  boolean run(MethodDescriptor<Q, A> method, CallOptions options, Metadata headers, Q request) {
    ClientCall<Q, A> rpc =
        connection
            .transport()
            .newCall(method, options.withExecutor(this).withStreamTracerFactory(tracer));
    rpc.start(this, headers);
    rpc.request(2); // two, to notice a second answer, which is an error
    rpc.sendMessage(request);
    rpc.halfClose();
    cancellable = rpc;
    if (cancelled) { // it crossed the sending
      rpc.cancel(RpcStatus.CANCELLED_HERE, null);
    }
    boolean interrupted = false;
    while (status == null) {
      Runnable next = tasks.poll();
      if (next != null) {
        next.run();
        continue;
      }
      if (cancelled) {
        awaitCancel();
      } else {
        LockSupport.park(this);
      }
      if (Thread.interrupted() && !interrupted) {
        interrupted = true;
        cancel();
      }
    }
    return interrupted;
  }

  private void awaitCancel() {
    long now = System.nanoTime();
    if (givenUpAt == null) {
      givenUpAt = now + CANCEL_NANOS;
    }
    if (now - givenUpAt < 0) {
      LockSupport.parkNanos(this, givenUpAt - now);
      return;
    }
    status = Status.CANCELLED.withDescription(RpcStatus.CANCELLED_HERE);
    abandoned = true;
    work();
  }

  /** Ends it soon, from any thread. */
  void cancel() {
    cancelled = true;
    ClientCall<Q, A> rpc = cancellable;
    if (rpc != null) {
      rpc.cancel(RpcStatus.CANCELLED_HERE, null);
    }
    LockSupport.unpark(thread);
  }

  @Override
  public void execute(Runnable task) {
    tasks.add(task);
    if (abandoned) {
      work(); // which releases the memory of a late answer
    } else {
      LockSupport.unpark(thread);
    }
  }

  private void work() {
    for (Runnable next = tasks.poll(); next != null; next = tasks.poll()) {
      next.run();
    }
  }

  @Override
  public void onHeaders(Metadata headers) {
    responseHeaders = headers;
  }

  @Override
  public void onMessage(A message) {
    answer = message;
  }

  @Override
  public void onClose(Status ended, Metadata received) {
    if (status == null) {
      trailers = received;
      status = ended;
    }
  }
}
