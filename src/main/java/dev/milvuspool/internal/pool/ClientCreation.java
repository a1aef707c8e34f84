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

  /** The thread that was to create the client gave up; waiting ones must look again. */
  static final class Abandoned extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Abandoned(String name) {
      super("the creation of client " + name + " was given up");
    }
  }

  ClientCore core() {
    return core;
  }

  String name() {
    return core.name();
  }

  /** The client once it is in the pool, or why it is not. */
  CompletableFuture<Client> outcome() {
    return outcome;
  }
}
