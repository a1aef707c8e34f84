package dev.milvuspool.micrometer;

import dev.milvuspool.CallInfo;
import io.micrometer.common.KeyValues;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationConvention;

/**
 * The names of an observed call, by OpenTelemetry's conventions for database clients. Those leave
 * out a key that has no value; Micrometer's meters need the same keys each time, so its value is
 * {@code none} instead.
 *
 * <p>Micrometer asks for the keys at the start and again at the end, when the error is known.
 */
final class CallObservationConvention implements ObservationConvention<CallObservationContext> {
  static final String NAME = "milvus.client.call";

  private static final String NONE = "none";

  @Override
  public boolean supportsContext(Observation.Context context) {
    return context instanceof CallObservationContext;
  }

  @Override
  public String getName() {
    return NAME;
  }

  @Override
  public String getContextualName(CallObservationContext context) {
    return "milvus " + context.call().operation();
  }

  @Override
  public KeyValues getLowCardinalityKeyValues(CallObservationContext context) {
    CallInfo call = context.call();
    String collection = call.collection();
    Throwable error = context.getError();
    HostPort server = HostPort.of(call.address());
    return KeyValues.of(
        "db.system.name",
        "milvus",
        "db.operation.name",
        call.operation(),
        "db.namespace",
        call.database(),
        "db.collection.name",
        collection == null ? NONE : collection,
        "server.address",
        server.host(),
        "server.port",
        server.port(),
        "error.type",
        error == null ? NONE : CallOutcome.of(error),
        "milvus.client.name",
        call.client());
  }

  /** The host and the port of an address, which the conventions want separately. */
  private record HostPort(String host, String port) {
    /** Parses {@code host:port}; the host of an IPv6 address loses its brackets. */
    static HostPort of(String address) {
      int colon = address.lastIndexOf(':');
      boolean portFollows = colon > address.lastIndexOf(']');
      String host = portFollows ? address.substring(0, colon) : address;
      String port = portFollows ? address.substring(colon + 1) : NONE;
      boolean bracketed = host.startsWith("[") && host.endsWith("]");
      return new HostPort(bracketed ? host.substring(1, host.length() - 1) : host, port);
    }
  }
}
