package dev.milvuspool.internal.common;

import dev.milvuspool.CallInfo;
import dev.milvuspool.CallScope;
import dev.milvuspool.ClientConnectException;
import dev.milvuspool.ClientOptions;
import dev.milvuspool.ClientStats;
import dev.milvuspool.MilvusPool;
import dev.milvuspool.MilvusPoolException;
import dev.milvuspool.PoolListener;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Delivers the events of one client to the log and the listeners: those of its life in order, and
 * outside every lock.
 *
 * <p>What a user's thread causes (added, replaced) is delivered before its method returns. What
 * happens in the background (down, up, a failed reconnect) is delivered on the blocking executor,
 * because no listener may delay the scheduler or gRPC's threads. So is the end of a client; the
 * thread that closes it waits a second for this. Events of calls need no order and are delivered on
 * the caller's thread.
 */
public final class EventDispatcher {
  private static final Logger logger = LoggerFactory.getLogger(MilvusPool.class);

  private static final Duration LISTENERS_TIME = Duration.ofSeconds(1);

  private final String client;
  private final List<PoolListener> listeners;
  private final Background background;
  private final Queue<Runnable> queued = new ConcurrentLinkedQueue<>();
  private final AtomicInteger pending = new AtomicInteger();
  private final AtomicBoolean removed = new AtomicBoolean();
  private final CompletableFuture<Void> removedHeard = new CompletableFuture<>();
  private volatile boolean added;
  private volatile @Nullable Thread delivering;

  /** For one client. */
  public EventDispatcher(String client, List<PoolListener> listeners, Background background) {
    this.client = client;
    this.listeners = List.copyOf(listeners);
    this.background = background;
  }

  // ---- the client's life

  /** It is put into the pool; {@link #deliver} reports it, once it is in. */
  public void added(ClientOptions options, Supplier<ClientStats> stats) {
    added = true;
    queue(
        () -> logger.info("[{}] added: {}", client, options),
        listener -> listener.onClientAdded(client, options, stats));
  }

  /**
   * It was removed and drained, or its name was taken again while it drains. Reported once, and
   * only if it was added.
   *
   * @return completes when it has been reported, perhaps by another thread that is doing so
   */
  public CompletableFuture<Void> removed() {
    if (!added) {
      removedHeard.complete(null);
    } else if (removed.compareAndSet(false, true)) {
      queue(() -> logger.info("[{}] removed", client), l -> l.onClientRemoved(client));
      queued.add(() -> removedHeard.complete(null));
      deliver();
    }
    return removedHeard;
  }

  /** Completes like the future of {@link #removed}, but reports nothing. */
  public CompletableFuture<Void> removedHeard() {
    return removedHeard;
  }

  /**
   * Waits until the listeners have received the removal of these clients, for a second in all: a
   * listener may itself wait for the closing, and this thread may be its own.
   */
  public static void awaitRemovedHeard(List<EventDispatcher> clients) {
    CompletableFuture<?>[] heard =
        clients.stream()
            .filter(client -> client.delivering != Thread.currentThread())
            .map(EventDispatcher::removedHeard)
            .toArray(CompletableFuture<?>[]::new);
    try {
      Await.done(
          CompletableFuture.allOf(heard), System.nanoTime() + Durations.nanos(LISTENERS_TIME));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** It got other options. */
  public void replaced(ClientOptions options) {
    queue(
        () -> logger.info("[{}] replaced: {}", client, options),
        listener -> listener.onClientReplaced(client, options));
    deliver();
  }

  /** No connection of it serves any more. */
  public void down(MilvusPoolException reason) {
    queue(
        () -> logger.warn("[{}] DOWN, reconnecting: {}", client, reason.getMessage()),
        listener -> listener.onClientDown(client, reason));
    deliverInBackground();
  }

  /** A connection of it serves again. */
  public void up(Duration outage, String address) {
    queue(
        () -> logger.info("[{}] UP at {} after {} ms", client, address, outage.toMillis()),
        listener -> listener.onClientUp(client, outage));
    deliverInBackground();
  }

  /** A dial in the background failed; other failures than to connect are not reported. */
  public void reconnectFailed(Throwable failure) {
    if (failure instanceof ClientConnectException reason) {
      queueConnectFailed(reason);
      deliverInBackground();
    }
  }

  /** A dial that a user's thread waits for failed. */
  public void connectFailed(ClientConnectException reason) {
    queueConnectFailed(reason);
    deliver();
  }

  private void queueConnectFailed(ClientConnectException reason) {
    queue(
        () -> logger.debug("[{}] {}", client, reason.getMessage()),
        listener -> listener.onConnectFailed(client, reason));
  }

  private void queue(Runnable log, Consumer<PoolListener> event) {
    queued.add(
        () -> {
          log(log);
          tell(event);
        });
  }

  private void deliverInBackground() {
    background.listeners().execute(this::deliver);
  }

  /** Delivers what is queued, on this thread or on the one that already does so. */
  public void deliver() {
    if (pending.getAndIncrement() != 0) {
      return;
    }
    int seen = 1;
    do {
      delivering = Thread.currentThread();
      for (Runnable next = queued.poll(); next != null; next = queued.poll()) {
        next.run();
      }
      delivering = null;
      seen = pending.addAndGet(-seen);
    } while (seen != 0);
  }

  // ---- calls

  /** Whether anybody receives calls. */
  public boolean hearsCalls() {
    return !listeners.isEmpty() || logger.isDebugEnabled();
  }

  /** A call starts; returns the scopes of the listeners. */
  public List<CallScope> callStarted(CallInfo call) {
    List<CallScope> scopes = new ArrayList<>();
    tell(
        listener -> {
          CallScope scope = listener.onCallStart(call);
          if (scope != null) {
            scopes.add(scope);
          }
        });
    return scopes;
  }

  /** A call ended. */
  public void callEnded(
      String operation, Duration elapsed, @Nullable Throwable error, List<CallScope> scopes) {
    log(
        () ->
            logger.debug(
                "[{}] {} took {} ms{}",
                client,
                operation,
                elapsed.toMillis(),
                error == null ? "" : " and failed: " + error.getMessage()));
    tell(listener -> listener.onCall(client, operation, elapsed, error));
    for (int i = scopes.size() - 1; i >= 0; i--) { // as nested scopes close
      tell(scopes.get(i), scope -> scope.onEnd(error));
    }
  }

  /** An RPC of a call is about to be sent again. */
  public void retry(String operation, int retry, Throwable reason, List<CallScope> scopes) {
    log(
        () ->
            logger.debug("[{}] retry {} of {}: {}", client, retry, operation, reason.getMessage()));
    tell(listener -> listener.onRetry(client, operation, retry, reason));
    scopes.forEach(scope -> tell(scope, s -> s.onRetry(retry, reason)));
  }

  private void tell(Consumer<PoolListener> event) {
    listeners.forEach(listener -> tell(listener, event));
  }

  private <T> void tell(T listener, Consumer<T> event) {
    try {
      event.accept(listener);
    } catch (Throwable e) {
      failed(listener, e);
    }
  }

  /** A listener, or the scope that it attached to a call, threw. */
  public void failed(Object listener, Throwable failure) {
    String name = listener.getClass().getName();
    try {
      logger.warn("[{}] listener {} failed", client, name, failure);
    } catch (Throwable e) { // the methods of the failure fail as well
      log(() -> logger.warn("[{}] listener {} failed", client, name));
    }
  }

  /**
   * Logging runs the user's code as well: appenders, and the methods of what is logged, such as an
   * exception's {@code getMessage}. A failure there must not stop the delivery of an event.
   */
  private static void log(Runnable line) {
    try {
      line.run();
    } catch (Throwable e) {
      // It cannot be logged either.
    }
  }
}
