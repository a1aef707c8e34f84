package dev.milvuspool;

import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The numbers of a client at one moment, taken without asking the server.
 *
 * @param name the client's name
 * @param state its state
 * @param since when that state began
 * @param connections connections that serve calls
 * @param inFlight calls that the server has not answered yet, those on draining connections
 *     included
 * @param calls user's calls that have ended, with success or not
 * @param failures those of them that ended with an exception
 * @param retries requests that were sent again, over all calls
 * @param reconnects connections replaced, by recovery or because of their age
 */
public record ClientStats(
    String name,
    ClientState state,
    Instant since,
    int connections,
    int inFlight,
    long calls,
    long failures,
    long retries,
    long reconnects) {
  // Written out, for JDK 17 keeps the class whose generated ones were linked last.
  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof ClientStats that && components().equals(that.components());
  }

  @Override
  public int hashCode() {
    return components().hashCode();
  }

  @Override
  public String toString() {
    return ("ClientStats[name=%s, state=%s, since=%s, connections=%s, inFlight=%s, calls=%s,"
            + " failures=%s, retries=%s, reconnects=%s]")
        .formatted(components().toArray());
  }

  private List<@Nullable Object> components() {
    return Arrays.asList(
        name, state, since, connections, inFlight, calls, failures, retries, reconnects);
  }
}
