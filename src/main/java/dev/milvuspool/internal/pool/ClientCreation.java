package dev.milvuspool.internal.pool;

import dev.milvuspool.Client;
import dev.milvuspool.internal.client.ClientCore;
import java.util.concurrent.CompletableFuture;

/**
 * A client that is being created by the first thread that claimed its name.
 *
 * @param outcome the client once it is in the pool, or the failure; cancelled if that thread gave
 *     up, so that those who wait look again
 */
record ClientCreation(ClientCore core, CompletableFuture<Client> outcome) {
  ClientCreation(ClientCore core) {
    this(core, new CompletableFuture<>());
  }

  String name() {
    return core.name();
  }
}
