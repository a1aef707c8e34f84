package dev.milvuspool;

import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

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

  // Written out, for JDK 17 keeps the class whose generated ones were linked last.
  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof PoolStats that && clients.equals(that.clients);
  }

  @Override
  public int hashCode() {
    return clients.hashCode();
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
