package dev.milvuspool;

import io.milvus.shaded.io.grpc.Context;
import io.milvus.shaded.io.grpc.Context.CancellableContext;
import io.milvus.v2.client.MilvusClientV2;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * One attempt of a call, on one connection. Its gRPC context can be cancelled and has no deadline,
 * which would cost a timer and a header for each RPC: {@link Deadlines} cancels what is late.
 */
final class InFlightCall {
  /** Why a call was cancelled. */
  enum Cancellation {
    /** Its deadline passed. */
    TIMED_OUT,
    /** The drain time of its connection was over. */
    CUT_OFF
  }

  /** Counts the RPCs of the call that this thread is in. */
  private static final Context.Key<LongAdder> RPCS = Context.key("milvus-pool-rpcs");

  /** Stands in the place of a count that nobody will ask for. */
  private static final LongAdder NO_COUNT = new LongAdder();

  private static final Context UNCOUNTED = Context.ROOT.withValue(RPCS, NO_COUNT);

  private final Connection connection;
  private final long startedAt;
  private final long deadlineAt;
  private final int weight;
  private final @Nullable LongAdder rpcs;
  private final CancellableContext context;
  private int place;
  private @Nullable Thread sleeper;
  private boolean interrupted;
  private volatile @Nullable Cancellation cancellation;

  InFlightCall(
      Connection connection, Operation operation, long startedAt, long deadlineAt, int weight) {
    this.connection = connection;
    this.startedAt = startedAt;
    this.deadlineAt = deadlineAt;
    this.weight = weight;
    sleeper = operation.sleepsBetweenRpcs() ? Thread.currentThread() : null;
    rpcs = operation.writesOnceAtMost() ? null : new LongAdder();
    Context parent = rpcs == null ? UNCOUNTED : Context.ROOT.withValue(RPCS, rpcs);
    context = parent.withCancellation();
  }

  /**
   * An RPC begins on this thread.
   *
   * @return whether it is one of a call of ours, which bounds it
   */
  static boolean rpcBegins() {
    LongAdder ours = RPCS.get();
    if (ours != null && ours != NO_COUNT) {
      ours.increment();
    }
    return ours != null;
  }

  /** Whether nothing that writes has been sent, if the RPC that failed was not. */
  boolean hasWrittenNothingElse() {
    return rpcs == null || rpcs.sum() == 1;
  }

  Connection connection() {
    return connection;
  }

  long startedAt() {
    return startedAt;
  }

  long deadlineAt() {
    return deadlineAt;
  }

  int weight() {
    return weight;
  }

  /** Where {@link InFlightCalls} keeps it; known to the calling thread alone. */
  int place() {
    return place;
  }

  void setPlace(int place) {
    this.place = place;
  }

  @Nullable Cancellation cancellation() {
    return cancellation;
  }

  /** Runs the work on the caller's thread, inside the context. */
  <T> T run(Function<MilvusClientV2, T> work) {
    Context previous = context.attach();
    try {
      return work.apply(connection.sdk());
    } finally {
      context.detach(previous);
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
    // A TimeoutException makes it DEADLINE_EXCEEDED, which the SDK's iterators do not retry.
    context.cancel(new TimeoutException(reason.name()));
  }
}
