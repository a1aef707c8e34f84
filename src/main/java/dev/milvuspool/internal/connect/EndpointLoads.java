package dev.milvuspool.internal.connect;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Counts the connections of one client to each endpoint, those being dialled included. A dial picks
 * an endpoint and counts itself in one step, so that parallel dials spread as well.
 */
public final class EndpointLoads {
  /** One entry for each connection: a client has few. Guarded by this. */
  private final List<Endpoint> connections = new ArrayList<>(1);

  /**
   * Takes the endpoint with the fewest connections, the first among equals, and counts one more.
   *
   * @param candidates at least one
   * @param uncounted the endpoint of a connection that is to be replaced, or null
   */
  synchronized Endpoint takeLeast(List<Endpoint> candidates, @Nullable Endpoint uncounted) {
    Endpoint least = candidates.get(0);
    int fewest = Integer.MAX_VALUE;
    for (Endpoint candidate : candidates) {
      int count = count(candidate) - (candidate.equals(uncounted) ? 1 : 0);
      if (count < fewest) {
        least = candidate;
        fewest = count;
      }
    }
    connections.add(least);
    return least;
  }

  /** A dial failed, or a connection no longer serves. */
  public synchronized void remove(Endpoint endpoint) {
    connections.remove(endpoint);
  }

  /** The connections to this endpoint. */
  public synchronized int count(Endpoint endpoint) {
    return Collections.frequency(connections, endpoint);
  }
}
