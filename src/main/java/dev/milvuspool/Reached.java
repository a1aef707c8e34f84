package dev.milvuspool;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The addresses at which a server has just answered: whoever else wants to go there need not ask
 * first whether something listens. So a burst of dials, and a thousand clients that come back
 * together, cost their server one connection each. Times are those of {@link System#nanoTime()}.
 */
final class Reached {
  /** For so long after an answer its address is taken to be still listened on. */
  private static final Duration FRESH = Duration.ofSeconds(1);

  private final Map<String, Long> times = new ConcurrentHashMap<>();

  /** A dial or a knock was answered now. */
  void add(Address address, long now) {
    if (times.put(address.toString(), now) == null) {
      times.values().removeIf(time -> !isFresh(time, now));
    }
  }

  /** A dial or a knock that began then was not: it says nothing about what came later. */
  void remove(Address address, long begunAt) {
    times.computeIfPresent(address.toString(), (key, time) -> time - begunAt > 0 ? time : null);
  }

  /**
   * A dial or a knock that began then failed. Who is rejected has heard from the server as well.
   */
  void noteFailed(Address address, long begunAt, ClientConnectException failure) {
    if (failure.reason() == ClientConnectException.Reason.AUTHENTICATION) {
      add(address, System.nanoTime());
    } else {
      remove(address, begunAt);
    }
  }

  boolean contains(Address address, long now) {
    return containsSince(address, now - Nanos.of(FRESH), now);
  }

  /** Whether that was later than the given time, at which the server may have died. */
  boolean containsSince(Address address, long since, long now) {
    Long time = times.get(address.toString());
    return time != null && time - since > 0 && isFresh(time, now);
  }

  int size() {
    return times.size();
  }

  private static boolean isFresh(long time, long now) {
    return now - time < Nanos.of(FRESH);
  }
}
