package dev.milvuspool;

import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * The numbers of all clients of a pool at one moment.
 *
 * @param clients by name, sorted, immutable
 */
public record PoolStats(Map<String, ClientStats> clients) {
  /**
   * Copies the map.
   *
   * @param clients by name
   */
  public PoolStats {
    clients = Collections.unmodifiableMap(new TreeMap<>(clients));
  }

  /** One line a client, for an operator to read. */
  @Override
  public String toString() {
    return clients.values().stream()
        .map(ClientStats::toString)
        .collect(Collectors.joining("\n  ", "PoolStats of " + clients.size() + " clients\n  ", ""))
        .strip();
  }
}
