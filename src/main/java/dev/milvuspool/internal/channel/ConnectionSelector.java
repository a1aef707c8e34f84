package dev.milvuspool.internal.channel;

import dev.milvuspool.internal.common.Await;
import dev.milvuspool.internal.common.Durations;
import io.milvus.shaded.io.grpc.Metadata;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Selects the least loaded connection for each RPC, and makes its headers. If none serves, the
 * first RPC of a call fails immediately, or waits within its deadline, as the options say. A later
 * RPC waits for a reconnect, because its call has started and most outages are short.
 */
final class ConnectionSelector {
  /** How long a later RPC waits after the longest reconnect backoff: for the dial itself. */
  private static final Duration DIAL = Duration.ofMillis(500);

  private final ConnectionSupervisor supervisor;
  private final RequestComposer composer;

  ConnectionSelector(ConnectionSupervisor supervisor, RequestComposer composer) {
    this.supervisor = supervisor;
    this.composer = composer;
  }

  /** A connection that counts an RPC, which must be released, and the RPC's fresh headers. */
  record Acquired(Connection connection, Metadata headers) {}

  /**
   * Acquires a connection that serves for one RPC, or throws the exception that ends the call.
   *
   * @param underWay whether the call has already begun
   * @param avoided the connection on which the RPC has just failed, or null
   */
  Acquired acquire(
      CallContext call,
      boolean underWay,
      @Nullable Connection avoided,
      int weight,
      @Nullable String database) {
    while (true) {
      supervisor.errors().throwIfCancelled(call);
      Connection connection = select(call, underWay, avoided);
      Metadata headers = composer.headers(connection, call, database);
      supervisor.errors().throwIfCancelled(call); // the suppliers may have taken their time
      if (connection.acquire(weight)) {
        return new Acquired(connection, headers);
      }
      // It was replaced since; the next snapshot has another.
    }
  }

  private Connection select(CallContext call, boolean underWay, @Nullable Connection avoided) {
    Connection connection = supervisor.snapshot().leastLoaded(avoided);
    try {
      return connection != null ? connection : await(call, underWay);
    } catch (InterruptedException e) {
      throw supervisor.errors().interrupted(call, e);
    }
  }

  private Connection await(CallContext call, boolean underWay) throws InterruptedException {
    Snapshot first = supervisor.snapshot();
    boolean patient = first.options().waitForReady();
    long patienceEndsAt =
        System.nanoTime()
            + Durations.nanos(Durations.sum(first.options().reconnectBackoffMax(), DIAL));
    while (true) {
      Snapshot now = supervisor.snapshot();
      Connection connection = now.leastLoaded(null);
      if (connection != null) {
        return connection;
      }
      long waitUntil = call.deadlineAt();
      CompletableFuture<?> awaited = now.changed();
      switch (now.state()) {
        case CLOSED -> throw supervisor.errors().closed();
        case UP -> {
          if (now.lazy()) {
            awaited = supervisor.firstDial();
          }
        }
        case DOWN -> {
          if (!patient) {
            if (!underWay || System.nanoTime() - patienceEndsAt >= 0) {
              throw supervisor.errors().down(call, now);
            }
            waitUntil = earlier(waitUntil, patienceEndsAt);
          }
        }
      }
      if (!Await.done(awaited, waitUntil) && System.nanoTime() - call.deadlineAt() >= 0) {
        throw supervisor.errors().noConnection(call);
      }
    }
  }

  private static long earlier(long one, long other) {
    return one - other < 0 ? one : other;
  }
}
