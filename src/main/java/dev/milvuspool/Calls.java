package dev.milvuspool;

import io.milvus.v2.client.MilvusClientV2;
import io.milvus.v2.exception.ErrorCode;
import io.milvus.v2.exception.MilvusClientException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLongFieldUpdater;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Runs the calls of a client: within the deadline, retried where that does no harm, with typed
 * errors, counted and told.
 */
final class Calls {
  private static final AtomicLongFieldUpdater<Calls> ENDED =
      AtomicLongFieldUpdater.newUpdater(Calls.class, "ended");
  private static final AtomicLongFieldUpdater<Calls> FAILED =
      AtomicLongFieldUpdater.newUpdater(Calls.class, "failed");
  private static final AtomicLongFieldUpdater<Calls> RETRIED =
      AtomicLongFieldUpdater.newUpdater(Calls.class, "retried");

  private final Supervisor supervisor;
  private final ClientEvents events;
  private final RandomGenerator random;
  private final Leases users = new Leases();
  private volatile long ended;
  private volatile long failed;
  private volatile long retried;

  Calls(Supervisor supervisor, ClientEvents events, RandomGenerator random) {
    this.supervisor = supervisor;
    this.events = events;
    this.random = random;
  }

  long ended() {
    return ended;
  }

  long failed() {
    return failed;
  }

  long retried() {
    return retried;
  }

  /** Done when the last call has ended and was told; later calls fail. */
  CompletableFuture<Void> drain() {
    return users.drain();
  }

  /** The steps of one call share its deadline; a step is what is retried by itself. */
  final class Call {
    private final Operation operation;
    private final Duration deadline;
    private final long startedAt;
    private final long deadlineAt;
    private @Nullable Connection connection;
    private boolean unsent;

    private Call(Operation operation, Duration deadline, long startedAt) {
      this.operation = operation;
      this.deadline = deadline;
      this.startedAt = startedAt;
      deadlineAt = startedAt + Nanos.of(deadline);
    }

    long deadlineAt() {
      return deadlineAt;
    }

    /** The database that the current attempt goes to; null for the server's default. */
    @Nullable String database() {
      return connection == null ? null : connection.database();
    }

    <T> T step(Function<MilvusClientV2, T> work) {
      return step(operation, 1, work);
    }

    /**
     * Runs work on a connection, and again after a failure that allows it. What could not be sent,
     * because the connection turned out to be dead, has yet to begin: that is no retry.
     *
     * @param kind what decides whether it may be repeated
     * @param weight of the work among the calls in flight
     */
    <T> T step(Operation kind, int weight, Function<MilvusClientV2, T> work) {
      int retry = 0;
      while (true) {
        RuntimeException failure;
        unsent = false;
        try {
          InFlightCall call = supervisor.admission().begin(kind, deadlineAt, weight);
          connection = call.connection();
          return attempt(kind, call, work);
        } catch (RuntimeException e) {
          failure = e;
        }
        if (unsent && Nanos.until(deadlineAt).compareTo(Duration.ZERO) > 0) {
          continue;
        }
        ClientOptions options = supervisor.situation().options();
        Duration backoff = Backoff.beforeRetry(retry, options.maxRetryBackoff(), random);
        if (retry >= options.maxRetries()
            || !mayRepeat(kind, failure)
            || Nanos.until(deadlineAt).compareTo(backoff) <= 0) {
          throw failure;
        }
        retry++;
        RETRIED.incrementAndGet(Calls.this);
        events.retry(operation, retry, failure);
        pause(backoff);
      }
    }

    /** Waits between steps, not beyond the deadline. */
    void pause(Duration duration) {
      Duration left = Nanos.until(deadlineAt);
      if (left.isNegative() || left.isZero()) {
        throw timedOut(null);
      }
      Waits.sleep(
          left.compareTo(duration) < 0 ? left : duration, supervisor.client(), operation.method());
    }

    private boolean mayRepeat(Operation kind, RuntimeException failure) {
      if (Failures.isRateLimited(failure)) {
        return true; // rejected, so certainly not carried out
      }
      // A call that starts while the client is down fails at once; one under way may see it come
      // up.
      return connection != null && !kind.isWrite() && failure instanceof ClientUnavailableException;
    }

    private <T> T attempt(Operation kind, InFlightCall call, Function<MilvusClientV2, T> work) {
      T result;
      try {
        result = call.run(work);
      } catch (RuntimeException e) {
        throw failure(kind, call, call.end(), e);
      } catch (Throwable e) {
        call.end();
        throw e;
      }
      if (call.end()) {
        // Interrupted at the deadline, the SDK's waits for a flush return as if all were well.
        throw failure(kind, call, true, null);
      }
      return result;
    }

    private RuntimeException failure(
        Operation kind, InFlightCall call, boolean interrupted, @Nullable RuntimeException cause) {
      InFlightCall.Cancellation cancellation = call.cancellation();
      if (cancellation == InFlightCall.Cancellation.CUT_OFF) {
        return supervisor.situation().state() == ClientState.CLOSED
            ? new ClientClosedException(supervisor.client(), address(call), cause)
            : lost(kind, call, "its connection was drained for longer than the drain time", cause);
      }
      if (cancellation == InFlightCall.Cancellation.TIMED_OUT || interrupted || cause == null) {
        return timedOut(cause);
      }
      if (Failures.isLost(cause)) {
        unsent = call.hasWrittenNothingElse() && Failures.isUnsent(cause);
        ClientUnavailableException lost = lost(kind, call, "the connection was lost", cause);
        supervisor.lost(call.connection(), lost);
        return Failures.isFromSdk(cause) ? lost : cause;
      }
      if (!Failures.isFromSdk(cause)) {
        return cause;
      }
      if (Failures.isDeadlineExceeded(cause)) {
        return timedOut(cause);
      }
      if (Failures.isCancelled(cause) && Thread.currentThread().isInterrupted()) {
        return Waits.interrupted(supervisor.client(), operation.method(), cause);
      }
      return cause instanceof MilvusClientException
          ? cause
          : new MilvusClientException(ErrorCode.RPC_ERROR, cause);
    }

    private ClientUnavailableException lost(
        Operation kind, InFlightCall call, String what, @Nullable Throwable cause) {
      boolean outcomeUnknown = kind.isWrite() && !unsent;
      return new ClientUnavailableException(
          "client "
              + supervisor.client()
              + ": "
              + operation.method()
              + " at "
              + address(call)
              + " failed after "
              + elapsed().toMillis()
              + " ms: "
              + what
              + (outcomeUnknown
                  ? "; the server may have carried it out, ask it before sending again"
                  : "")
              + "; the client reconnects by itself",
          supervisor.client(),
          address(call),
          outcomeUnknown,
          cause);
    }

    private ClientTimeoutException timedOut(@Nullable Throwable cause) {
      String address = supervisor.situation().address();
      return new ClientTimeoutException(
          "client "
              + supervisor.client()
              + ": "
              + operation.method()
              + " at "
              + address
              + " timed out after "
              + elapsed().toMillis()
              + " ms (deadline "
              + Nanos.toMillis(deadline)
              + " ms)"
              + (operation.isWrite()
                  ? "; the server may have carried it out, ask it before sending again"
                  : "; raise the deadline with withDeadline, or look at the server's load"),
          supervisor.client(),
          address,
          cause);
    }

    private Duration elapsed() {
      return Nanos.since(startedAt);
    }

    private static String address(InFlightCall call) {
      return call.connection().address().toString();
    }
  }

  /** Runs a user's call and records how it ended. */
  <T> T run(Operation operation, Duration deadline, Function<Call, T> body) {
    long startedAt = System.nanoTime();
    boolean leased = users.acquire();
    Throwable error = null;
    try {
      if (!leased) {
        throw supervisor.closed();
      }
      return body.apply(new Call(operation, deadline, startedAt));
    } catch (Throwable e) {
      error = e;
      throw e;
    } finally {
      ENDED.incrementAndGet(this);
      if (error != null) {
        FAILED.incrementAndGet(this);
      }
      if (events.anyoneHearsCalls()) {
        events.call(operation, Nanos.since(startedAt), error);
      }
      if (leased) {
        users.release();
      }
    }
  }
}
