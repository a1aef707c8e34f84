package dev.milvuspool.internal.connect;

import dev.milvuspool.ClientConnectException.Reason;
import dev.milvuspool.internal.common.Durations;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Remembers how the latest dial to each endpoint ended, so that clients share the results. A client
 * that lost its server need not wait once another one has reached it, and need not dial to know
 * that nothing listens there.
 */
final class RecentDials {
  /** How long after its latest dial an endpoint counts as still reachable, or refusing. */
  private static final Duration FRESH = Duration.ofSeconds(1);

  /**
   * The end of a dial.
   *
   * @param at of {@link System#nanoTime()}
   * @param failure why it failed, or null for one that was answered
   */
  record Outcome(long at, @Nullable ConnectFailure failure) {}

  private final Map<SocketAddress, Outcome> outcomes = new ConcurrentHashMap<>();

  /** A server answered there now. */
  void answered(SocketAddress endpoint, long now) {
    put(endpoint, new Outcome(now, null));
  }

  /**
   * A dial that started then failed: it does not replace a later answer to another one. Only a
   * refused connection concerns every client: others may trust another CA, or wait longer.
   */
  void failed(SocketAddress endpoint, long begunAt, long now, ConnectFailure failure) {
    if (failure.reason() != Reason.REFUSED) {
      return;
    }
    Outcome known = outcomes.get(endpoint);
    if (known == null || known.failure() != null || known.at() - begunAt < 0) {
      put(endpoint, new Outcome(now, failure));
    }
  }

  private void put(SocketAddress endpoint, Outcome outcome) {
    if (outcomes.put(endpoint, outcome) == null) {
      outcomes.values().removeIf(old -> !isFresh(old, outcome.at()));
    }
  }

  /** How the latest one ended, if that was recent and after the given time; else null. */
  @Nullable Outcome since(SocketAddress endpoint, long since, long now) {
    Outcome outcome = outcomes.get(endpoint);
    return outcome != null && outcome.at() - since > 0 && isFresh(outcome, now) ? outcome : null;
  }

  int size() {
    return outcomes.size();
  }

  private static boolean isFresh(Outcome outcome, long now) {
    return now - outcome.at() < Durations.nanos(FRESH);
  }
}
