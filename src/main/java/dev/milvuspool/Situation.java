package dev.milvuspool;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * What a client is at one moment; immutable, so that a call reads it without a lock.
 *
 * @param epoch counts the changes of options and database; a dial begun in an older one is void
 * @param state up, down or closed
 * @param since when it came into that state
 * @param sinceNanos the same for measuring
 * @param serving the connections that take calls; empty while down, and before the first dial of a
 *     lazy client
 * @param options the options in use
 * @param database the database in use, or null for the server's default
 * @param lastError of a client that is down, why: the latest dial's failure
 * @param left done when the state is left
 */
record Situation(
    int epoch,
    ClientState state,
    Instant since,
    long sinceNanos,
    List<Connection> serving,
    ClientOptions options,
    @Nullable String database,
    @Nullable MilvusPoolException lastError,
    CompletableFuture<Void> left) {

  static Situation initial(ClientState state, ClientOptions options) {
    return new Situation(
        0,
        state,
        Instant.now(),
        System.nanoTime(),
        List.of(),
        options,
        options.database().orElse(null),
        null,
        new CompletableFuture<>());
  }

  /** Into another state, or with other connections in the same one. */
  Situation with(
      ClientState next, List<Connection> connections, @Nullable MilvusPoolException error) {
    assert state.mayBecome(next) : state + " to " + next;
    boolean changed = next != state;
    return new Situation(
        epoch,
        next,
        changed ? Instant.now() : since,
        changed ? System.nanoTime() : sinceNanos,
        List.copyOf(connections),
        options,
        database,
        error,
        changed ? new CompletableFuture<>() : left);
  }

  /** With other options or another database: a new epoch. */
  Situation configured(ClientOptions newOptions, @Nullable String newDatabase) {
    return new Situation(
        epoch + 1, state, since, sinceNanos, serving, newOptions, newDatabase, lastError, left);
  }

  List<Connection> servingWithout(Connection gone) {
    List<Connection> rest = new ArrayList<>(serving);
    rest.remove(gone);
    return rest;
  }

  List<Connection> servingAnd(Connection fresh) {
    List<Connection> all = new ArrayList<>(serving);
    all.add(fresh);
    return all;
  }

  /** The connection for the next call, or null if none serves. */
  @Nullable Connection leastLoaded() {
    if (serving.isEmpty()) {
      return null;
    }
    Connection least = serving.get(0);
    long load = serving.size() == 1 ? 0 : least.load();
    for (int i = 1; i < serving.size(); i++) {
      Connection other = serving.get(i);
      long otherLoad = other.load();
      if (otherLoad < load) {
        least = other;
        load = otherLoad;
      }
    }
    return least;
  }

  /** How many connections there ought to be more. */
  int missing() {
    return state == ClientState.CLOSED ? 0 : options.connections() - serving.size();
  }

  /** Whether connections are missing that are to be brought back. */
  boolean needsReconnect() {
    return state == ClientState.DOWN
        || (state == ClientState.UP && !serving.isEmpty() && missing() > 0);
  }

  Connector.Target target(String client) {
    return new Connector.Target(client, options, database);
  }

  /** The address that serves, or that is dialled first. */
  String address() {
    return serving.isEmpty() ? options.address() : serving.get(0).address().toString();
  }

  /** For a call that may not wait for the recovery. */
  ClientUnavailableException unavailable(String client, String what) {
    return new ClientUnavailableException(
        "client "
            + client
            + " is DOWN since "
            + since
            + ": "
            + what
            + " at "
            + address()
            + " was not sent; it reconnects by itself; "
            + reason(),
        client,
        address(),
        false,
        lastError);
  }

  /** For a call that waited for a connection until its deadline. */
  ClientTimeoutException timedOut(String client, String what, Duration waited) {
    return new ClientTimeoutException(
        "client "
            + client
            + ": "
            + what
            + " at "
            + address()
            + " was not sent: its deadline passed after "
            + waited.toMillis()
            + " ms without a connection; it connects by itself; "
            + reason(),
        client,
        address(),
        lastError);
  }

  private String reason() {
    return lastError == null
        ? "no dial has ended yet"
        : "the latest error: " + lastError.getMessage();
  }
}
