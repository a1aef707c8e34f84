package dev.milvuspool.internal.pool;

import dev.milvuspool.Client;
import dev.milvuspool.internal.client.ClientCore;
import java.util.concurrent.CompletableFuture;

/**
 * A client on its way into the pool, by the one who was first to claim its name.
 *
 * @param outcome the client once it is in the pool, or why it is not; cancelled if it was given up
 *     by the thread that was about to, so that whoever waits is to look again
 */
record ClientCreation(ClientCore core, CompletableFuture<Client> outcome) {
  ClientCreation(ClientCore core) {
    this(core, new CompletableFuture<>());
  }

  String name() {
    return core.name();
  }
}
