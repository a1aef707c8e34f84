package dev.milvuspool.internal.client;

import dev.milvuspool.Client;
import dev.milvuspool.internal.channel.ConnectionSupervisor;

/** Lets tests of behaviour look at what no user sees. */
public final class ClientInsides {
  private ClientInsides() {}

  public static ConnectionSupervisor supervisor(Client client) {
    return ((DefaultClient) client).core().supervisor();
  }
}
