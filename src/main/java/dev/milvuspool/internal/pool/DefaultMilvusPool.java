package dev.milvuspool.internal.pool;

import dev.milvuspool.Client;
import dev.milvuspool.ClientAlreadyExistsException;
import dev.milvuspool.ClientHealth;
import dev.milvuspool.ClientNotFoundException;
import dev.milvuspool.ClientOptions;
import dev.milvuspool.ClientStats;
import dev.milvuspool.MilvusPool;
import dev.milvuspool.MilvusPoolException;
import dev.milvuspool.PoolClosedException;
import dev.milvuspool.PoolListener;
import dev.milvuspool.PoolStats;
import dev.milvuspool.internal.client.ClientCore;
import dev.milvuspool.internal.client.DefaultClient;
import dev.milvuspool.internal.common.Await;
import dev.milvuspool.internal.common.Background;
import dev.milvuspool.internal.common.Causes;
import dev.milvuspool.internal.common.Checks;
import dev.milvuspool.internal.common.DeadlineSweeper;
import dev.milvuspool.internal.common.EventDispatcher;
import dev.milvuspool.internal.config.ClientProperties;
import dev.milvuspool.internal.connect.Connector;
import dev.milvuspool.internal.connect.GrpcConnector;
import dev.milvuspool.internal.connect.GrpcStatics;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The implementation of {@link MilvusPool}, over the {@link ClientRegistry} of its names. */
public final class DefaultMilvusPool implements MilvusPool {
  private static final Logger logger = LoggerFactory.getLogger(MilvusPool.class);
  private static final Duration HEALTH_TIMEOUT = Duration.ofSeconds(1);

  private final ClientRegistry registry;
  private final ClientCore.Shared shared;
  private final AtomicBoolean closed = new AtomicBoolean();
  private final CompletableFuture<Void> ended = new CompletableFuture<>();

  /** Takes the background over: it ends with the pool's last client. */
  DefaultMilvusPool(
      List<PoolListener> listeners,
      Background background,
      DeadlineSweeper sweeper,
      Connector connector) {
    registry = new ClientRegistry(background);
    shared =
        new ClientCore.Shared(
            background, sweeper, connector, List.copyOf(listeners), registry::removeClosed);
  }

  /** See {@link MilvusPool.Builder#build}. */
  public static MilvusPool open(List<PoolListener> listeners, Map<String, String> properties) {
    ClientProperties configured = ClientProperties.read(properties);
    Background background = new Background();
    DeadlineSweeper sweeper = new DeadlineSweeper(background);
    DefaultMilvusPool pool =
        new DefaultMilvusPool(
            listeners, background, sweeper, new GrpcConnector(background, sweeper));
    try {
      pool.addAll(configured.clients(), configured.failFast());
    } catch (RuntimeException e) {
      try {
        pool.close();
      } catch (MilvusPoolException unclosed) {
        e.addSuppressed(unclosed);
      }
      throw e;
    }
    return pool;
  }

  private void addAll(Map<String, ClientOptions> configured, boolean failFast) {
    List<ClientCreation> begun = new ArrayList<>();
    configured.forEach(
        (name, options) -> {
          ClientCreation creation = newCreation(name, options);
          registry.claim(creation);
          registry.start(creation, !failFast);
          begun.add(creation);
        });
    RuntimeException first = null;
    for (ClientCreation creation : begun) {
      try {
        registry.await(creation);
      } catch (RuntimeException e) {
        if (first == null) {
          first = e;
        } else {
          first.addSuppressed(e);
        }
      }
    }
    if (first != null) {
      throw first;
    }
  }

  @Override
  public Client get(String name) {
    Checks.notNull("name", name);
    Client client = registry.get(name);
    if (client == null) {
      throw absent(name);
    }
    return client;
  }

  private RuntimeException absent(String name) {
    Checks.notBlank("name", name);
    return registry.isClosed() ? new PoolClosedException(name) : new ClientNotFoundException(name);
  }

  @Override
  public Client mustGet(String name, ClientOptions options) {
    Checks.notBlank("name", name);
    Checks.notNull("options", options);
    while (true) {
      requireOpen(name);
      Client client = registry.get(name);
      if (client == null) {
        ClientCreation mine = newCreation(name, options);
        ClientCreation first = registry.claim(mine);
        if (first == mine) {
          registry.start(mine, false);
          return registry.await(mine);
        }
        mine.core().end(); // it never began, but keeps the threads alive
        client = first == null ? registry.get(name) : registry.awaitOther(first);
      }
      if (client != null) {
        warnOfOtherOptions(client, options);
        return client;
      }
    }
  }

  @Override
  public Client mustGet(String name, Consumer<ClientOptions.Builder> options) {
    return mustGet(Checks.notBlank("name", name), built(options));
  }

  private static void warnOfOtherOptions(Client existing, ClientOptions options) {
    // The caller probably repeats this per request: warn once.
    if (!existing.options().equals(options)
        && ((DefaultClient) existing).core().firstOtherOptions()) {
      logger.warn(
          "[{}] mustGet found a client with other options and returns it as it is; use replace to"
              + " change them. Its own: {}; asked for: {}",
          existing.name(),
          existing.options(),
          options);
    }
  }

  @Override
  public Client add(String name, ClientOptions options) {
    Checks.notBlank("name", name);
    Checks.notNull("options", options);
    requireOpen(name);
    ClientCreation mine = newCreation(name, options);
    if (registry.claim(mine) != mine) {
      mine.core().end();
      throw new ClientAlreadyExistsException(name);
    }
    registry.start(mine, false);
    return registry.await(mine);
  }

  @Override
  public Client add(String name, Consumer<ClientOptions.Builder> options) {
    return add(Checks.notBlank("name", name), built(options));
  }

  private static ClientOptions built(Consumer<ClientOptions.Builder> options) {
    ClientOptions.Builder builder = ClientOptions.builder();
    Checks.notNull("options", options).accept(builder);
    return builder.build();
  }

  private ClientCreation newCreation(String name, ClientOptions options) {
    if (!shared.background().retain()) { // the pool was closed since
      throw new PoolClosedException(name);
    }
    return new ClientCreation(new ClientCore(name, options, shared));
  }

  @Override
  public Client replace(String name, ClientOptions options) {
    Checks.notNull("options", options);
    DefaultClient client = registry.get(Checks.notBlank("name", name));
    if (client == null) {
      throw absent(name);
    }
    client.core().replace(options);
    return client;
  }

  @Override
  public void remove(String name) {
    requireOpen(Checks.notBlank("name", name));
    ClientCore removed = registry.remove(name);
    if (removed == null) {
      throw absent(name);
    }
    if (!removed.isBusy()) {
      removed.awaitEnd();
    }
  }

  @Override
  public boolean has(String name) {
    return registry.get(Checks.notBlank("name", name)) != null;
  }

  @Override
  public List<String> list() {
    return registry.names();
  }

  @Override
  public PoolStats stats() {
    Map<String, ClientStats> stats = new TreeMap<>();
    registry.forEach((name, client) -> stats.put(name, client.core().stats()));
    return new PoolStats(stats);
  }

  @Override
  public Map<String, ClientHealth> health() {
    return health(HEALTH_TIMEOUT);
  }

  @Override
  public Map<String, ClientHealth> health(Duration timeout) {
    Checks.positive(timeout, "timeout");
    requireOpen(null);
    Map<String, CompletableFuture<ClientHealth>> probes = new TreeMap<>();
    registry.forEach((name, client) -> probes.put(name, client.core().probe(timeout)));
    Map<String, ClientHealth> health = new TreeMap<>();
    probes.forEach((name, probe) -> health.put(name, Await.result(probe, name, "health")));
    return Collections.unmodifiableMap(health);
  }

  private void requireOpen(@Nullable String name) {
    if (registry.isClosed()) {
      throw new PoolClosedException(name);
    }
  }

  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      List<ClientCore> all = registry.close();
      shared.background().release();
      shared.background().endWithLastUser();
      CompletableFuture.allOf(
              all.stream().map(ClientCore::end).toArray(CompletableFuture<?>[]::new))
          .whenComplete(
              (done, failure) -> {
                if (failure == null) {
                  ended.complete(null);
                } else {
                  ended.completeExceptionally(collected(all));
                }
              });
      try {
        Await.end(ended);
      } finally {
        EventDispatcher.awaitRemovedHeard(
            all.stream().filter(core -> core.end().isDone()).map(ClientCore::events).toList());
        GrpcStatics.forgetThread();
      }
    } else {
      Await.end(ended);
    }
  }

  private static MilvusPoolException collected(List<ClientCore> all) {
    MilvusPoolException collected =
        new MilvusPoolException("closing clients failed", null, null, null);
    all.stream()
        .map(ClientCore::end)
        .filter(CompletableFuture::isCompletedExceptionally)
        .map(end -> Causes.unwrap(end.handle((done, failure) -> failure).join()))
        .forEach(collected::addSuppressed);
    return collected;
  }

  @Override
  public String toString() {
    return "MilvusPool" + list() + (closed.get() ? " (closed)" : "");
  }
}
