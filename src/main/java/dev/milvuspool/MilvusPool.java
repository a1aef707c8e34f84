package dev.milvuspool;

import dev.milvuspool.internal.common.Checks;
import dev.milvuspool.internal.pool.DefaultMilvusPool;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * A pool of named Milvus clients that reconnect automatically. Thread-safe; one pool serves a whole
 * application.
 *
 * <pre>{@code
 * try (MilvusPool pool = MilvusPool.create()) {
 *   pool.add("main", options -> options.withAddress("localhost:19530").withAuth("root", "Milvus"));
 *   List<String> collections = pool.get("main").listCollections();
 * }
 * }</pre>
 *
 * <p>Nothing that happens to one name (connecting to a dead server, draining, reconnecting) delays
 * an operation on another. A name is not null and not blank, else an {@link
 * IllegalArgumentException}. After {@link #close()} every operation but {@link #has}, {@link
 * #list}, {@link #stats} and {@code close} throws a {@link PoolClosedException}.
 */
public interface MilvusPool extends AutoCloseable {
  /** {@return an empty pool, to be closed by the caller} */
  static MilvusPool create() {
    return builder().build();
  }

  /** {@return a builder of a pool with listeners or from properties} */
  static Builder builder() {
    return new Builder();
  }

  /**
   * The client of this name: one map read, which never blocks, locks or allocates.
   *
   * @param name its name
   * @return the client
   * @throws ClientNotFoundException if there is none that is ready
   * @throws PoolClosedException if the pool is closed
   * @throws IllegalArgumentException if the name is null or blank
   */
  Client get(String name);

  /**
   * The client of this name, which is created if it is not there. Of concurrent callers one
   * connects, and all get its client or its failure. An existing client with other options is
   * returned as it is; the caller probably repeats this per request, so there is one warning in the
   * log for the client, then lines at DEBUG. Waits no longer than the connect timeout of the caller
   * who connects.
   *
   * @param name its name
   * @param options what to make it with
   * @return the client
   * @throws ClientConnectException if it cannot connect; the name is free again
   * @throws PoolClosedException if the pool is closed, before or while connecting
   * @throws IllegalArgumentException if an argument is null, or the name blank
   * @throws MilvusPoolException if the thread is interrupted; its flag stays set
   */
  Client mustGet(String name, ClientOptions options);

  /**
   * {@link #mustGet(String, ClientOptions)} with options built on the spot.
   *
   * @param name its name
   * @param options sets them on a builder with the defaults; called for an existing client, too
   * @return the client
   * @throws ClientConnectException if it cannot connect; the name is free again
   * @throws PoolClosedException if the pool is closed, before or while connecting
   * @throws IllegalArgumentException if an argument is null, the name blank, or an option wrong
   * @throws MilvusPoolException if the thread is interrupted; its flag stays set
   */
  Client mustGet(String name, Consumer<ClientOptions.Builder> options);

  /**
   * Connects and adds a client. Waits for the connect timeout at most.
   *
   * @param name its name
   * @param options what to make it with
   * @return the client
   * @throws ClientAlreadyExistsException immediately if the name is taken or just being created
   * @throws ClientConnectException if it cannot connect; the name is free again
   * @throws PoolClosedException if the pool is closed, before or while connecting
   * @throws IllegalArgumentException if an argument is null, or the name blank
   * @throws MilvusPoolException if the thread is interrupted; its flag stays set
   */
  Client add(String name, ClientOptions options);

  /**
   * {@link #add(String, ClientOptions)} with options built on the spot.
   *
   * @param name its name
   * @param options sets them on a builder with the defaults
   * @return the client
   * @throws ClientAlreadyExistsException immediately if the name is taken or just being created
   * @throws ClientConnectException if it cannot connect; the name is free again
   * @throws PoolClosedException if the pool is closed, before or while connecting
   * @throws IllegalArgumentException if an argument is null, the name blank, or an option wrong
   * @throws MilvusPoolException if the thread is interrupted; its flag stays set
   */
  Client add(String name, Consumer<ClientOptions.Builder> options);

  /**
   * Gives a client new options (a new password, a new address): connects with them, swaps, and
   * drains the old connections in the background, for the drain timeout of the old options. {@link
   * Client} references handed out before keep working, and so does what {@link Client#unwrap()}
   * returned. Waits for the connect timeout at most.
   *
   * <pre>{@code
   * ClientOptions rotated =
   *     pool.get("main").options().toBuilder().withAuth("root", "new password").build();
   * pool.replace("main", rotated);
   * }</pre>
   *
   * @param name its name
   * @param options the new ones
   * @return the same client
   * @throws ClientNotFoundException if there is none
   * @throws ClientConnectException if it cannot connect; the client stays as it was
   * @throws ClientClosedException if the client is removed or closed meanwhile
   * @throws PoolClosedException if the pool is closed
   * @throws IllegalArgumentException if an argument is null, or the name blank
   * @throws MilvusPoolException if the thread is interrupted; its flag stays set
   */
  Client replace(String name, ClientOptions options);

  /**
   * Takes a client out of the pool immediately. Its calls in flight get the drain time to finish,
   * in the background; a client without any is closed when this method returns. Whatever goes wrong
   * while closing, the name is gone.
   *
   * @param name its name
   * @throws ClientNotFoundException if there is none
   * @throws PoolClosedException if the pool is closed
   * @throws IllegalArgumentException if the name is null or blank
   * @throws MilvusPoolException if closing the client failed
   */
  void remove(String name);

  /**
   * Whether a client of this name is ready.
   *
   * @param name its name
   * @return false also while it is being created; true also of one that is {@link ClientState#DOWN}
   * @throws IllegalArgumentException if the name is null or blank
   */
  boolean has(String name);

  /** {@return the names of the clients that are ready, as a sorted, immutable snapshot} */
  List<String> list();

  /** {@return a snapshot of the numbers of all clients, without asking any server} */
  PoolStats stats();

  /**
   * Asks all servers in parallel, for 1 second at most. A lazy client that has not connected yet
   * connects for it.
   *
   * @return the health of every client by name, sorted; never throws for a dead one
   * @throws PoolClosedException if the pool is closed
   */
  Map<String, ClientHealth> health();

  /**
   * Asks all servers in parallel. A lazy client that has not connected yet connects for it.
   *
   * @param timeout for all of them together, above zero
   * @return the health of every client by name, sorted; never throws for a dead one
   * @throws PoolClosedException if the pool is closed
   * @throws IllegalArgumentException if the timeout is null or not above zero
   */
  Map<String, ClientHealth> health(Duration timeout);

  /**
   * Closes all clients in parallel, each with its own drain time. Idempotent. A client that is
   * being created is closed as well, and its creator gets a {@link PoolClosedException}. From
   * within a call, it waits for that very call too, as {@link Client#close} says.
   *
   * @throws MilvusPoolException if closing a client failed; all failures are suppressed in it
   */
  @Override
  void close();

  /** Collects what a pool is made of. Not thread-safe. */
  final class Builder {
    private final List<PoolListener> listeners = new ArrayList<>();
    private final Map<String, String> properties = new HashMap<>();

    private Builder() {}

    /**
     * Adds a listener.
     *
     * @param listener receives the events of every client, after the listeners added before it
     * @return this builder
     * @throws IllegalArgumentException if it is null
     */
    public Builder withListener(PoolListener listener) {
      listeners.add(Checks.notNull("listener", listener));
      return this;
    }

    /**
     * Adds clients from properties named {@code milvus.pool.clients.<name>.<key>}. Properties
     * outside {@code milvus.pool.} are left alone.
     *
     * @param properties copied; added to those given before
     * @return this builder
     * @throws IllegalArgumentException if the map is null
     */
    public Builder withProperties(Map<String, String> properties) {
      this.properties.putAll(Checks.notNull("properties", properties));
      return this;
    }

    /**
     * Makes the pool and connects the clients of the properties in parallel.
     *
     * @return a pool to be closed by the caller
     * @throws IllegalArgumentException if properties are wrong; all errors at once
     * @throws ClientConnectException if a client cannot connect; nothing stays open. With {@code
     *     milvus.pool.fail-fast=false} the client is there, {@link ClientState#DOWN}, and
     *     reconnects
     */
    public MilvusPool build() {
      return DefaultMilvusPool.open(
          List.copyOf(listeners), Collections.unmodifiableMap(new HashMap<>(properties)));
    }
  }
}
