package dev.milvuspool.internal.channel;

import dev.milvuspool.CallScope;
import dev.milvuspool.internal.common.DeadlineSweeper;
import dev.milvuspool.internal.common.Durations;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * One call of a client on one thread: its deadline, and one record of what was sent, shared by all
 * its RPCs, retries and polls. The deadline sweep and the end of a drain cancel it.
 *
 * <p>Only its own thread touches the fields that are not volatile.
 */
public final class CallContext implements DeadlineSweeper.Swept {
  /** Why a call was cancelled. */
  enum Cancellation {
    /** Its deadline passed. */
    TIMED_OUT,
    /** The drain time of its client is over. */
    CUT_OFF
  }

  /** The innermost call of the thread; null outside of calls, so that it keeps nothing alive. */
  private static final ThreadLocal<@Nullable CallContext> CURRENT = new ThreadLocal<>();

  private final InFlightCalls owner;
  private final String operation;
  private final Duration deadline;
  private final long startedAt = System.nanoTime();
  private final long deadlineAt;
  private final Thread thread = Thread.currentThread();
  private final @Nullable List<CallScope> scopes;
  private @Nullable CallContext outer;
  private int rpcs;
  private boolean sent;
  private boolean wrote;
  private @Nullable RuntimeException failure;
  private final AtomicReference<@Nullable Cancellation> cancellation = new AtomicReference<>();
  private volatile @Nullable RpcAttempt<?, ?> attempt;

  private final boolean interruptible;

  /** Guarded by this: whether it has ended, and whether its thread was interrupted before. */
  private boolean ended;

  private boolean interrupted;

  CallContext(
      InFlightCalls owner,
      String operation,
      Duration deadline,
      @Nullable List<CallScope> scopes,
      boolean interruptible) {
    this.owner = owner;
    this.operation = operation;
    this.deadline = deadline;
    this.scopes = scopes;
    this.interruptible = interruptible;
    deadlineAt = startedAt + Durations.nanos(deadline);
  }

  /** The innermost call of this client on this thread, or null. */
  static @Nullable CallContext current(InFlightCalls owner) {
    CallContext context = CURRENT.get();
    while (context != null && !context.isOf(owner)) {
      context = context.outer;
    }
    return context;
  }

  boolean isOf(InFlightCalls client) {
    return owner == client;
  }

  void enter() {
    outer = CURRENT.get();
    CURRENT.set(this);
  }

  /** Whether the thread is in no other call now. */
  boolean exit() {
    CURRENT.set(outer);
    return outer == null;
  }

  /** The method that the user called. */
  public String operation() {
    return operation;
  }

  Duration deadline() {
    return deadline;
  }

  /** When it must have ended, of {@link System#nanoTime()}. */
  public long deadlineAt() {
    return deadlineAt;
  }

  long startedAt() {
    return startedAt;
  }

  /**
   * What listeners attached to it; null for one RPC of an SDK client that was given away, of which
   * they do not hear.
   */
  @Nullable List<CallScope> scopes() {
    return scopes;
  }

  /** Counts one more RPC; whether it is not the first one. */
  boolean beginRpc() {
    return rpcs++ > 0;
  }

  void noteSent() {
    sent = true;
  }

  /** Whether a request of it was sent. */
  boolean wasSent() {
    return sent;
  }

  void noteWrite() {
    wrote = true;
  }

  /** Whether the server may have carried out something of it. */
  boolean outcomeUnknown() {
    return wrote;
  }

  /** What its latest RPC failed with, or null. */
  @Nullable RuntimeException failure() {
    return failure;
  }

  void setFailure(@Nullable RuntimeException failure) {
    this.failure = failure;
  }

  @Nullable Cancellation cancellation() {
    return cancellation.get();
  }

  @Nullable RpcAttempt<?, ?> attempt() {
    return attempt;
  }

  void setAttempt(@Nullable RpcAttempt<?, ?> attempt) {
    this.attempt = attempt;
  }

  @Override
  public void sweep(long now) {
    if (now - deadlineAt >= 0) {
      cancel(Cancellation.TIMED_OUT);
    }
    owner.swept(now);
  }

  /** Ends it from another thread: its RPC, its pause, or the user's function that it runs. */
  void cancel(Cancellation reason) {
    if (!cancellation.compareAndSet(null, reason)) {
      return;
    }
    RpcAttempt<?, ?> rpc = attempt;
    if (rpc != null) {
      rpc.cancel();
    }
    LockSupport.unpark(thread);
    if (interruptible) {
      owner.interrupts().execute(this::interrupt);
    }
  }

  private synchronized void interrupt() {
    if (!ended && !thread.isInterrupted()) {
      interrupted = true;
      thread.interrupt();
    }
  }

  /**
   * Ends it on its own thread, which the library does not interrupt after that.
   *
   * @return whether the thread was interrupted because of the cancellation
   */
  boolean end() {
    synchronized (this) {
      ended = true;
      if (!interrupted) {
        return false;
      }
      Thread.interrupted();
    }
    for (CallContext each = outer; each != null; each = each.outer) {
      if (each.interruptible && each.cancellation() != null) {
        each.interrupt(); // that of this one stood in its way
      }
    }
    return true;
  }

  /**
   * Pauses, until the deadline or a cancellation at the latest.
   *
   * @throws InterruptedException if the thread is interrupted
   */
  void sleep(Duration duration) throws InterruptedException {
    long until = System.nanoTime() + Durations.nanos(duration);
    until = until - deadlineAt < 0 ? until : deadlineAt;
    while (cancellation() == null) {
      if (Thread.interrupted()) {
        throw new InterruptedException();
      }
      long left = until - System.nanoTime();
      if (left <= 0) {
        return;
      }
      LockSupport.parkNanos(this, left);
    }
  }
}
