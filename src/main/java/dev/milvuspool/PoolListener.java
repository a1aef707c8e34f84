package dev.milvuspool;

import java.time.Duration;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Receives the events of a pool's clients. By default the methods do nothing. An implementation
 * must be thread-safe.
 *
 * <p>The events of one client's life (added, down, up, connect failed, replaced, removed) come one
 * after another and in order. {@link #onCallStart}, {@link #onRetry} and {@link #onCall} come on
 * the thread of the call. No method is called under a lock. What a listener throws is logged and
 * has no other effect. A listener that blocks delays the thread that calls it.
 *
 * <pre>{@code
 * PoolListener printer =
 *     new PoolListener() {
 *       @Override
 *       public void onClientDown(String client, MilvusPoolException reason) {
 *         System.out.println(client + " is down: " + reason.getMessage());
 *       }
 *     };
 * MilvusPool.builder().withListener(printer).build().close();
 * }</pre>
 */
public interface PoolListener {
  /**
   * A client was added to the pool.
   *
   * @param client its name
   * @param options its options; secrets cannot be read from them
   */
  default void onClientAdded(String client, ClientOptions options) {}

  /**
   * A client was added to the pool. For listeners that read its numbers later.
   *
   * @param client its name
   * @param options its options
   * @param stats returns its current numbers; do not keep it after {@link #onClientRemoved}
   */
  default void onClientAdded(String client, ClientOptions options, Supplier<ClientStats> stats) {
    onClientAdded(client, options);
  }

  /**
   * A client was removed, and its last connection has been drained and closed.
   *
   * @param client its name
   */
  default void onClientRemoved(String client) {}

  /**
   * A client got new options.
   *
   * @param client its name
   * @param options its new options
   */
  default void onClientReplaced(String client, ClientOptions options) {}

  /**
   * A client has no working connection any more and starts to reconnect.
   *
   * @param client its name
   * @param reason why
   */
  default void onClientDown(String client, MilvusPoolException reason) {}

  /**
   * A client that was down works again.
   *
   * @param client its name
   * @param outage how long it was down
   */
  default void onClientUp(String client, Duration outage) {}

  /**
   * An attempt to connect failed: one that a user asked for, or a reconnect.
   *
   * @param client the client's name
   * @param reason why
   */
  default void onConnectFailed(String client, ClientConnectException reason) {}

  /**
   * A user's call is about to be sent. Called on the caller's thread; the library's own probes are
   * not reported, nor are requests through {@link Client#unwrap()} and the pages of iterators.
   *
   * @param call which call it is
   * @return a scope that adds headers to the call's requests and is called at its end, or null
   */
  default @Nullable CallScope onCallStart(CallInfo call) {
    return null;
  }

  /**
   * A request of a call is about to be sent again.
   *
   * @param client the client's name
   * @param operation the operation, by its method's name
   * @param retry 1 for the first retry
   * @param reason what the previous attempt failed with
   */
  default void onRetry(String client, String operation, int retry, Throwable reason) {}

  /**
   * A user's call ended, retries included. The library's own probes are not reported, nor are
   * requests through {@link Client#unwrap()} and the pages of iterators.
   *
   * @param client the client's name
   * @param operation the operation, by its method's name
   * @param elapsed from its start to its end
   * @param error the exception that the caller gets, or null after success
   */
  default void onCall(
      String client, String operation, Duration elapsed, @Nullable Throwable error) {}
}
