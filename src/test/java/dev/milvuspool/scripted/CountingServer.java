package dev.milvuspool.scripted;

import io.milvus.shaded.io.grpc.Metadata;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.LongSupplier;

/** What a scripted Milvus tells of the calls and connections it met, and the waiting for them. */
abstract class CountingServer {
  final Counters counters = new Counters();

  /** Calls that came, executed or not. */
  public long calls(String method) {
    return counters.of(method).calls.get();
  }

  /** Calls that were executed: answered with success, or cut off after that. */
  public long executed(String method) {
    return counters.of(method).executed.get();
  }

  /** Calls inside now: neither answered nor given up by the client. */
  public int inFlight(String method) {
    return counters.of(method).inFlight.get();
  }

  /** The most calls that were inside at once. */
  public int maxInFlight(String method) {
    return counters.of(method).maxInFlight.get();
  }

  /** Rows written or found by executed calls. */
  public long rows(String method) {
    return counters.of(method).rows.get();
  }

  /** Open gRPC connections. */
  public int transports() {
    return counters.transports.get();
  }

  /** gRPC connections there ever were. */
  public long transportsEver() {
    return counters.transportsEver.get();
  }

  /** TCP connections accepted, those of a black hole included. */
  public long acceptedConnections() {
    return counters.acceptedConnections.get();
  }

  /** The deadline that the last call of the method brought, if it brought one. */
  public Optional<Duration> lastDeadline(String method) {
    return lastHeader(method, "grpc-timeout").map(GrpcTimeout::parse);
  }

  /** A metadata value ({@code authorization}, {@code dbname}) of the last call of the method. */
  public Optional<String> lastHeader(String method, String name) {
    Metadata headers = counters.of(method).lastHeaders;
    return Optional.ofNullable(headers)
        .map(h -> h.get(Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER)));
  }

  /** The request of the last call of the method. */
  public <Q> Q lastRequest(String method, Class<Q> type) {
    return type.cast(Objects.requireNonNull(counters.of(method).lastRequest));
  }

  /** The metadata of the last call of the method, by name; empty if there was none. */
  public Map<String, String> lastHeaders(String method) {
    Metadata headers = counters.of(method).lastHeaders;
    Map<String, String> values = new TreeMap<>();
    if (headers != null) {
      for (String name : headers.keys()) {
        if (!name.endsWith(Metadata.BINARY_HEADER_SUFFIX)) {
          lastHeader(method, name).ifPresent(value -> values.put(name, value));
        }
      }
    }
    return values;
  }

  /** Sets the counts, but not those of what is open or in flight now, to zero. */
  public void resetCounts() {
    counters.reset();
  }

  /**
   * Waits until so many calls have come.
   *
   * @throws AssertionError when they have not in that time
   */
  public void awaitCalls(String method, long calls, Duration atMost) {
    awaitAtLeast("calls", method, () -> calls(method), calls, atMost);
  }

  /**
   * Waits until so many calls were executed.
   *
   * @throws AssertionError when they were not in that time
   */
  public void awaitExecuted(String method, long calls, Duration atMost) {
    awaitAtLeast("executed", method, () -> executed(method), calls, atMost);
  }

  /**
   * Waits until at least so many calls are inside, or, for 0, none.
   *
   * @throws AssertionError when that does not come in that time
   */
  public void awaitInFlight(String method, int calls, Duration atMost) {
    counters.await(
        () -> calls == 0 ? inFlight(method) == 0 : inFlight(method) >= calls,
        atMost,
        () -> "in flight of " + method + ": " + inFlight(method) + " instead of " + calls);
  }

  /**
   * Waits until exactly so many gRPC connections are open.
   *
   * @throws AssertionError when they are not in that time
   */
  public void awaitTransports(int open, Duration atMost) {
    counters.await(
        () -> transports() == open,
        atMost,
        () -> "transports: " + transports() + " instead of " + open);
  }

  /**
   * Waits until so many TCP connections have been accepted.
   *
   * @throws AssertionError when they have not in that time
   */
  public void awaitAcceptedConnections(long accepted, Duration atMost) {
    awaitAtLeast("accepted connections", "all", this::acceptedConnections, accepted, atMost);
  }

  private void awaitAtLeast(
      String what, String method, LongSupplier count, long wanted, Duration atMost) {
    counters.await(
        () -> count.getAsLong() >= wanted,
        atMost,
        () -> what + " of " + method + ": " + count.getAsLong() + " instead of " + wanted);
  }
}
