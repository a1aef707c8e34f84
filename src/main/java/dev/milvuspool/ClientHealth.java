package dev.milvuspool;

import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The health of a client, after asking the server.
 *
 * @param name the client's name
 * @param address the address in use, {@code host:port}; its first one if the client is down
 * @param state its state
 * @param since when that state began
 * @param serverVersion the version that the server last reported, or null if it never did
 * @param latency how long the probe took, or null if it was not answered
 * @param lastError why the client is down (the latest attempt to connect) or why the probe failed;
 *     null if the client is healthy
 */
public record ClientHealth(
    String name,
    String address,
    ClientState state,
    Instant since,
    @Nullable String serverVersion,
    @Nullable Duration latency,
    @Nullable MilvusPoolException lastError) {

  /** {@return whether calls can be expected to succeed: it is up, and the probe did not fail} */
  public boolean healthy() {
    return state == ClientState.UP && lastError == null;
  }

  // Written out, for JDK 17 keeps the class whose generated ones were linked last.
  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof ClientHealth that && components().equals(that.components());
  }

  @Override
  public int hashCode() {
    return components().hashCode();
  }

  @Override
  public String toString() {
    return ("ClientHealth[name=%s, address=%s, state=%s, since=%s, serverVersion=%s, latency=%s,"
            + " lastError=%s]")
        .formatted(components().toArray());
  }

  private List<@Nullable Object> components() {
    return Arrays.asList(name, address, state, since, serverVersion, latency, lastError);
  }
}
