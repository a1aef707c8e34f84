package dev.milvuspool.micrometer;

import dev.milvuspool.CallInfo;
import dev.milvuspool.internal.common.HeaderChecks;
import io.micrometer.observation.transport.Kind;
import io.micrometer.observation.transport.SenderContext;
import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * One call as an observation. Its carrier is the map of request headers into which a tracing
 * handler writes the context of the span, such as {@code traceparent}.
 */
final class CallObservationContext extends SenderContext<Map<String, String>> {
  private static final Pattern NAME = Pattern.compile("[0-9a-zA-Z_.-]+");

  private final CallInfo call;
  private final Map<String, String> headers = new HashMap<>();

  CallObservationContext(CallInfo call) {
    super(CallObservationContext::put, Kind.CLIENT);
    this.call = call;
    setCarrier(headers);
    setRemoteServiceName("milvus");
  }

  /**
   * Leaves out what gRPC cannot send as text, such as baggage that is not ASCII, and the library's
   * own headers, such as the credentials: each request would reject them with a warning.
   */
  private static void put(@Nullable Map<String, String> headers, String name, String value) {
    if (headers != null
        && NAME.matcher(name).matches()
        && !name.endsWith("-bin")
        && HeaderChecks.wrong(name, value) == null) {
      headers.put(name, value);
    }
  }

  CallInfo call() {
    return call;
  }

  /** What the handlers wrote when the observation started. */
  Map<String, String> headers() {
    return Collections.unmodifiableMap(headers);
  }
}
