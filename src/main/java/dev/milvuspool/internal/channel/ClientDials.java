package dev.milvuspool.internal.channel;

import dev.milvuspool.ClientOptions;
import dev.milvuspool.internal.connect.Connector;
import dev.milvuspool.internal.connect.Endpoint;
import dev.milvuspool.internal.connect.Transport;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/**
 * The dials of one client: whatever they are for, they end with it. A dial that went on would find
 * the scheduler gone that is to end it, and whoever waits for it would wait forever.
 */
final class ClientDials implements Connector {
  private final Connector connector;
  private final Supplier<? extends Throwable> reason;
  private final Set<CompletableFuture<Transport>> underWay = ConcurrentHashMap.newKeySet();
  private volatile boolean closed;

  /**
   * Over the connector that all clients share.
   *
   * @param reason what a dial fails with once the client is closed
   */
  ClientDials(Connector connector, Supplier<? extends Throwable> reason) {
    this.connector = connector;
    this.reason = reason;
  }

  /** Whatever goes wrong is the dial's outcome, an {@link Error} as well: no loop ends by it. */
  @Override
  public CompletableFuture<Transport> connect(Target target, Route route, Duration timeout) {
    CompletableFuture<Transport> dial;
    try {
      dial = connector.connect(target, route, timeout);
    } catch (RuntimeException | Error e) {
      return CompletableFuture.failedFuture(e);
    }
    underWay.add(dial);
    dial.whenComplete((transport, failure) -> underWay.removeIf(each -> each == dial));
    if (closed) { // it was not yet visible to the one who closed
      dial.completeExceptionally(reason.get());
    }
    return dial;
  }

  @Override
  public CompletableFuture<List<Endpoint>> endpoints(ClientOptions options, int site) {
    try {
      return connector.endpoints(options, site);
    } catch (RuntimeException | Error e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  /** Ends them all, and those to come. */
  void close() {
    closed = true;
    underWay.forEach(dial -> dial.completeExceptionally(reason.get()));
  }
}
