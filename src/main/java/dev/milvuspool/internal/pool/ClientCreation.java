package dev.milvuspool.internal.pool;

import dev.milvuspool.Client;
import dev.milvuspool.internal.client.ClientCore;
import java.util.concurrent.CompletableFuture;

/** A client that is being created by the first thread that claimed its name. */
final class ClientCreation {
  private final ClientCore core;
  private final CompletableFuture<Client> outcome = new CompletableFuture<>();

  ClientCreation(ClientCore core) {
    this.core = core;
  }

  ClientCore core() {
    return core;
  }

  String name() {
    return core.name();
  }

  /**
   * The client once it is in the pool, or the failure; cancelled if that thread gave up, so that
   * those who wait look again.
   */
  CompletableFuture<Client> outcome() {
    return outcome;
  }
}
