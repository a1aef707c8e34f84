package dev.milvuspool;

import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells the log and the listeners what happens to one client: the events of its life in the order
 * in which they were noted, and outside every lock.
 */
final class ClientEvents {
  private static final Logger logger = LoggerFactory.getLogger(MilvusPool.class);

  private final String client;
  private final List<PoolListener> listeners;
  private final Background background;
  private final Queue<Runnable> noted = new ConcurrentLinkedQueue<>();
  private final AtomicInteger pending = new AtomicInteger();

  ClientEvents(String client, List<PoolListener> listeners, Background background) {
    this.client = client;
    this.listeners = List.copyOf(listeners);
    this.background = background;
  }

  void noteAdded(ClientOptions options, Supplier<ClientStats> stats) {
    note(
        () -> logger.info("[{}] added: {}", client, options),
        listener -> listener.onClientAdded(client, options, stats));
  }

  void noteRemoved() {
    note(() -> logger.info("[{}] removed", client), listener -> listener.onClientRemoved(client));
  }

  void noteReplaced(ClientOptions options) {
    note(
        () -> logger.info("[{}] replaced: {}", client, options),
        listener -> listener.onClientReplaced(client, options));
  }

  void noteDown(MilvusPoolException reason) {
    note(
        () -> logger.warn("[{}] DOWN, reconnecting: {}", client, reason.getMessage()),
        listener -> listener.onClientDown(client, reason));
  }

  void noteUp(Duration outage, Address address) {
    note(
        () -> logger.info("[{}] UP at {} after {} ms", client, address, outage.toMillis()),
        listener -> listener.onClientUp(client, outage));
  }

  void noteConnectFailed(ClientConnectException reason) {
    note(
        () -> logger.debug("[{}] {}", client, reason.getMessage()),
        listener -> listener.onConnectFailed(client, reason));
  }

  private void note(Runnable log, Consumer<PoolListener> event) {
    noted.add(
        () -> {
          log.run();
          tell(event);
        });
  }

  /** Delivers what was noted, on this thread or on the one that is at it already. */
  void deliver() {
    if (pending.getAndIncrement() != 0) {
      return;
    }
    int seen = 1;
    do {
      for (Runnable next = noted.poll(); next != null; next = noted.poll()) {
        next.run();
      }
      seen = pending.addAndGet(-seen);
    } while (seen != 0);
  }

  /** For the scheduler and gRPC's threads, which no listener may hold up. */
  void deliverInBackground() {
    if (!noted.isEmpty()) {
      try {
        background.execute(this::deliver);
      } catch (RejectedExecutionException e) { // the pool is closed; nobody waits any more
        deliver();
      }
    }
  }

  void call(Operation operation, Duration elapsed, @Nullable Throwable error) {
    if (logger.isDebugEnabled()) {
      logger.debug(
          "[{}] {} took {} ms{}",
          client,
          operation.method(),
          elapsed.toMillis(),
          error == null ? "" : " and failed: " + error.getMessage());
    }
    tell(listener -> listener.onCall(client, operation.method(), elapsed, error));
  }

  boolean anyoneHearsCalls() {
    return !listeners.isEmpty() || logger.isDebugEnabled();
  }

  void retry(Operation operation, int retry, Throwable reason) {
    logger.debug("[{}] retry {} of {}: {}", client, retry, operation.method(), reason.getMessage());
    tell(listener -> listener.onRetry(client, operation.method(), retry, reason));
  }

  private void tell(Consumer<PoolListener> event) {
    for (PoolListener listener : listeners) {
      try {
        event.accept(listener);
      } catch (RuntimeException | Error e) {
        logger.warn("[{}] listener {} failed", client, listener.getClass().getName(), e);
      }
    }
  }
}
