package dev.milvuspool.internal.channel;

import dev.milvuspool.ClientOptions;
import dev.milvuspool.internal.common.Background;
import dev.milvuspool.internal.connect.EndpointLoads;
import dev.milvuspool.internal.connect.Transport;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/** All connections of a client that are not closed yet: those that serve, and those that drain. */
final class OpenConnections {
  private final Background background;
  private final InFlightCalls calls;
  private final List<Connection> open = new CopyOnWriteArrayList<>();
  private volatile @Nullable String serverVersion;

  OpenConnections(Background background, InFlightCalls calls) {
    this.background = background;
    this.calls = calls;
  }

  Connection add(Transport transport, EndpointLoads counted) {
    Connection connection = new Connection(transport, counted, this);
    open.add(connection);
    noteVersion(transport.serverVersion());
    return connection;
  }

  /** It is closed. */
  void remove(Connection connection) {
    open.remove(connection);
  }

  /** A server reported its version; may be empty. */
  void noteVersion(String version) {
    if (!version.isEmpty()) {
      serverVersion = version;
    }
  }

  /** The version that a server last reported, or null. */
  @Nullable String serverVersion() {
    return serverVersion;
  }

  /** RPCs that are with a server. */
  int inFlight() {
    return open.stream().mapToInt(Connection::inFlight).sum();
  }

  /** Lets the RPCs on it finish for the drain time, then cuts them off. */
  void drain(Connection connection, ClientOptions options) {
    connection.retire();
    var cut = background.schedule(() -> cutOff(connection), options.drainTimeout());
    connection.closed().whenComplete((done, failure) -> cut.cancel(false));
  }

  private void cutOff(Connection connection) {
    connection.cutOff();
    calls.forEach(
        call -> {
          RpcAttempt<?, ?> attempt = call.attempt();
          if (attempt != null && attempt.connection() == connection) {
            attempt.cancel();
          }
        });
    connection.close(); // streams, and what ignores all that
  }

  /** Takes no more RPCs; completes when the last one has ended. */
  CompletableFuture<Void> drain() {
    return CompletableFuture.allOf(
        open.stream().map(Connection::drain).toArray(CompletableFuture<?>[]::new));
  }

  /** Closes all, with all RPCs on them; completes when their sockets are closed. */
  CompletableFuture<Void> closeAll() {
    open.forEach(Connection::cutOff);
    return CompletableFuture.allOf(
        open.stream().map(Connection::close).toArray(CompletableFuture<?>[]::new));
  }
}
