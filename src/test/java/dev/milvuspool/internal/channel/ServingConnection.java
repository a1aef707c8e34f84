package dev.milvuspool.internal.channel;

import dev.milvuspool.Client;
import dev.milvuspool.internal.client.ClientInsides;
import java.util.List;

/** A connection that serves, as tests see it. Two of the same connection are equal. */
public record ServingConnection(Connection connection) {
  public static List<ServingConnection> of(Client client) {
    return ClientInsides.supervisor(client).snapshot().serving().stream()
        .map(ServingConnection::new)
        .toList();
  }

  public int inFlight() {
    return connection.inFlight();
  }

  public long load() {
    return connection.load();
  }

  public String endpoint() {
    return connection.transport().endpoint().toString();
  }
}
