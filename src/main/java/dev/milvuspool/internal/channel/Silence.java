package dev.milvuspool.internal.channel;

import java.util.concurrent.TimeUnit;

/**
 * Measures, at each deadline sweep of a call, since when the RPCs in flight on a connection have
 * got no answer. Only an answer ends a silence: cancelled RPCs do not while others wait.
 */
final class Silence {
  /** How long RPCs in flight may go without an answer before the server is probed. */
  private static final long SUSPICIOUS_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final Connection connection;
  private long answeredAt;
  private boolean silent;
  private long since;

  Silence(Connection connection) {
    this.connection = connection;
  }

  /** Measures again; whether the silence is so long that the server must be probed. */
  boolean isSuspicious(long now) {
    boolean idle = connection.inFlight() == 0; // first, so that no answer comes after the last look
    long lastAnsweredAt = connection.lastAnsweredAt();
    if (lastAnsweredAt != answeredAt) {
      answeredAt = lastAnsweredAt;
      silent = false;
    }
    if (idle) {
      silent = false;
    } else if (!silent) {
      silent = true;
      since = now;
    }
    return silent && now - since >= SUSPICIOUS_NANOS;
  }
}
