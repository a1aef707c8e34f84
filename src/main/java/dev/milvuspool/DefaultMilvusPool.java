package dev.milvuspool;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A map of ready clients, and beside it a map of those being created. Whoever puts its creation in
 * first dials, outside of both; the others wait for it or fail, as they asked for.
 */
final class DefaultMilvusPool implements MilvusPool {
  private static final Logger logger = LoggerFactory.getLogger(MilvusPool.class);
  private static final Duration HEALTH_TIMEOUT = Duration.ofSeconds(1);

  private final ConcurrentMap<String, DefaultClient> clients = new ConcurrentHashMap<>();
  private final ConcurrentMap<String, Creation> creations = new ConcurrentHashMap<>();
  private final AtomicBoolean closed = new AtomicBoolean();
  private final CompletableFuture<Void> ended = new CompletableFuture<>();
  private final Background background;
  private final Connector connector;
  private final RandomGenerator random = () -> ThreadLocalRandom.current().nextLong();
  private final List<PoolListener> listeners;

  /**
   * A client on its way into the pool.
   *
   * @param core the client
   * @param done the client, or why there is none
   */
  private record Creation(ClientCore core, CompletableFuture<Client> done) {}

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
        (name, options) -> begun.add(create(name, newCreation(name, options), !failFast)));
    RuntimeException first = null;
    for (Creation creation : begun) {
      try {
        await(creation);
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
      Client existing = clients.get(name);
      if (existing == null) {
        Creation mine = newCreation(name, options);
        Creation first = creations.putIfAbsent(name, mine);
        if (first == null && !clients.containsKey(name)) {
          return await(create(name, mine, false));
        }
        if (first == null) { // it became ready before this creation was put in
          withdraw(name, mine);
          continue;
        }
        existing = awaitOther(first);
        if (existing == null) {
          continue;
        }
      }
      warnOfOtherOptions(existing, options);
      return existing;
    }
  }

  @Override
  public Client mustGet(String name, Consumer<ClientOptions.Builder> options) {
    return mustGet(Checks.notBlank("name", name), built(options));
  }

  private static void warnOfOtherOptions(Client existing, ClientOptions options) {
    if (!existing.options().equals(options)) {
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
    Creation mine = newCreation(name, options);
    if (clients.containsKey(name) || creations.putIfAbsent(name, mine) != null) {
      throw new ClientAlreadyExistsException(name);
    }
    if (clients.containsKey(name)) {
      withdraw(name, mine);
      throw new ClientAlreadyExistsException(name);
    }
    return await(create(name, mine, false));
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
    return new Creation(core, new CompletableFuture<>());
  }

  /** Dials in the background and puts the client in; the name is free again if that fails. */
  private Creation create(String name, Creation creation, boolean evenIfDown) {
    ClientCore core = creation.core;
    CompletableFuture<Void> connected =
        core.options().lazyConnect()
            ? CompletableFuture.completedFuture(null)
            : core.supervisor().connect();
    connected.whenComplete(
        (served, failure) -> {
          try {
            if (failure != null && (!evenIfDown || connected.isCancelled())) {
              throw Failures.unchecked(failure);
            }
            putIn(name, creation, failure);
          } catch (RuntimeException e) {
            creations.remove(name, creation);
            creation.done.completeExceptionally(e);
            core.end();
          }
        });
    // An interrupted or closed-down creator ends the dial.
    creation.done.whenComplete(
        (client, failure) -> {
          if (failure != null) {
            connected.cancel(true);
          }
        });
    if (closed.get()) {
      creation.done.completeExceptionally(new PoolClosedException(name));
    }
    return creation;
  }

  /**
   * Puts the client in.
   *
   * @param failure what its dial failed with, so that it begins as one that is down; or null
   */
  private void putIn(String name, Creation creation, @Nullable Throwable failure) {
    DefaultClient client = new DefaultClient(creation.core, null);
    clients.put(name, client);
    creations.remove(name, creation);
    if (closed.get() && clients.remove(name, client)) {
      throw new PoolClosedException(name);
    }
    if (creation.done.isDone()) { // its creator has given up
      clients.remove(name, client);
      creation.core.end();
      return;
    }
    creation.core.events().noteAdded(creation.core.options(), creation.core::stats);
    if (failure != null) {
      creation.core.supervisor().startDown(failure);
    }
    if (!creation.done.complete(client) && clients.remove(name, client)) {
      end(creation.core);
    }
  }

  private Client await(Creation creation) {
    String name = creation.core.name();
    try {
      return Waits.await(creation.done.copy(), name, "connect");
    } catch (ClientConnectException e) {
      creation.core.events().noteConnectFailed(e);
      throw e;
    } catch (MilvusPoolException e) {
      if (Thread.currentThread().isInterrupted()) {
        creation.done.completeExceptionally(new Abandoned(name));
      }
      throw e;
    } finally {
      creation.core.events().deliver();
    }
  }

  /**
   * The client that another thread is creating, or that thread's failure; null if it has left the
   * creation to others.
   */
  private @Nullable Client awaitOther(Creation creation) {
    try {
      return Waits.await(creation.done.copy(), creation.core.name(), "connect");
    } catch (Abandoned e) {
      return null;
    }
  }

  /** It was put in too late; whoever waits for it already is to look again. */
  private void withdraw(String name, Creation creation) {
    creations.remove(name, creation);
    creation.done.completeExceptionally(new Abandoned(name));
  }

  /** A client is not created after all, by the thread that was about to. */
  private static final class Abandoned extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Abandoned(String name) {
      super("the creation of client " + name + " was given up");
    }
  }

  @Override
  public Client replace(String name, ClientOptions options) {
    Checks.notNull("options", options);
    DefaultClient client = present(name);
    client.core().supervisor().replace(options);
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
    forgetCreation(client.core());
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
    forgetCreation(core);
    end(core);
  }

  /** Who removes a client that was only just put in may be ahead of the one who put it there. */
  private void forgetCreation(ClientCore core) {
    Creation creation = creations.get(core.name());
    if (creation != null && creation.core == core) {
      creations.remove(core.name(), creation);
    }
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
      creations.forEach(
          (name, creation) -> creation.done.completeExceptionally(new PoolClosedException(name)));
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
