package dev.milvuspool.internal.channel;

import dev.milvuspool.ClientClosedException;
import dev.milvuspool.ClientTimeoutException;
import dev.milvuspool.MilvusPoolException;
import dev.milvuspool.internal.channel.CallContext.Cancellation;
import dev.milvuspool.internal.common.Causes;
import dev.milvuspool.internal.common.Durations;
import dev.milvuspool.internal.common.Errors;
import io.milvus.shaded.io.grpc.StatusRuntimeException;
import io.milvus.v2.exception.ErrorCode;
import io.milvus.v2.exception.MilvusClientException;
import org.jspecify.annotations.Nullable;

/** Makes the exceptions of one client's calls that ended without an answer. */
public final class CallErrors {
  private final String client;
  private final ClientStateMachine state;

  CallErrors(String client, ClientStateMachine state) {
    this.client = client;
    this.state = state;
  }

  /** The client is closed. */
  public ClientClosedException closed() {
    return closed(null);
  }

  private ClientClosedException closed(@Nullable Throwable cause) {
    return Errors.closed(client, state.snapshot().address(), cause);
  }

  /** Why a dial failed, for the calls that have no connection. */
  MilvusPoolException dialFailed(Throwable failure) {
    Throwable cause = Causes.unwrap(failure);
    return cause instanceof MilvusPoolException known
        ? known
        : Errors.dialFailed(client, state.snapshot().address(), cause);
  }

  /** Its deadline passed. */
  ClientTimeoutException timedOut(CallContext call, @Nullable Throwable cause) {
    return Errors.timedOut(
        client,
        state.snapshot().address(),
        call.operation(),
        Durations.since(call.startedAt()),
        call.deadline(),
        call.wasSent(),
        call.outcomeUnknown(),
        cause);
  }

  /** A call on a client that is down. */
  MilvusPoolException down(CallContext call, Snapshot now) {
    return Errors.down(
        client,
        now.address(),
        call.operation(),
        now.since(),
        call.wasSent(),
        call.outcomeUnknown(),
        now.lastError());
  }

  /** A call that got no connection until its deadline. */
  MilvusPoolException noConnection(CallContext call) {
    Snapshot now = state.snapshot();
    return Errors.noConnection(
        client,
        now.address(),
        call.operation(),
        Durations.since(call.startedAt()),
        call.deadline(),
        call.wasSent(),
        call.outcomeUnknown(),
        now.lastError());
  }

  /** An RPC that ended without an answer. */
  MilvusPoolException lost(CallContext call, RpcAttempt<?, ?> attempt, Errors.Lost how) {
    return Errors.lost(
        client,
        attempt.connection().address(),
        call.operation(),
        Durations.since(call.startedAt()),
        how,
        call.outcomeUnknown(),
        attempt.status().asRuntimeException(attempt.trailers()));
  }

  /**
   * The thread was interrupted, by its user or because of a cancellation. Its flag stays set until
   * the call ends, since a function of the user's may catch this and sleep.
   */
  MilvusPoolException interrupted(CallContext call, @Nullable Throwable cause) {
    Thread.currentThread().interrupt();
    MilvusPoolException cancelled = cancelledOrLate(call, cause);
    return cancelled != null
        ? cancelled
        : Errors.interrupted(client, call.operation(), call.outcomeUnknown(), cause);
  }

  /** The thread was interrupted outside of any call. */
  MilvusPoolException interrupted(String operation, Throwable cause) {
    Thread.currentThread().interrupt();
    return Errors.interrupted(client, operation, false, cause);
  }

  void throwIfCancelled(CallContext call) {
    MilvusPoolException cancelled = cancelledOrLate(call, null);
    if (cancelled != null) {
      throw cancelled;
    }
  }

  private @Nullable MilvusPoolException cancelledOrLate(
      CallContext call, @Nullable Throwable cause) {
    return call.cancellation() != null || System.nanoTime() - call.deadlineAt() >= 0
        ? cancelled(call, cause)
        : null;
  }

  /**
   * Decides with which exception a call ends. Only its own RPCs count, never what another client or
   * the user's function has thrown.
   *
   * @param thrown what came out of the SDK, or of the user's function
   * @param interruptedByUs whether the call's cancellation had to interrupt the thread
   */
  public RuntimeException judge(
      CallContext call, RuntimeException thrown, boolean interruptedByUs) {
    RuntimeException own = call.failure();
    if (own == thrown) {
      return thrown;
    }
    // The SDK may have made it of what an RPC has thrown; all else is the user's own.
    boolean ofTheSdk = thrown instanceof MilvusClientException;
    if (own != null && ofTheSdk && Causes.of(thrown).contains(own)) {
      return own;
    }
    if (interruptedByUs) {
      return cancelled(call, thrown);
    }
    if (thrown instanceof StatusRuntimeException grpc) {
      return new MilvusClientException(ErrorCode.RPC_ERROR, grpc);
    }
    if (ofTheSdk && Causes.find(thrown, InterruptedException.class) != null) {
      return interrupted(call, thrown); // it came between the answer and its delivery by the stub
    }
    if (own != null && ofTheSdk && String.valueOf(thrown).contains(messageOf(own))) {
      own.addSuppressed(thrown); // the SDK has put the cause into its message, and dropped it
      return own;
    }
    return thrown;
  }

  private static String messageOf(RuntimeException failure) {
    String message = failure.getMessage();
    return message == null ? failure.toString() : message;
  }

  /** A call that was cancelled. */
  public MilvusPoolException cancelled(CallContext call, @Nullable Throwable cause) {
    return call.cancellation() == Cancellation.CUT_OFF ? closed(cause) : timedOut(call, cause);
  }
}
