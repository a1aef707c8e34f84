package dev.milvuspool;

import java.time.Duration;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Hears what happens to the clients of a pool. All methods do nothing unless overridden.
 *
 * <p>The events of one client's life (added, down, up, connect failed, replaced, removed) come one
 * after another and in order; {@link #onCall} and {@link #onRetry} come on the thread of the call.
 * None is called under a lock. What a listener throws is logged and harms nothing, but a listener
 * that blocks delays the thread that tells it.
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
   * A client was dialled and is in the pool.
   *
   * @param client its name
   * @param options what it was made with; secrets cannot be read from it
   */
  default void onClientAdded(String client, ClientOptions options) {}

  /**
   * A client was dialled and is in the pool; for listeners that want to look at its numbers later.
   *
   * @param client its name
   * @param options what it was made with
   * @param stats its numbers at the time of asking; not to be kept beyond {@link #onClientRemoved}
   */
  default void onClientAdded(String client, ClientOptions options, Supplier<ClientStats> stats) {
    onClientAdded(client, options);
  }

  /**
   * A client was removed, and its last connection is drained and closed.
   *
   * @param client its name
   */
  default void onClientRemoved(String client) {}

  /**
   * A client got new options.
   *
   * @param client its name
   * @param options the new ones
   */
  default void onClientReplaced(String client, ClientOptions options) {}

  /**
   * A client has no working connection any more and began to reconnect.
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
   * A dial failed, one of a user's or a reconnect.
   *
   * @param client the client's name
   * @param reason why
   */
  default void onConnectFailed(String client, ClientConnectException reason) {}

  /**
   * A call is about to be retried.
   *
   * @param client the client's name
   * @param operation the operation, by its method's name
   * @param retry 1 for the first retry
   * @param reason what the attempt before failed with
   */
  default void onRetry(String client, String operation, int retry, Throwable reason) {}

  /**
   * A user's call ended, retries included. The library's own probes are not told.
   *
   * @param client the client's name
   * @param operation the operation, by its method's name
   * @param elapsed from its start to its end
   * @param error what it failed with, or null
   */
  default void onCall(
      String client, String operation, Duration elapsed, @Nullable Throwable error) {}
}
