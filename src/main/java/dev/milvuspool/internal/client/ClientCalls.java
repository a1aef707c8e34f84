package dev.milvuspool.internal.client;

import dev.milvuspool.CallInfo;
import dev.milvuspool.CallScope;
import dev.milvuspool.internal.channel.CallContext;
import dev.milvuspool.internal.channel.ConnectionSupervisor;
import dev.milvuspool.internal.channel.InFlightCalls;
import dev.milvuspool.internal.common.Durations;
import dev.milvuspool.internal.common.EventDispatcher;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLongFieldUpdater;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Runs the calls of a client on the caller's thread: each within its deadline, counted, told to the
 * listeners, and ended with a typed error. What happens to its RPCs is the channel's business.
 */
final class ClientCalls {
  private static final AtomicLongFieldUpdater<ClientCalls> ENDED =
      AtomicLongFieldUpdater.newUpdater(ClientCalls.class, "ended");
  private static final AtomicLongFieldUpdater<ClientCalls> FAILED =
      AtomicLongFieldUpdater.newUpdater(ClientCalls.class, "failed");

  private final ConnectionSupervisor supervisor;
  private final InFlightCalls inFlight;
  private final EventDispatcher events;
  private volatile long ended;
  private volatile long failed;

  ClientCalls(ConnectionSupervisor supervisor, EventDispatcher events) {
    this.supervisor = supervisor;
    this.events = events;
    inFlight = supervisor.calls();
  }

  long ended() {
    return ended;
  }

  long failed() {
    return failed;
  }

  /**
   * Runs one call of a user.
   *
   * @param database where it goes
   * @param collection which it is about, or null for none or several
   */
  <T> T run(
      Operation operation,
      Duration deadline,
      String database,
      @Nullable String collection,
      Supplier<T> body) {
    boolean heard = events.hearsCalls();
    long startedAt = heard ? System.nanoTime() : 0;
    List<CallScope> scopes = heard ? start(operation, database, collection) : null;
    CallContext call = null;
    Throwable error = null;
    try {
      call =
          inFlight.begin(operation.method(), deadline, scopes, operation == Operation.CALL, false);
      return run(call, body);
    } catch (Throwable e) {
      error = e;
      throw e;
    } finally {
      ENDED.incrementAndGet(this);
      if (error != null) {
        FAILED.incrementAndGet(this);
      }
      try {
        if (heard) {
          events.callEnded(operation.method(), Durations.since(startedAt), error, scopes);
        }
      } finally {
        if (call != null) {
          inFlight.leave();
        }
      }
    }
  }

  private @Nullable List<CallScope> start(
      Operation operation, String database, @Nullable String collection) {
    return events.callStarted(
        new CallInfo(
            supervisor.client(),
            operation.method(),
            supervisor.snapshot().address(),
            database,
            collection));
  }

  private <T> T run(CallContext call, Supplier<T> body) {
    T result;
    try {
      result = body.get();
    } catch (RuntimeException e) {
      throw supervisor.errors().judge(call, e, inFlight.end(call));
    } catch (Throwable e) {
      inFlight.end(call);
      throw e;
    }
    if (inFlight.end(call)) {
      throw supervisor.errors().interruptedByUs(call);
    }
    return result;
  }
}
