package dev.milvuspool.internal.channel;

import dev.milvuspool.ClientOptions;
import dev.milvuspool.internal.common.Background;
import dev.milvuspool.internal.connect.Connector;
import dev.milvuspool.internal.connect.EndpointLoads;
import dev.milvuspool.internal.connect.FakeChannel;
import dev.milvuspool.internal.connect.InMemoryConnector;
import io.milvus.shaded.io.grpc.ManagedChannel;

/** Makes connections to nothing. */
final class IdleConnections implements AutoCloseable {
  private final Background background = new Background();
  private final OpenConnections open =
      new OpenConnections(background, InFlightCallsTest.inFlightCalls());

  Connection connection(String address) {
    return connection(address, new InMemoryConnector(background));
  }

  Connection connection(String address, FakeChannel channel) {
    return connection(
        address,
        new InMemoryConnector(background) {
          @Override
          protected ManagedChannel newChannel() {
            return channel;
          }
        });
  }

  private Connection connection(String address, InMemoryConnector connector) {
    ClientOptions options = ClientOptions.builder().withAddress(address).build();
    EndpointLoads loads = new EndpointLoads();
    return open.add(
        connector
            .connect(
                new Connector.Target("main", options, null),
                Connector.Route.first(loads),
                options.connectTimeout())
            .join(),
        loads);
  }

  @Override
  public void close() {
    background.release();
    background.endWithLastUser();
  }
}
