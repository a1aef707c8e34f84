package dev.milvuspool.internal.channel;

import dev.milvuspool.ClientConnectException;
import dev.milvuspool.ClientConnectException.Reason;
import dev.milvuspool.ClientOptions;
import dev.milvuspool.internal.common.Background;
import dev.milvuspool.internal.common.DeadlineSweeper;
import dev.milvuspool.internal.common.EventDispatcher;
import dev.milvuspool.internal.connect.Endpoint;
import dev.milvuspool.internal.connect.FakeCall;
import dev.milvuspool.internal.connect.FakeChannel;
import dev.milvuspool.internal.connect.InMemoryConnector;
import dev.milvuspool.internal.connect.Transport;
import io.milvus.shaded.io.grpc.ManagedChannel;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

/** The connections of a client without a network, so that a test can end them at any moment. */
final class InMemoryClient implements AutoCloseable {
  final Background background = new Background();
  final List<FakeChannel> channels = new CopyOnWriteArrayList<>();
  final ConnectionSupervisor supervisor;
  volatile boolean reachable = true;
  volatile boolean answersOthers;

  /** The dials that begin from now on wait for this. */
  volatile CompletableFuture<Void> dialled = CompletableFuture.completedFuture(null);

  /**
   * Is not connected yet.
   *
   * @param server does this with each request
   */
  InMemoryClient(ClientOptions.Builder options, Consumer<FakeCall<?, ?>> server) {
    supervisor =
        new ConnectionSupervisor(
            "main",
            options
                .withHealthCheckInterval(Duration.ZERO)
                .withReconnectBackoff(Duration.ofMillis(10), Duration.ofMillis(50))
                .build(),
            background,
            new DeadlineSweeper(background),
            new InMemoryConnector(background) {
              @Override
              protected ManagedChannel newChannel() {
                FakeChannel channel = new FakeChannel(server);
                channels.add(channel);
                return channel;
              }

              @Override
              public boolean hasAnswered(Endpoint endpoint, long since) {
                return answersOthers;
              }

              @Override
              public CompletableFuture<Transport> connect(
                  Target target, Route route, Duration timeout) {
                return reachable
                    ? dialled.thenCompose(done -> super.connect(target, route, timeout))
                    : CompletableFuture.failedFuture(
                        new ClientConnectException(
                            Reason.REFUSED, "nobody listens", "main", "localhost:19530", null));
              }
            },
            new EventDispatcher("main", List.of(), background),
            new Random(5));
  }

  /** The methods of the RPCs that were begun on a connection, in their order. */
  List<String> received(int channel) {
    return channels.get(channel).calls().stream().<String>map(FakeCall::method).toList();
  }

  @Override
  public void close() {
    supervisor.closeConnections().join();
    background.release();
    background.endWithLastUser();
  }
}
