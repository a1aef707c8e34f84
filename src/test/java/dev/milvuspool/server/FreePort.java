package dev.milvuspool.server;

import java.io.IOException;
import java.net.ServerSocket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;

/**
 * A port for a server to come. It lies below the ports that systems give to outgoing connections
 * (from 32768 on Linux), so that nothing takes it while its server is down; a client that dials a
 * dead loopback port within that range may even reach itself.
 */
final class FreePort {
  private static final int LOWEST = 20_000;
  private static final int BOUND = 32_000;
  private static final int ATTEMPTS = 1_000;
  private static final Set<Integer> TAKEN = ConcurrentHashMap.newKeySet();

  private FreePort() {}

  /** A port that nothing listens on, and that was not given out by this JVM before. */
  static int take() {
    for (int i = 0; i < ATTEMPTS; i++) {
      int port = ThreadLocalRandom.current().nextInt(LOWEST, BOUND);
      if (isFree(port) && TAKEN.add(port)) {
        return port;
      }
    }
    throw new IllegalStateException("no free port between " + LOWEST + " and " + BOUND);
  }

  private static boolean isFree(int port) {
    try (ServerSocket socket = new ServerSocket(port)) {
      return socket.isBound();
    } catch (IOException e) {
      return false;
    }
  }
}
