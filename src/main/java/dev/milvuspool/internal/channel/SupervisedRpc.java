package dev.milvuspool.internal.channel;

import dev.milvuspool.ClientOptions;
import dev.milvuspool.internal.channel.ConnectionSelector.Acquired;
import dev.milvuspool.internal.common.Backoff;
import dev.milvuspool.internal.common.Durations;
import dev.milvuspool.internal.common.Errors;
import dev.milvuspool.internal.connect.MilvusStatus;
import dev.milvuspool.internal.connect.RpcStatus;
import io.milvus.shaded.io.grpc.CallOptions;
import io.milvus.shaded.io.grpc.ClientCall;
import io.milvus.shaded.io.grpc.Metadata;
import io.milvus.shaded.io.grpc.MethodDescriptor;
import io.milvus.shaded.io.grpc.Status;
import io.milvus.v2.exception.ErrorCode;
import io.milvus.v2.exception.MilvusClientException;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * One RPC of the SDK, with its retries: it withholds the answer until it is judged, and sends the
 * same request again if that does no harm, on another connection if there is one.
 *
 * <p>All of this happens in {@link #halfClose}, on the caller's thread. A blocking stub would wait
 * right afterwards in any case, so retries and waits are plain code. The library's own exceptions
 * are thrown there as they are, and the SDK's iterators do not repeat them.
 */
final class SupervisedRpc<Q, A> extends ClientCall<Q, A> {
  /** The third mismatch in a row is passed on; the SDK would repeat the insert without end. */
  private static final int MOST_MISMATCHES = 3;

  private final ConnectionSupervisor supervisor;
  private final @Nullable String database;
  private final MethodDescriptor<Q, A> method;
  private final CallOptions options;
  private final @Nullable AtomicBoolean iteratorMade;
  private final boolean isWrite;
  private @Nullable Listener<A> listener;
  private @Nullable Q request;

  SupervisedRpc(
      ConnectionSupervisor supervisor,
      @Nullable String database,
      MethodDescriptor<Q, A> method,
      CallOptions options) {
    this.supervisor = supervisor;
    this.database = database;
    this.method = method;
    this.options = options;
    iteratorMade = options.getOption(SupervisedChannel.ITERATOR_MADE);
    isWrite = MilvusMethods.isWrite(Objects.requireNonNull(method.getBareMethodName()));
  }

  @Override
  public void start(Listener<A> responseListener, Metadata headers) {
    listener = responseListener;
  }

  @Override
  public void request(int numMessages) {}

  @Override
  public void cancel(@Nullable String message, @Nullable Throwable cause) {
    // By the stub, on the caller's thread, after halfClose has thrown: there is nothing left to do.
  }

  @Override
  public void sendMessage(Q message) {
    request = message;
  }

  @Override
  public void halfClose() {
    supervisor
        .calls()
        .run(
            method,
            supervisor.snapshot().options().adminDeadline(),
            call -> deliver(untilJudged(call)));
  }

  @SuppressWarnings("unchecked") // an answer is replaced by one of the same type
  private void deliver(RpcAttempt<Q, A> ended) {
    Listener<A> waiting = Objects.requireNonNull(listener);
    waiting.onHeaders(ended.responseHeaders());
    A answer = ended.answer();
    if (answer != null) {
      AtomicInteger mismatches = options.getOption(SupervisedChannel.MISMATCHES);
      if (mismatches != null
          && Answer.isSchemaMismatch(answer)
          && mismatches.incrementAndGet() >= MOST_MISMATCHES) {
        answer = (A) Answer.withoutRepetition(answer);
      }
      waiting.onMessage(answer);
    }
    Status status = RequestSize.explain(ended.status(), Objects.requireNonNull(request));
    if (iteratorMade != null && !status.isOk()) {
      // The SDK's iterators repeat a gRPC failure 75 times, whatever the options and the deadline
      // say. In the form in which the SDK passes failures on they leave it alone.
      throw new MilvusClientException(
          ErrorCode.RPC_ERROR, status.asRuntimeException(ended.trailers()));
    }
    waiting.onClose(status, ended.trailers());
  }

  // ---- sending, judging, sending again

  private RpcAttempt<Q, A> untilJudged(CallContext call) {
    boolean later = call.beginRpc() || (iteratorMade != null && iteratorMade.get());
    int retries = 0;
    boolean unsentBefore = false;
    Connection failed = null;
    while (true) {
      RpcAttempt<Q, A> attempt = send(call, later, failed);
      failed = attempt.connection();
      Verdict verdict = judge(attempt, call, unsentBefore);
      unsentBefore = !attempt.wasSent();
      switch (verdict) {
        case DELIVER -> {
          return attempt;
        }
        case SEND_ELSEWHERE -> later = true;
        case RETRY -> {
          ClientOptions clients = supervisor.snapshot().options();
          Duration backoff =
              Backoff.beforeRetry(retries, clients.maxRetryBackoff(), supervisor.random());
          if (retries >= clients.maxRetries()
              || call.cancellation() != null
              || Durations.until(call.deadlineAt()).compareTo(backoff) <= 0) {
            if (attempt.status().isOk()) {
              return attempt; // what the server said, unchanged
            }
            throw supervisor.errors().lost(call, attempt, Errors.Lost.HOP);
          }
          retries++;
          supervisor.noteRetry(call, retries, reason(attempt, call));
          supervisor.calls().pause(call.operation(), backoff);
          later = true;
        }
      }
    }
  }

  /** Sends it once and waits for the end. */
  private RpcAttempt<Q, A> send(CallContext call, boolean later, @Nullable Connection avoided) {
    int weight = Math.max(1, RequestSize.rows(request));
    Acquired acquired = supervisor.selector().acquire(call, later, avoided, weight, database);
    Connection connection = acquired.connection();
    long lastAnsweredAt = connection.lastAnsweredAt();
    RpcAttempt<Q, A> attempt = new RpcAttempt<>(connection);
    boolean interrupted;
    call.setAttempt(attempt);
    try {
      if (call.cancellation() != null || connection.isCutOff()) {
        attempt.cancel(); // it was not yet visible to the one who cancelled
      }
      interrupted =
          attempt.run(method, options, acquired.headers(), Objects.requireNonNull(request));
    } finally {
      call.setAttempt(null);
      connection.release(weight);
    }
    connection.ended(attempt.status(), attempt.trailers());
    if (attempt.wasSent()) {
      call.noteSent();
    }
    if (connection.lastAnsweredAt() == lastAnsweredAt && !connection.transport().hasEnded()) {
      supervisor.monitor().suspect(connection); // given up, often before the sweep could tell
    }
    if (interrupted || Thread.currentThread().isInterrupted()) {
      // An answer that was faster could not be delivered: a blocking stub ends with a status of its
      // own where the thread's flag is set.
      noteIfWritten(attempt, call);
      Status status = attempt.status();
      throw supervisor
          .errors()
          .interrupted(call, status.isOk() ? null : status.asRuntimeException());
    }
    return attempt;
  }

  private void noteIfWritten(RpcAttempt<Q, A> attempt, CallContext call) {
    if (isWrite && attempt.wasSent()) {
      call.noteWrite();
    }
  }

  private enum Verdict {
    /** Deliver the server's answer to the caller. */
    DELIVER,
    /**
     * It was not processed: send it on another connection, which is no retry. After a sound
     * connection that has not sent it, only once in a row: that may never send it.
     */
    SEND_ELSEWHERE,
    /** Send it again after a backoff, as often as the options allow. */
    RETRY
  }

  private Verdict judge(RpcAttempt<Q, A> attempt, CallContext call, boolean unsentBefore) {
    Connection connection = attempt.connection();
    if (attempt.status().isOk()) {
      return judgeAnswer(attempt, call);
    }
    noteIfWritten(attempt, call);
    if (!RpcStatus.isUnanswered(attempt.status(), attempt.trailers()) && !endedWith(attempt)) {
      return Verdict.DELIVER;
    }
    supervisor.errors().throwIfCancelled(call);
    if (attempt.status().getCode() == Status.Code.DEADLINE_EXCEEDED) {
      // Of the server, or a timeout in the SDK's own request.
      throw supervisor.errors().timedOut(call, attempt.status().asRuntimeException());
    }
    if (connection.isCutOff()) {
      throw supervisor.errors().lost(call, attempt, Errors.Lost.DRAINED);
    }
    boolean mayBeSentAgain = !isWrite || !attempt.wasSent();
    if (connection.transport().hasEnded()) {
      supervisor.ended(connection); // in case that its notification is still on its way
      if (mayBeSentAgain) {
        return Verdict.SEND_ELSEWHERE;
      }
      throw supervisor.errors().lost(call, attempt, Errors.Lost.CONNECTION);
    }
    supervisor.monitor().suspect(connection);
    if (!attempt.wasSent() && !unsentBefore) {
      return Verdict.SEND_ELSEWHERE;
    }
    if (mayBeSentAgain) {
      return Verdict.RETRY;
    }
    throw supervisor.errors().lost(call, attempt, Errors.Lost.HOP);
  }

  /** Whatever its text says: an RPC without an answer on a transport that ended is lost. */
  private static boolean endedWith(RpcAttempt<?, ?> attempt) {
    return attempt.answer() == null
        && attempt.connection().transport().hasEnded()
        && switch (attempt.status().getCode()) {
          case UNKNOWN, INTERNAL, RESOURCE_EXHAUSTED -> RpcStatus.isMadeHere(attempt.trailers());
          default -> false;
        };
  }

  private Verdict judgeAnswer(RpcAttempt<Q, A> attempt, CallContext call) {
    io.milvus.grpc.Status status = Answer.status(attempt.answer());
    if (isWrite && (status == null || !Answer.isRateLimited(status))) {
      call.noteWrite(); // a rate limit rejects what it does not carry out
    }
    if (status == null || MilvusStatus.isSuccess(status)) {
      return Verdict.DELIVER;
    }
    if (Answer.isNotReady(status)) {
      supervisor.snapshot().eject(attempt.connection().endpoint());
    }
    if (Answer.isRateLimited(status) || (!isWrite && Answer.isTryLater(status))) {
      return Verdict.RETRY;
    }
    return Verdict.DELIVER;
  }

  /** The reason of a retry, for listeners. */
  private Throwable reason(RpcAttempt<Q, A> attempt, CallContext call) {
    io.milvus.grpc.Status status = Answer.status(attempt.answer());
    return status == null
        ? supervisor.errors().lost(call, attempt, Errors.Lost.HOP)
        : new MilvusClientException(
            ErrorCode.SERVER_ERROR,
            status.getReason(),
            status.getCode(),
            MilvusStatus.legacyCode(status));
  }
}
