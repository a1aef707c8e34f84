package dev.milvuspool.internal.channel;

import dev.milvuspool.ClientOptions;
import dev.milvuspool.internal.common.Backoff;
import dev.milvuspool.internal.connect.Connector;
import dev.milvuspool.internal.connect.Endpoint;
import dev.milvuspool.internal.connect.EndpointLoads;
import dev.milvuspool.internal.connect.Transport;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The dials of one client: whatever they are for, they end with it. A dial that went on would find
 * the scheduler gone that is to end it, and whoever waits for it would wait forever.
 */
final class ClientDials {
  private static final Duration IN_THE_CROWD = Duration.ofMillis(50);

  private final String client;
  private final Connector connector;
  private final Supplier<? extends Throwable> closedReason;
  private final Set<CompletableFuture<Transport>> underWay = ConcurrentHashMap.newKeySet();
  private volatile boolean closed;

  ClientDials(String client, Connector connector, Supplier<? extends Throwable> closedReason) {
    this.client = client;
    this.connector = connector;
    this.closedReason = closedReason;
  }

  /** Dials for the client as it is, without a look at its database. */
  CompletableFuture<Transport> redial(Snapshot now, Connector.Route route, Duration timeout) {
    return connect(now.options(), null, route, timeout);
  }

  /** Whatever goes wrong is the dial's outcome, an {@link Error} as well: no loop ends by it. */
  CompletableFuture<Transport> connect(
      ClientOptions options, @Nullable String database, Connector.Route route, Duration timeout) {
    CompletableFuture<Transport> dial;
    try {
      dial = connector.connect(new Connector.Target(client, options, database), route, timeout);
    } catch (RuntimeException | Error e) {
      return CompletableFuture.failedFuture(e);
    }
    underWay.add(dial);
    dial.whenComplete((transport, failure) -> underWay.removeIf(each -> each == dial));
    if (closed) { // it was not yet visible to the one who closed
      dial.completeExceptionally(closedReason.get());
    }
    return dial;
  }

  /** The endpoints at which the client's connections ought to be. */
  CompletableFuture<List<Endpoint>> endpoints(Snapshot now) {
    try {
      return connector.endpoints(now.options(), now.site());
    } catch (RuntimeException | Error e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  /**
   * Whether other clients have got through to the connection's server since. If this one has not,
   * our limit of dials has held it back, which is no reason to go down.
   */
  boolean hasAnswered(Connection connection, long since) {
    return connector.hasAnswered(connection.endpoint(), since);
  }

  /** Until a dial is tried again that other clients' dials have held back. */
  static Duration nextInTheCrowd(RandomGenerator random) {
    return Backoff.spread(IN_THE_CROWD, random);
  }

  /** Closes what a dial has brought and nobody wants. */
  static void discard(Transport unwanted, EndpointLoads loads) {
    loads.remove(unwanted.endpoint());
    unwanted.close();
  }

  /** Ends them all, and those to come. */
  void close() {
    closed = true;
    underWay.forEach(dial -> dial.completeExceptionally(closedReason.get()));
  }
}
