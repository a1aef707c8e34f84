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
 * an operation on another. A name that is null or blank is an {@link IllegalArgumentException}.
 * After {@link #close()} every operation but {@link #has}, {@link #list}, {@link #stats} and {@code
 * close} throws a {@link PoolClosedException}.
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
   * Returns the client of this name. Never blocks, locks or allocates.
   *
   * @param name its name
   * @return the client
   * @throws ClientNotFoundException if no client of this name is ready
   * @throws PoolClosedException if the pool is closed
   * @throws IllegalArgumentException if the name is null or blank
   */
  Client get(String name);

  /**
   * Returns the client of this name, and creates it if it does not exist. If several threads do
   * this at the same time, one of them connects, and all get its client or its failure. An existing
   * client with other options is returned unchanged; the log has one warning about it. Waits for
   * the connect timeout of the thread that connects, at most.
   *
   * @param name its name
   * @param options those of a new client
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
   * @param options sets them on a builder with the defaults; also called if the client exists
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
   * @param options those of a new client
   * @return the client
   * @throws ClientAlreadyExistsException immediately if the name is taken or being added
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
   * @throws ClientAlreadyExistsException immediately if the name is taken or being added
   * @throws ClientConnectException if it cannot connect; the name is free again
   * @throws PoolClosedException if the pool is closed, before or while connecting
   * @throws IllegalArgumentException if an argument is null, the name blank, or an option wrong
   * @throws MilvusPoolException if the thread is interrupted; its flag stays set
   */
  Client add(String name, Consumer<ClientOptions.Builder> options);

  /**
   * Gives a client new options, such as a new password or address: connects with them, swaps, and
   * drains the old connections in the background, for the drain timeout of the old options. {@link
   * Client} references stay valid, and so do the SDK clients of {@link Client#unwrap()}. Waits for
   * the connect timeout at most.
   *
   * <pre>{@code
   * ClientOptions rotated =
   *     pool.get("main").options().toBuilder().withAuth("root", "new password").build();
   * pool.replace("main", rotated);
   * }</pre>
   *
   * @param name its name
   * @param options its new options
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
   * Removes a client from the pool immediately. Its calls in flight get the drain time to finish,
   * in the background. If there are none, the client is closed when this method returns. The name
   * is free, even if closing fails.
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
   * @return true, also if it is {@link ClientState#DOWN}; false while it is being created
   * @throws IllegalArgumentException if the name is null or blank
   */
  boolean has(String name);

  /** {@return the names of the clients that are ready, as a sorted, immutable snapshot} */
  List<String> list();

  /** {@return a snapshot of the numbers of all clients, without asking any server} */
  PoolStats stats();

  /**
   * Asks all servers in parallel, for 1 second at most. A lazy client that has not connected yet
   * connects first.
   *
   * @return the health of every client by name, sorted; a dead server is no exception
   * @throws PoolClosedException if the pool is closed
   * @throws MilvusPoolException if the thread is interrupted; its flag stays set
   */
  Map<String, ClientHealth> health();

  /**
   * Asks all servers in parallel. A lazy client that has not connected yet connects first.
   *
   * @param timeout for all of them together, above zero
   * @return the health of every client by name, sorted; a dead server is no exception
   * @throws PoolClosedException if the pool is closed
   * @throws IllegalArgumentException if the timeout is null or not above zero
   * @throws MilvusPoolException if the thread is interrupted; its flag stays set
   */
  Map<String, ClientHealth> health(Duration timeout);

  /**
   * Closes all clients in parallel, each with its own drain time. Idempotent. A client that is
   * being created is closed as well, and the thread that creates it gets a {@link
   * PoolClosedException}. Inside a call, it waits for that call as well, as {@link Client#close}
   * does.
   *
   * @throws MilvusPoolException if closing a client failed; all failures are suppressed in it
   */
  @Override
  void close();

  /** Collects the listeners and properties of a pool. Not thread-safe. */
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
     * outside {@code milvus.pool.} are ignored.
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
     *     milvus.pool.fail-fast=false} that client is {@link ClientState#DOWN} and reconnects
     * @throws MilvusPoolException if the thread is interrupted; its flag stays set
     */
    public MilvusPool build() {
      return DefaultMilvusPool.open(
          List.copyOf(listeners), Collections.unmodifiableMap(new HashMap<>(properties)));
    }
  }
}
