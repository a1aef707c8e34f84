package dev.milvuspool;

import dev.milvuspool.Creations.Creation;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/** A map of ready clients; those being created are kept apart, see {@link Creations}. */
final class DefaultMilvusPool implements MilvusPool {
  private static final Logger logger = LoggerFactory.getLogger(MilvusPool.class);
  private static final Duration HEALTH_TIMEOUT = Duration.ofSeconds(1);

  /** Declared as what it is, not as the interface: that makes {@link #get} a tenth faster. */
  private final ConcurrentHashMap<String, DefaultClient> clients = new ConcurrentHashMap<>();

  private final AtomicBoolean closed = new AtomicBoolean();
  private final Creations creations = new Creations(clients, closed::get, this::end);
  private final CompletableFuture<Void> ended = new CompletableFuture<>();
  private final Background background;
  private final Connector connector;
  private final RandomGenerator random = () -> ThreadLocalRandom.current().nextLong();
  private final List<PoolListener> listeners;

  /** Takes the background over: it ends with the pool. */
  DefaultMilvusPool(List<PoolListener> listeners, Background background, Connector connector) {
    this.listeners = List.copyOf(listeners);
    this.background = background;
    this.connector = connector;
  }

  static MilvusPool open(PoolSettings settings) {
    ClientProperties configured = ClientProperties.read(settings.properties);
    Background background = new Background();
    DefaultMilvusPool pool =
        new DefaultMilvusPool(
            settings.listeners,
            background,
            new SdkConnector(background, new Deadlines(background)));
    OpenPools.opened(pool);
    try {
      pool.addAll(configured.clients(), configured.failFast());
    } catch (RuntimeException e) {
      pool.closeAfter(e);
      throw e;
    }
    return pool;
  }

  private void closeAfter(RuntimeException failure) {
    try {
      close();
    } catch (MilvusPoolException e) {
      failure.addSuppressed(e);
    }
  }

  private void addAll(Map<String, ClientOptions> configured, boolean failFast) {
    List<Creation> begun = new ArrayList<>();
    configured.forEach(
        (name, options) -> {
          Creation creation = newCreation(name, options);
          creations.claim(creation);
          creations.start(creation, !failFast);
          begun.add(creation);
        });
    RuntimeException first = null;
    for (Creation creation : begun) {
      try {
        creations.await(creation);
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
    Client client = clients.get(name);
    if (client == null) {
      throw absent(name);
    }
    return client;
  }

  private RuntimeException absent(String name) {
    Checks.notBlank("name", name);
    return closed.get() ? new PoolClosedException(name) : new ClientNotFoundException(name);
  }

  @Override
  public Client mustGet(String name, ClientOptions options) {
    Checks.notBlank("name", name);
    Checks.notNull("options", options);
    while (true) {
      requireOpen(name);
      Client client = clients.get(name);
      if (client == null) {
        Creation mine = newCreation(name, options);
        Creation first = creations.claim(mine);
        if (first == mine) {
          creations.start(mine, false);
          return creations.await(mine);
        }
        client = first == null ? clients.get(name) : creations.awaitOther(first);
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
    if (!existing.options().equals(options)) {
      // Who asks once will ask again, for each request perhaps.
      boolean first = ((BaseClient) existing).core().firstOtherOptions();
      logger
          .atLevel(first ? Level.WARN : Level.DEBUG)
          .log(
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
    Creation mine = newCreation(name, options);
    if (creations.claim(mine) != mine) {
      throw new ClientAlreadyExistsException(name);
    }
    creations.start(mine, false);
    return creations.await(mine);
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

  private Creation newCreation(String name, ClientOptions options) {
    ClientCore core =
        new ClientCore(name, options, background, connector, listeners, random, this::removeClosed);
    return new Creation(core);
  }

  @Override
  public Client replace(String name, ClientOptions options) {
    Checks.notNull("options", options);
    DefaultClient client = present(name);
    client.core().supervisor().reconfiguration().replace(options);
    return client;
  }

  private DefaultClient present(String name) {
    DefaultClient client = clients.get(Checks.notBlank("name", name));
    if (client == null) {
      throw absent(name);
    }
    return client;
  }

  @Override
  public void remove(String name) {
    requireOpen(Checks.notBlank("name", name));
    DefaultClient client = clients.remove(name);
    if (client == null) {
      throw absent(name);
    }
    creations.forget(client.core());
    end(client.core());
    if (client.core().supervisor().inFlight() == 0) {
      client.core().awaitEnd();
    }
  }

  /** The user closed the client itself. */
  private void removeClosed(ClientCore core) {
    DefaultClient client = clients.get(core.name());
    if (client != null && client.core() == core) {
      clients.remove(core.name(), client);
    }
    creations.forget(core);
    end(core);
  }

  private CompletableFuture<Void> end(ClientCore core) {
    return core.endOnce(
        () -> {
          core.events().noteRemoved();
          core.events().deliver();
        });
  }

  @Override
  public boolean has(String name) {
    return clients.containsKey(Checks.notBlank("name", name));
  }

  @Override
  public List<String> list() {
    return clients.keySet().stream().sorted().toList();
  }

  @Override
  public PoolStats stats() {
    Map<String, ClientStats> stats = new TreeMap<>();
    clients.forEach((name, client) -> stats.put(name, client.core().stats()));
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
    clients.forEach((name, client) -> probes.put(name, client.core().probe(timeout)));
    Map<String, ClientHealth> health = new TreeMap<>();
    probes.forEach((name, probe) -> health.put(name, Waits.await(probe, name, "health")));
    return Collections.unmodifiableMap(health);
  }

  private void requireOpen(@Nullable String name) {
    if (closed.get()) {
      throw new PoolClosedException(name);
    }
  }

  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      OpenPools.closed(this);
      creations.failAll();
      List<ClientCore> all = clients.values().stream().map(DefaultClient::core).toList();
      clients.clear();
      List<CompletableFuture<Void>> ends = all.stream().map(this::end).toList();
      CompletableFuture.allOf(ends.toArray(CompletableFuture<?>[]::new))
          .whenComplete(
              (done, failure) -> {
                background.close();
                MilvusPoolException collected = collect(ends);
                if (collected == null) {
                  ended.complete(null);
                } else {
                  ended.completeExceptionally(collected);
                }
              });
    }
    Waits.awaitEnd(ended);
  }

  private static @Nullable MilvusPoolException collect(List<CompletableFuture<Void>> ends) {
    MilvusPoolException collected = null;
    for (CompletableFuture<Void> end : ends) {
      if (end.isCompletedExceptionally()) {
        if (collected == null) {
          collected = new MilvusPoolException("closing clients failed", null, null, null);
        }
        try {
          end.join();
        } catch (RuntimeException e) {
          collected.addSuppressed(Failures.unwrap(e));
        }
      }
    }
    return collected;
  }

  @Override
  public String toString() {
    return "MilvusPool" + list() + (closed.get() ? " (closed)" : "");
  }
}
