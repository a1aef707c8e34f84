package dev.milvuspool.micrometer;

import dev.milvuspool.CallInfo;
import dev.milvuspool.CallScope;
import dev.milvuspool.PoolListener;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationRegistry;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Makes an {@link Observation} of each user's call, so that with Micrometer Tracing a call is a
 * span of kind {@code CLIENT} under the caller's. Thread-safe.
 *
 * <p>The observation is named {@code milvus.client.call}, and {@code milvus <operation>} in a
 * trace. It is the current one while the call runs: what the caller's thread does inside the call,
 * such as a function given to {@link dev.milvuspool.Client#call}, belongs to it. A retry is an
 * event of it, {@code retry}. The headers that a tracing handler writes (such as {@code
 * traceparent}) are sent with each request of the call, so that Milvus can continue the trace; a
 * header that gRPC cannot carry as text, such as baggage that is not printable ASCII, is left out.
 *
 * <table>
 *   <caption>The low-cardinality keys; a value that is missing is {@code none}</caption>
 *   <tr><th>key</th><th>value</th></tr>
 *   <tr><td>{@code db.system.name}</td><td>{@code milvus}</td></tr>
 *   <tr><td>{@code db.operation.name}</td><td>the method's name, such as {@code search}</td></tr>
 *   <tr><td>{@code db.namespace}</td><td>the database</td></tr>
 *   <tr><td>{@code db.collection.name}</td><td>the collection, if the call has exactly one</td></tr>
 *   <tr><td>{@code server.address}</td><td>the host that serves when the call starts; an IPv6
 *       address without brackets</td></tr>
 *   <tr><td>{@code server.port}</td><td>its port</td></tr>
 *   <tr><td>{@code error.type}</td><td>how the call failed: {@code timeout}, {@code unavailable},
 *       {@code closed} or {@code server_error}, as the tag {@code outcome} of {@link
 *       MicrometerPoolListener}</td></tr>
 *   <tr><td>{@code milvus.client.name}</td><td>the client's name in the pool</td></tr>
 * </table>
 */
public final class MicrometerObservationListener implements PoolListener {
  private static final CallObservationConvention CONVENTION = new CallObservationConvention();

  private final ObservationRegistry registry;

  /**
   * Makes a listener for {@link dev.milvuspool.MilvusPool.Builder#withListener}.
   *
   * @param registry whose handlers see the calls; without handlers, as {@link
   *     ObservationRegistry#NOOP}, nothing is observed
   * @throws IllegalArgumentException if it is null
   */
  public MicrometerObservationListener(ObservationRegistry registry) {
    if (registry == null) {
      throw new IllegalArgumentException("registry must not be null");
    }
    this.registry = registry;
  }

  @Override
  public @Nullable CallScope onCallStart(CallInfo call) {
    if (registry.isNoop()) {
      return null;
    }
    CallObservationContext context = new CallObservationContext(call);
    Observation observation = Observation.createNotStarted(CONVENTION, () -> context, registry);
    if (observation.isNoop()) { // a predicate of the registry does not want it
      return null;
    }
    Observation.Scope before = registry.getCurrentObservationScope();
    try {
      observation.start();
      return new ObservedCall(observation, observation.openScope(), context.headers());
    } catch (RuntimeException | Error e) { // a handler failed
      leave(observation, before);
      throw e;
    }
  }

  /** Ends what has begun, so that nothing of it stays behind on the caller's thread. */
  private void leave(Observation observation, Observation.@Nullable Scope before) {
    Observation.Scope opened = registry.getCurrentObservationScope();
    try {
      if (opened != null && opened != before) {
        opened.close();
      }
    } finally {
      observation.stop();
    }
  }

  @Override
  public void onRetry(String client, String operation, int retry, Throwable reason) {
    Observation current = registry.getCurrentObservation();
    if (current != null && current.getContext() instanceof CallObservationContext) {
      current.event(Observation.Event.of("retry")); // an event has the time when it was made
    }
  }

  private record ObservedCall(
      Observation observation, Observation.Scope scope, Map<String, String> requestHeaders)
      implements CallScope {
    @Override
    public void onEnd(@Nullable Throwable error) {
      try (scope) {
        if (error != null) {
          observation.error(error);
        }
      } finally {
        observation.stop();
      }
    }
  }
}
