package dev.milvuspool.internal.pool;

import dev.milvuspool.Client;
import dev.milvuspool.ClientConnectException;
import dev.milvuspool.MilvusPoolException;
import dev.milvuspool.PoolClosedException;
import dev.milvuspool.internal.client.ClientCore;
import dev.milvuspool.internal.client.DefaultClient;
import dev.milvuspool.internal.common.Await;
import dev.milvuspool.internal.common.Background;
import dev.milvuspool.internal.common.Causes;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.Executor;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * The names of a pool: the clients that are ready, and those being created. A name is absent, being
 * created, or ready.
 *
 * <p>The first thread that claims a name, by {@code putIfAbsent}, dials outside of any map. The
 * others wait for that creation, or fail. So no dial delays another name. Removed clients are kept
 * until they have ended, so that the pool's close can wait for them.
 */
final class ClientRegistry {
  /** Declared as the class, not the interface: that makes {@link #get} a tenth faster. */
  private final ConcurrentHashMap<String, DefaultClient> ready = new ConcurrentHashMap<>();

  private final ConcurrentMap<String, ClientCreation> creations = new ConcurrentHashMap<>();
  private final Set<ClientCore> ending = ConcurrentHashMap.newKeySet();
  private final Executor adding;
  private volatile boolean closed;

  ClientRegistry(Background background) {
    adding = background.foreign();
  }

  // ---- reading

  @Nullable DefaultClient get(String name) {
    return ready.get(name);
  }

  List<String> names() {
    return ready.keySet().stream().sorted().toList();
  }

  void forEach(BiConsumer<String, DefaultClient> action) {
    ready.forEach(action);
  }

  boolean isClosed() {
    return closed;
  }

  // ---- creating

  /**
   * Claims a name.
   *
   * @return the same if it claimed the name, the one that was first, or null if a client has the
   *     name
   */
  @Nullable ClientCreation claim(ClientCreation mine) {
    String name = mine.name();
    if (ready.containsKey(name)) {
      return null;
    }
    ClientCreation first = creations.putIfAbsent(name, mine);
    if (first != null) {
      return first;
    }
    if (ready.containsKey(name)) { // it became ready before this one was put in
      creations.remove(name, mine);
      mine.outcome().cancel(false);
      return null;
    }
    return mine;
  }

  /**
   * Dials in the background and puts the client in; the name is free again if that fails.
   *
   * @param evenIfDown whether a client that cannot be dialled is put in as well, down
   */
  void start(ClientCreation creation, boolean evenIfDown) {
    ClientCore core = creation.core();
    CompletableFuture<Void> connected =
        core.options().lazyConnect() ? CompletableFuture.completedFuture(null) : core.connect();
    connected.whenComplete(
        (served, failure) -> {
          if (failure != null && (!evenIfDown || connected.isCancelled())) {
            failed(creation, Causes.unwrap(failure)); // here: it is in time, whatever hangs
          } else {
            adding.execute(() -> connected(creation, failure)); // listeners receive it there
          }
        });
    // An interrupted or closed-down creator ends the dial.
    creation
        .outcome()
        .whenComplete(
            (client, failure) -> {
              if (failure != null) {
                connected.cancel(true);
              }
            });
    if (closed) {
      fail(creation);
    }
  }

  private void failed(ClientCreation creation, Throwable failure) {
    creations.remove(creation.name(), creation);
    creation.outcome().completeExceptionally(failure);
    end(creation.core());
  }

  private void connected(ClientCreation creation, @Nullable Throwable failure) {
    try {
      putIn(creation, failure);
    } catch (Throwable e) {
      failed(creation, e);
    }
  }

  /**
   * Adds the client.
   *
   * @param failure of its dial, so that it starts as a client that is down; or null
   */
  private void putIn(ClientCreation creation, @Nullable Throwable failure) {
    String name = creation.name();
    ClientCore core = creation.core();
    if (creation.outcome().isDone()) { // its creator has given up
      creations.remove(name, creation);
      end(core);
      return;
    }
    // An earlier client of this name may still drain; listeners receive its end first.
    CompletableFuture<Void> othersRemoved =
        CompletableFuture.allOf(
            ending.stream()
                .filter(before -> before.name().equals(name))
                .map(before -> before.events().removed())
                .toArray(CompletableFuture<?>[]::new));
    DefaultClient client = new DefaultClient(core);
    core.events().added(core.options(), core::stats); // first: once it is in, it may be removed
    ready.put(name, client);
    creations.remove(name, creation);
    // Immediately, unless a listener is receiving that end: it may be the one that adds this.
    othersRemoved.thenRun(core.events()::deliver);
    if (failure != null) {
      core.startDown(failure);
    }
    if (closed) {
      fail(creation);
    }
    if (!creation.outcome().complete(client) && ready.remove(name, client)) {
      end(core);
    }
  }

  /** Waits for the client that this thread is creating. */
  Client await(ClientCreation mine) {
    String name = mine.name();
    try {
      return Await.result(mine.outcome().copy(), name, "connect");
    } catch (ClientConnectException e) {
      mine.core().events().connectFailed(e);
      throw e;
    } catch (MilvusPoolException e) {
      if (Thread.currentThread().isInterrupted()) {
        mine.outcome().cancel(false);
      }
      throw e;
    }
  }

  /** The client that another thread is creating, or that thread's failure; null if it gave up. */
  @Nullable Client awaitOther(ClientCreation first) {
    try {
      return Await.result(first.outcome().copy(), first.name(), "connect");
    } catch (CancellationException e) {
      return null;
    }
  }

  private static void fail(ClientCreation creation) {
    creation.outcome().completeExceptionally(new PoolClosedException(creation.name()));
  }

  // ---- leaving

  /** Removes a client and starts to end it; null if there is none of that name. */
  @Nullable ClientCore remove(String name) {
    DefaultClient client = ready.remove(name);
    if (client == null) {
      return null;
    }
    ClientCore core = client.core();
    forget(core);
    end(core);
    return core;
  }

  /** The user closes the client itself. */
  void removeClosed(ClientCore core) {
    DefaultClient client = ready.get(core.name());
    if (client != null && client.core() == core) {
      ready.remove(core.name(), client);
    }
    forget(core);
    end(core);
  }

  /** The removal of a new client may be faster than the thread that adds it. */
  private void forget(ClientCore core) {
    creations.values().removeIf(creation -> creation.core() == core);
  }

  private void end(ClientCore core) {
    ending.add(core);
    core.end()
        .thenCombine(core.events().removedHeard(), (ended, heard) -> true)
        .whenComplete((done, failure) -> ending.remove(core));
  }

  /** Ends all clients, those being created included; returns all that have not ended yet. */
  List<ClientCore> close() {
    closed = true;
    creations.values().forEach(ClientRegistry::fail);
    List<ClientCore> all = new ArrayList<>();
    ready.forEach(
        (name, client) -> {
          if (ready.remove(name, client)) { // else who took it out ends it
            all.add(client.core());
          }
        });
    // A client that failed to close has thrown that to the thread that removed it. Only listeners
    // have yet to receive its removal.
    List<ClientCore> leaving =
        ending.stream()
            .filter(core -> !all.contains(core) && !core.end().isCompletedExceptionally())
            .toList();
    all.forEach(this::end);
    all.addAll(leaving);
    return all;
  }
}
