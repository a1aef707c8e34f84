package dev.milvuspool;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The clients on their way into a pool. Whoever claims a name first dials, outside of any map; the
 * others wait for that creation or fail, as they asked for.
 */
final class Creations {
  private final ConcurrentMap<String, Creation> creations = new ConcurrentHashMap<>();
  private final ConcurrentMap<String, DefaultClient> clients;
  private final BooleanSupplier closed;
  private final Consumer<ClientCore> end;

  /** A client on its way. */
  static final class Creation {
    private final ClientCore core;
    private final CompletableFuture<Client> done = new CompletableFuture<>();

    Creation(ClientCore core) {
      this.core = core;
    }

    String name() {
      return core.name();
    }
  }

  /** A client is not created after all, by the thread that was about to. */
  private static final class Abandoned extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Abandoned(String name) {
      super("the creation of client " + name + " was given up");
    }
  }

  /**
   * Creates into these clients.
   *
   * @param clients the pool's
   * @param closed whether the pool is
   * @param end ends a client that was in the pool for a moment
   */
  Creations(
      ConcurrentMap<String, DefaultClient> clients,
      BooleanSupplier closed,
      Consumer<ClientCore> end) {
    this.clients = clients;
    this.closed = closed;
    this.end = end;
  }

  /**
   * Claims its name.
   *
   * @return the same if the name is claimed, another one that was first, or null if there is a
   *     client of that name
   */
  @Nullable Creation claim(Creation mine) {
    String name = mine.name();
    if (clients.containsKey(name)) {
      return null;
    }
    Creation first = creations.putIfAbsent(name, mine);
    if (first != null) {
      return first;
    }
    if (clients.containsKey(name)) { // it became ready before this one was put in
      creations.remove(name, mine);
      mine.done.completeExceptionally(new Abandoned(name)); // who waits already is to look again
      return null;
    }
    return mine;
  }

  /**
   * Dials in the background and puts the client in; the name is free again if that fails.
   *
   * @param evenIfDown whether a client that cannot be dialled is put in as well, down and healing
   */
  void start(Creation creation, boolean evenIfDown) {
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
            putIn(creation, failure);
          } catch (RuntimeException e) {
            creations.remove(creation.name(), creation);
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
    if (closed.getAsBoolean()) {
      fail(creation);
    }
  }

  /**
   * Puts the client in.
   *
   * @param failure what its dial failed with, so that it begins as one that is down; or null
   */
  private void putIn(Creation creation, @Nullable Throwable failure) {
    String name = creation.name();
    ClientCore core = creation.core;
    if (creation.done.isDone()) { // its creator has given up
      creations.remove(name, creation);
      core.end();
      return;
    }
    DefaultClient client = new DefaultClient(core, null);
    // First of all: once it is in, another thread may remove it.
    core.events().noteAdded(core.options(), core::stats);
    clients.put(name, client);
    creations.remove(name, creation);
    if (failure != null) {
      core.supervisor().startDown(failure);
    }
    if (closed.getAsBoolean()) {
      fail(creation);
    }
    if (!creation.done.complete(client) && clients.remove(name, client)) {
      end.accept(core);
    }
  }

  /** Waits for the client that this thread is creating. */
  Client await(Creation mine) {
    String name = mine.name();
    ClientEvents events = mine.core.events();
    try {
      return Waits.await(mine.done.copy(), name, "connect");
    } catch (ClientConnectException e) {
      events.noteConnectFailed(e);
      throw e;
    } catch (MilvusPoolException e) {
      if (Thread.currentThread().isInterrupted()) {
        mine.done.completeExceptionally(new Abandoned(name));
      }
      throw e;
    } finally {
      events.deliver();
    }
  }

  /**
   * The client that another thread is creating, or that thread's failure; null if it has left the
   * creation to others.
   */
  @Nullable Client awaitOther(Creation first) {
    try {
      return Waits.await(first.done.copy(), first.name(), "connect");
    } catch (Abandoned e) {
      return null;
    }
  }

  /** Who removes a client that was only just put in may be ahead of the one who put it there. */
  void forget(ClientCore core) {
    Creation creation = creations.get(core.name());
    if (creation != null && creation.core == core) {
      creations.remove(core.name(), creation);
    }
  }

  /** The pool is closed: whoever creates or waits hears of it. */
  void failAll() {
    creations.values().forEach(Creations::fail);
  }

  private static void fail(Creation creation) {
    creation.done.completeExceptionally(new PoolClosedException(creation.name()));
  }
}
