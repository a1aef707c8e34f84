package dev.milvuspool.internal.channel;

import dev.milvuspool.ClientOptions;
import dev.milvuspool.internal.common.Backoff;
import dev.milvuspool.internal.connect.Connector;
import dev.milvuspool.internal.connect.Endpoint;
import dev.milvuspool.internal.connect.EndpointLoads;
import dev.milvuspool.internal.connect.Transport;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The dials of one client. They end with the client, and so do the probes that users wait for: the
 * scheduler, which ends them in time, may end with the client, too.
 */
final class ClientDials {
  private static final Duration IN_THE_CROWD = Duration.ofMillis(50);

  private final String client;
  private final Connector connector;
  private final CallErrors errors;
  private final Queue<CompletableFuture<?>> underWay = new ConcurrentLinkedQueue<>();
  private volatile boolean closed;

  ClientDials(String client, Connector connector, CallErrors errors) {
    this.client = client;
    this.connector = connector;
    this.errors = errors;
  }

  /** Dials with the current options, without a check of the database. */
  CompletableFuture<Transport> redial(Snapshot now, Connector.Route route, Duration timeout) {
    return connect(now.options(), null, route, timeout);
  }

  /** Any failure, even an {@link Error}, is the dial's outcome and ends no loop. */
  CompletableFuture<Transport> connect(
      ClientOptions options, @Nullable String database, Connector.Route route, Duration timeout) {
    CompletableFuture<Transport> dial;
    try {
      dial = connector.connect(new Connector.Target(client, options, database), route, timeout);
    } catch (RuntimeException | Error e) {
      return CompletableFuture.failedFuture(e);
    }
    return endWithClient(dial);
  }

  /** Lets it fail when the client closes, if it has not completed before. */
  <T> CompletableFuture<T> endWithClient(CompletableFuture<T> pending) {
    underWay.add(pending);
    pending.whenComplete((done, failure) -> underWay.removeIf(each -> each == pending));
    if (closed) { // it was not yet visible to the one who closed
      pending.completeExceptionally(errors.closed());
    }
    return pending;
  }

  /** The endpoints at which the client's connections should be. */
  CompletableFuture<List<Endpoint>> endpoints(Snapshot now) {
    try {
      return connector.endpoints(now.options(), now.site());
    } catch (RuntimeException | Error e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  /**
   * Whether other clients have reached the connection's server since. Then only our own limit of
   * dials has delayed this client, which is no reason to go down.
   */
  boolean hasAnswered(Connection connection, long since) {
    return connector.hasAnswered(connection.endpoint(), since);
  }

  /** The wait before a dial is repeated that other clients' dials have delayed. */
  static Duration nextInTheCrowd(RandomGenerator random) {
    return Backoff.spread(IN_THE_CROWD, random);
  }

  /** Closes a dialled transport that is not needed. */
  static void discard(Transport unwanted, EndpointLoads loads) {
    loads.remove(unwanted.endpoint());
    unwanted.close();
  }

  /** Ends all, and every later one. */
  void close() {
    closed = true;
    underWay.forEach(pending -> pending.completeExceptionally(errors.closed()));
  }
}
