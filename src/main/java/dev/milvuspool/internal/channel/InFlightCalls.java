package dev.milvuspool.internal.channel;

import dev.milvuspool.CallScope;
import dev.milvuspool.internal.channel.CallContext.Cancellation;
import dev.milvuspool.internal.common.DeadlineSweeper;
import dev.milvuspool.internal.common.Durations;
import dev.milvuspool.internal.common.InFlightCounter;
import dev.milvuspool.internal.connect.GrpcStatics;
import io.milvus.shaded.io.grpc.MethodDescriptor;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * The calls of one client that are in flight. It admits calls, so that a closed client takes no new
 * ones and its end can wait for the last. The sweep has them all, and cancels late ones.
 */
public final class InFlightCalls {
  private final InFlightCounter admitted = new InFlightCounter();
  private final CallErrors errors;
  private final Executor interrupts;
  private final DeadlineSweeper sweeper;
  private final LongConsumer onSweep;
  private volatile boolean cutOff;

  /**
   * Of one client.
   *
   * @param interrupts where threads are interrupted: a channel of the user's on which one is
   *     blocked is closed there
   * @param onSweep runs with the time at each sweep, once for each call in flight
   */
  InFlightCalls(
      CallErrors errors, Executor interrupts, DeadlineSweeper sweeper, LongConsumer onSweep) {
    this.errors = errors;
    this.interrupts = interrupts;
    this.sweeper = sweeper;
    this.onSweep = onSweep;
  }

  /**
   * Admits a call, which must be {@link #end ended} and {@link #leave left}; inside another call on
   * its thread, as long as that lasts.
   *
   * @throws dev.milvuspool.ClientClosedException if the client is closed
   */
  public CallContext begin(
      String operation,
      Duration deadline,
      @Nullable List<CallScope> scopes,
      boolean interruptible) {
    if (!admitted.acquire()) {
      if (CallContext.current(this) == null) {
        throw errors.closed();
      }
      admitted.acquireAgain(); // part of the one under way on this thread, and drained like it
    }
    CallContext call = new CallContext(this, operation, deadline, scopes, interruptible);
    sweeper.add(call);
    if (cutOff) { // it was not yet visible to the one who cut off
      call.cancel(Cancellation.CUT_OFF);
    }
    call.enter();
    return call;
  }

  /** Runs an RPC in the innermost call of this thread; outside of any it is a call of its own. */
  void run(MethodDescriptor<?, ?> method, Duration deadline, Consumer<CallContext> rpc) {
    CallContext call = CallContext.current(this);
    if (call != null) {
      run(call, rpc);
      return;
    }
    String operation = Objects.requireNonNull(method.getBareMethodName());
    CallContext own = begin(operation, deadline, null, false);
    try {
      run(own, rpc);
    } finally {
      end(own);
      leave();
    }
  }

  private static void run(CallContext call, Consumer<CallContext> rpc) {
    try {
      rpc.accept(call);
      call.setFailure(null);
    } catch (RuntimeException e) {
      call.setFailure(e);
      throw e;
    }
  }

  /** Ends a call on its own thread; whether its cancellation interrupted the thread. */
  public boolean end(CallContext call) {
    if (call.exit()) {
      GrpcStatics.forgetThread();
    }
    sweeper.remove(call);
    return call.end();
  }

  /** To be called last, after the listeners have received its end. */
  public void leave() {
    admitted.release();
  }

  Executor interrupts() {
    return interrupts;
  }

  DeadlineSweeper sweeper() {
    return sweeper;
  }

  /** How many are in flight. */
  public int count() {
    return admitted.count();
  }

  /** Looks through the calls of the whole pool: for rare occasions. */
  void forEach(Consumer<CallContext> action) {
    sweeper.forEach(
        swept -> {
          if (swept instanceof CallContext call && call.isOf(this)) {
            action.accept(call);
          }
        });
  }

  void swept(long now) {
    onSweep.accept(now);
  }

  /** Admits no more; completes when the last one has left. */
  public CompletableFuture<Void> drain() {
    return admitted.drain();
  }

  /** Cancels all, including those that are just starting. */
  public void cutOff() {
    cutOff = true;
    forEach(call -> call.cancel(Cancellation.CUT_OFF));
  }

  /**
   * Pauses the call of this thread between its RPCs, not beyond its deadline.
   *
   * @throws dev.milvuspool.MilvusPoolException if the thread is interrupted, or the call ended
   */
  public void pause(String operation, Duration duration) {
    CallContext call = CallContext.current(this);
    try {
      if (call == null) { // an SDK client that was given away waits
        TimeUnit.NANOSECONDS.sleep(Durations.nanos(duration));
        return;
      }
      call.sleep(duration);
    } catch (InterruptedException e) {
      throw call == null ? errors.interrupted(operation, e) : errors.interrupted(call, e);
    }
    errors.throwIfCancelled(call);
  }
}
