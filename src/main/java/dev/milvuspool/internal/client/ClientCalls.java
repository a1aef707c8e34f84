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
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Runs the calls of a client on the caller's thread: each within its deadline, counted, reported to
 * the listeners, and with typed errors. The supervised channel handles its RPCs.
 */
final class ClientCalls {
  private final ConnectionSupervisor supervisor;
  private final InFlightCalls inFlight;
  private final EventDispatcher events;
  private final AtomicLong ended = new AtomicLong();
  private final AtomicLong failed = new AtomicLong();

  ClientCalls(ConnectionSupervisor supervisor, EventDispatcher events) {
    this.supervisor = supervisor;
    this.events = events;
    inFlight = supervisor.calls();
  }

  long ended() {
    return ended.get();
  }

  long failed() {
    return failed.get();
  }

  /**
   * Runs one call of a user.
   *
   * @param database where it goes
   * @param collection the call's collection, or null for none or several
   */
  <T> T run(
      Operation operation,
      Duration deadline,
      String database,
      @Nullable String collection,
      Supplier<T> body) {
    boolean heard = events.hearsCalls();
    long startedAt = System.nanoTime();
    List<CallScope> scopes = heard ? start(operation, database, collection) : List.of();
    CallContext call = null;
    Throwable error = null;
    try {
      call = inFlight.begin(operation.method(), deadline, scopes, operation == Operation.CALL);
      return run(call, body);
    } catch (Throwable e) {
      error = e;
      throw e;
    } finally {
      ended.incrementAndGet();
      if (error != null) {
        failed.incrementAndGet();
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

  private List<CallScope> start(Operation operation, String database, @Nullable String collection) {
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
    } catch (Throwable e) { // an Error, or what was not declared
      inFlight.end(call);
      throw e;
    }
    if (inFlight.end(call)) { // some waits of the SDK return then as if all were well
      throw supervisor.errors().cancelled(call, null);
    }
    return result;
  }
}
