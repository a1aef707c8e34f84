package dev.milvuspool;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/** Makes connections. Nothing here blocks the caller. */
interface Connector {
  /**
   * What to dial.
   *
   * @param client the client's name, for messages
   * @param options where and how
   * @param database the database in use, or null for the server's default
   */
  record Target(String client, ClientOptions options, @Nullable String database) {}

  /**
   * Dials the addresses in order, each with its share of the timeout, and verifies the connection.
   *
   * @param executor where it blocks
   * @return the connection, not yet open, or a {@link ClientConnectException}, within the timeout;
   *     cancelling it ends the dial and leaves nothing open
   */
  CompletableFuture<Connection> dial(
      Target target, List<Address> addresses, Duration timeout, Executor executor);

  /**
   * Dials all the connections that a client is to have; they are as they were for {@link #dial}.
   *
   * @return the connections, or the first failure, with nothing left open
   */
  default CompletableFuture<List<Connection>> dialAll(
      Target target, Duration timeout, Executor executor) {
    ClientOptions options = target.options();
    List<CompletableFuture<Connection>> dials = new ArrayList<>();
    for (int i = 0; i < options.connections(); i++) {
      dials.add(dial(target, options.dialOrder(), timeout, executor));
    }
    CompletableFuture<List<Connection>> all = new CompletableFuture<>();
    dials.forEach(
        dial ->
            dial.whenComplete(
                (fresh, failure) -> {
                  if (failure != null) {
                    all.completeExceptionally(Failures.unwrap(failure));
                  }
                }));
    CompletableFuture.allOf(dials.toArray(CompletableFuture<?>[]::new))
        .thenRun(() -> all.complete(dials.stream().map(CompletableFuture::join).toList()));
    all.whenComplete(
        (fresh, failure) -> {
          if (failure != null) { // of one, or all were cancelled
            dials.forEach(
                dial -> {
                  dial.cancel(true);
                  dial.thenAccept(unwanted -> unwanted.discard(target.client()));
                });
          }
        });
    return all;
  }

  /**
   * Asks the addresses in order, each with its share of the timeout, whether a server answers
   * there. Costs no thread, however long it takes.
   *
   * @return the first address that answered, or a {@link ClientConnectException}
   */
  CompletableFuture<Address> knock(Target target, List<Address> addresses, Duration timeout);
}
