package dev.milvuspool;

import io.milvus.shaded.io.grpc.CallOptions;
import io.milvus.shaded.io.grpc.Channel;
import io.milvus.shaded.io.grpc.ClientCall;
import io.milvus.shaded.io.grpc.ForwardingClientCall.SimpleForwardingClientCall;
import io.milvus.shaded.io.grpc.MethodDescriptor;
import io.milvus.shaded.io.grpc.Status;
import io.milvus.v2.client.MilvusClientV2;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * One attempt of a call, on one connection. It has no timer and no gRPC deadline, which would cost
 * each RPC a header: {@link Deadlines} cancels what is late, and with it the RPC that it waits for.
 */
final class InFlightCall {
  /** Why a call was cancelled. */
  enum Cancellation {
    /** Its deadline passed. */
    TIMED_OUT,
    /** The drain time of its connection was over. */
    CUT_OFF
  }

  /** The call that a thread is in. */
  private static final ThreadLocal<@Nullable InFlightCall> CURRENT = new ThreadLocal<>();

  private final Connection connection;
  private final Operation operation;
  private final long startedAt = System.nanoTime();
  private final long answersBefore;
  private final long deadlineAt;
  private final int weight;
  private InFlightCalls.@Nullable Places places;
  private int place;
  private int rpcs;
  private @Nullable Thread sleeper;
  private boolean interrupted;
  private volatile @Nullable ClientCall<?, ?> latestRpc;
  private volatile @Nullable Cancellation cancellation;

  InFlightCall(Connection connection, Operation operation, long deadlineAt, int weight) {
    this.connection = connection;
    this.operation = operation;
    answersBefore = connection.answers();
    this.deadlineAt = deadlineAt;
    this.weight = weight;
    sleeper =
        operation.sleepsBetweenRpcs() || !connection.hasGate() ? Thread.currentThread() : null;
  }

  /** The call that this thread is in, or null. */
  static @Nullable InFlightCall current() {
    return CURRENT.get();
  }

  /** Begins an RPC of this call, on its thread, which ends with it. */
  <Q, A> ClientCall<Q, A> newRpc(MethodDescriptor<Q, A> method, CallOptions options, Channel next) {
    if (cancellation != null) {
      // The SDK's iterators would repeat one that was cancelled, but not one that is late.
      throw Status.DEADLINE_EXCEEDED.asRuntimeException();
    }
    rpcs++;
    return new Rpc<>(next.newCall(method, options));
  }

  /** Whether nothing that writes has been sent, if the RPC that failed was not. */
  boolean hasWrittenNothingElse() {
    return operation.writesOnceAtMost() || rpcs == 1;
  }

  Connection connection() {
    return connection;
  }

  long startedAt() {
    return startedAt;
  }

  /** How many answers there were on its connection when it started. */
  long answersBefore() {
    return answersBefore;
  }

  long deadlineAt() {
    return deadlineAt;
  }

  int weight() {
    return weight;
  }

  /** Where {@link InFlightCalls} keeps it, once it does; known to the calling thread alone. */
  InFlightCalls.@Nullable Places places() {
    return places;
  }

  int place() {
    return place;
  }

  void setPlace(InFlightCalls.Places places, int place) {
    this.places = places;
    this.place = place;
  }

  @Nullable Cancellation cancellation() {
    return cancellation;
  }

  /** Runs the work on the caller's thread. */
  <T> T run(Function<MilvusClientV2, T> work) {
    InFlightCall outer = CURRENT.get();
    CURRENT.set(this);
    try {
      return work.apply(connection.sdk());
    } finally {
      CURRENT.set(outer);
    }
  }

  /**
   * Ends the attempt; afterwards no interrupt of ours can reach the thread.
   *
   * @return whether the thread was interrupted because of the cancellation
   */
  boolean end() {
    connection.end(this);
    if (sleeper == null) {
      return false;
    }
    synchronized (this) {
      sleeper = null;
      if (interrupted) {
        Thread.interrupted();
      }
      return interrupted;
    }
  }

  void cancel(Cancellation reason) {
    synchronized (this) {
      if (cancellation != null) {
        return;
      }
      cancellation = reason;
      if (sleeper != null && !sleeper.isInterrupted()) {
        interrupted = true;
        sleeper.interrupt();
      }
    }
    ClientCall<?, ?> rpc = latestRpc;
    if (rpc != null) {
      takeBack(rpc, reason);
    }
  }

  private static void takeBack(ClientCall<?, ?> rpc, Cancellation reason) {
    rpc.cancel(reason.name(), new TimeoutException(reason.name()));
  }

  /** Can be cancelled from another thread once its one request is sent, as gRPC asks for. */
  private final class Rpc<Q, A> extends SimpleForwardingClientCall<Q, A> {
    private Rpc(ClientCall<Q, A> rpc) {
      super(rpc);
    }

    @Override
    public void halfClose() {
      super.halfClose();
      latestRpc = delegate();
      Cancellation crossed = cancellation;
      if (crossed != null) {
        takeBack(delegate(), crossed);
      }
    }
  }
}
