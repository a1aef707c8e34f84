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
 * trace. It is current while the call runs, so what the thread does inside the call, such as a
 * function given to {@link dev.milvuspool.Client#call}, belongs to it. Each retry is an event
 * {@code retry}. The headers that a tracing handler writes (such as {@code traceparent}) are sent
 * with each request of the call, so that Milvus can continue the trace; a header that gRPC cannot
 * carry as text, such as baggage that is not printable ASCII, is left out.
 *
 * <table>
 *   <caption>The low-cardinality keys; a value that is missing is {@code none}</caption>
 *   <tr><th>key</th><th>value</th></tr>
 *   <tr><td>{@code db.system.name}</td><td>{@code milvus}</td></tr>
 *   <tr><td>{@code db.operation.name}</td><td>the method's name, such as {@code search}</td></tr>
 *   <tr><td>{@code db.namespace}</td><td>the database</td></tr>
 *   <tr><td>{@code db.collection.name}</td><td>the collection, if the call has exactly one</td></tr>
 *   <tr><td>{@code server.address}</td><td>the host in use when the call starts; an IPv6
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
    if (observation.isNoop()) { // a predicate of the registry excludes it
      return null;
    }
    ObservedCall observed = new ObservedCall(observation, context.headers());
    try {
      observed.begin();
      return observed;
    } catch (Throwable e) { // a handler failed
      observed.onEnd(null);
      throw e;
    }
  }

  /** The observation of one call, the current one of the call's thread until it ends. */
  private final class ObservedCall implements CallScope {
    private final Observation observation;
    private final Map<String, String> headers;
    private final Observation.@Nullable Scope before = registry.getCurrentObservationScope();
    private Observation.@Nullable Scope scope;

    ObservedCall(Observation observation, Map<String, String> headers) {
      this.observation = observation;
      this.headers = headers;
    }

    void begin() {
      observation.start();
      try {
        observation.openScope();
      } finally { // if a handler failed, the scope is open anyway
        scope = registry.getCurrentObservationScope();
      }
    }

    @Override
    public Map<String, String> requestHeaders() {
      return headers;
    }

    @Override
    public void onRetry(int retry, Throwable reason) {
      observation.event(Observation.Event.of("retry")); // an event has the time when it was made
    }

    @Override
    public void onEnd(@Nullable Throwable error) {
      try {
        if (error != null) {
          observation.error(error);
        }
      } finally {
        try {
          leave();
        } finally {
          observation.stop();
        }
      }
    }

    /**
     * Leaves nothing of the call on its thread, even if a handler fails. A function that the user
     * gave to the call may have closed scopes from before the call: those stay closed.
     */
    private void leave() {
      Observation.Scope now = registry.getCurrentObservationScope();
      Observation.Scope opened = scope;
      if (opened == null || opened == before) {
        return;
      }
      try {
        opened.close();
      } finally {
        registry.setCurrentObservationScope(isWithin(now, opened) ? before : now);
      }
    }

    private static boolean isWithin(Observation.@Nullable Scope inner, Observation.Scope outer) {
      Observation.Scope each = inner;
      while (each != null && each != outer) {
        each = each.getPreviousObservationScope();
      }
      return each == outer;
    }
  }
}
