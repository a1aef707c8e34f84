package dev.milvuspool;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
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
   * @return the connection, not yet open, or a {@link ClientConnectException}, within the timeout;
   *     cancelling it ends the dial and leaves nothing open
   */
  CompletableFuture<Connection> dial(Target target, List<Address> addresses, Duration timeout);

  /**
   * Dials as {@link #dial} does, for a client that has lost a connection: nobody waits for it.
   *
   * @param address that has answered a {@link #knock}
   * @return the same; cancelled where so many redials to this address are under way that another
   *     one would take the room of other servers' clients
   */
  CompletableFuture<Connection> redial(Target target, Address address, Duration timeout);

  /**
   * Dials all the connections that a client is to have; they are as they were for {@link #dial}.
   *
   * @return the connections, or the first failure, with nothing left open
   */
  default CompletableFuture<List<Connection>> dialAll(Target target, Duration timeout) {
    ClientOptions options = target.options();
    CompletableFuture<List<Connection>> all = new CompletableFuture<>();
    List<CompletableFuture<Connection>> dials = new ArrayList<>();
    AtomicInteger left = new AtomicInteger(options.connections());
    for (int i = 0; i < options.connections(); i++) {
      CompletableFuture<Connection> each = dial(target, options.dialOrder(), timeout);
      dials.add(each);
      each.whenComplete(
          (fresh, failure) -> {
            if (failure != null) {
              all.completeExceptionally(Failures.unwrap(failure));
            } else if (left.decrementAndGet() == 0) {
              all.complete(joined(dials));
            }
          });
    }
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

  private static List<Connection> joined(List<CompletableFuture<Connection>> dials) {
    List<Connection> all = new ArrayList<>(dials.size());
    for (CompletableFuture<Connection> dial : dials) {
      all.add(dial.join());
    }
    return all;
  }

  /**
   * Asks the addresses in order, each with its share of the timeout, whether a server answers
   * there. Costs no thread, however long it takes.
   *
   * @return the first address that answered, or a {@link ClientConnectException}
   */
  CompletableFuture<Address> knock(Target target, List<Address> addresses, Duration timeout);

  /**
   * Knocks for a client that has lost its server. What others have heard from it since is answer
   * enough.
   *
   * @param lostAt of {@link System#nanoTime()}
   * @return the same; cancelled where so many others are asking that they will find out
   */
  CompletableFuture<Address> knockAgain(
      Target target, List<Address> addresses, Duration timeout, long lostAt);
}
