package dev.milvuspool;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * How often clients that lost their server may ask whether it is back: a hundred times a second at
 * one address, all together. Beyond that another question tells nothing new, and a thousand clients
 * would keep themselves and a server that has just started busy with them.
 */
final class KnockLimit {
  private static final Duration WINDOW = Duration.ofMillis(100);
  private static final int MOST_IN_A_WINDOW = 10;

  private record Window(long beganAt, int knocks) {}

  private final Map<String, Window> windows = new ConcurrentHashMap<>();

  /**
   * Takes one of the knocks that there are at this time.
   *
   * @param now of {@link System#nanoTime()}
   * @return false if there is none left
   */
  boolean acquire(Address address, long now) {
    windows.values().removeIf(window -> now - window.beganAt >= Nanos.of(WINDOW));
    Window window =
        windows.merge(
            address.toString(),
            new Window(now, 1),
            (old, fresh) -> new Window(old.beganAt, old.knocks + 1));
    return window.knocks <= MOST_IN_A_WINDOW;
  }

  int size() {
    return windows.size();
  }
}
