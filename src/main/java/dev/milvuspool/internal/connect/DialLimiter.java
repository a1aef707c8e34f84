package dev.milvuspool.internal.connect;

import dev.milvuspool.internal.common.Durations;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Limits the dials to one endpoint by all clients that lost their server: 32 at a time, and 100 new
 * ones per second as long as none is answered.
 *
 * <p>100 dials per second notice a returned server as soon as 1,000, which would overload it at its
 * start. If a server is silent, every dial waits for its whole timeout. For fresh ones, the
 * youngest that has waited for 300 ms makes room for the next; the oldest continue, for a slow
 * server. A dial that is refused or makes room has not failed: its client dials again later.
 */
final class DialLimiter {
  private static final int MOST_AT_A_TIME = 32;
  private static final Duration WINDOW = Duration.ofMillis(100);
  private static final int MOST_IN_A_WINDOW = 10;
  private static final Duration LEAST_AGE_TO_MAKE_ROOM = Duration.ofMillis(300);

  /** The permission for one dial, which must be given back. */
  final class Permit {
    private final Dials dials;
    private final long beganAt;
    private final Runnable makeRoom;

    private Permit(Dials dials, long beganAt, Runnable makeRoom) {
      this.dials = dials;
      this.beganAt = beganAt;
      this.makeRoom = makeRoom;
    }

    void release() {
      synchronized (DialLimiter.this) {
        dials.underWay.remove(this);
      }
    }
  }

  private static final class Dials {
    private final Deque<Permit> underWay = new ArrayDeque<>(); // oldest first
    private long windowBeganAt;
    private int begunInWindow;

    private Dials(long now) {
      windowBeganAt = now; // not 0: System.nanoTime() may be below it for ages
    }
  }

  private final Map<SocketAddress, Dials> endpoints = new HashMap<>(); // guarded by this

  /**
   * Permits a dial, or returns null.
   *
   * @param reachable whether the server there has just answered another client
   * @param makeRoom ends this dial, to be run when another one takes its place
   */
  @Nullable Permit tryBegin(
      SocketAddress endpoint, boolean reachable, long now, Runnable makeRoom) {
    Permit evicted = null;
    Permit mine;
    synchronized (this) {
      forgetIdle(now);
      Dials dials = endpoints.computeIfAbsent(endpoint, key -> new Dials(now));
      if (now - dials.windowBeganAt >= Durations.nanos(WINDOW)) {
        dials.windowBeganAt = now;
        dials.begunInWindow = 0;
      }
      if (!reachable && dials.begunInWindow >= MOST_IN_A_WINDOW) {
        return null;
      }
      if (dials.underWay.size() >= MOST_AT_A_TIME) {
        // Of a server that answers each will have its turn; and to begin anew costs it more.
        evicted = reachable ? null : youngestToMakeRoom(dials, now);
        if (evicted == null) {
          return null;
        }
        dials.underWay.remove(evicted);
      }
      dials.begunInWindow++;
      mine = new Permit(dials, now, makeRoom);
      dials.underWay.addLast(mine);
    }
    if (evicted != null) {
      evicted.makeRoom.run();
    }
    return mine;
  }

  private static @Nullable Permit youngestToMakeRoom(Dials dials, long now) {
    Permit youngest = null;
    for (Permit permit : dials.underWay) { // the oldest first
      if (now - permit.beganAt >= Durations.nanos(LEAST_AGE_TO_MAKE_ROOM)) {
        youngest = permit;
      }
    }
    return youngest;
  }

  private void forgetIdle(long now) {
    if (endpoints.size() > 100) {
      endpoints
          .values()
          .removeIf(
              dials ->
                  dials.underWay.isEmpty() && now - dials.windowBeganAt >= Durations.nanos(WINDOW));
    }
  }

  synchronized int size() {
    return endpoints.size();
  }
}
