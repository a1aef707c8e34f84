package dev.milvuspool.micrometer;

import dev.milvuspool.CallInfo;
import dev.milvuspool.CallScope;
import dev.milvuspool.ClientClosedException;
import dev.milvuspool.ClientOptions;
import dev.milvuspool.ClientState;
import dev.milvuspool.ClientStats;
import dev.milvuspool.PoolListener;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Keeps meters of every client of a pool, until the client is removed. Thread-safe.
 *
 * <table>
 *   <caption>The meters; each has the tag {@code client}</caption>
 *   <tr><th>name</th><th>type</th><th>what it says</th></tr>
 *   <tr><td>{@code milvus.client.operation}</td><td>timer</td><td>user's calls, by {@code
 *       operation} (the method's name) and {@code outcome}</td></tr>
 *   <tr><td>{@code milvus.client.up}</td><td>gauge</td><td>1 for a client that is up, else
 *       0</td></tr>
 *   <tr><td>{@code milvus.client.in.flight}</td><td>gauge</td><td>calls that are with the
 *       server</td></tr>
 *   <tr><td>{@code milvus.client.retries}</td><td>counter</td><td>attempts after a call's first
 *       </td></tr>
 *   <tr><td>{@code milvus.client.reconnects}</td><td>counter</td><td>connections swapped in by
 *       recovery or ageing</td></tr>
 * </table>
 *
 * <p>An outcome is {@code success}, {@code timeout} (the deadline passed), {@code unavailable} (no
 * connection, it was lost, or a supplier failed), {@code closed} (the client or the pool was
 * closed) or {@code server_error} (the server rejected the request, or a function given to {@link
 * dev.milvuspool.Client#call} threw an exception of its own).
 */
public final class MicrometerPoolListener implements PoolListener {
  private final MeterRegistry registry;
  private final ConcurrentMap<String, ClientMeters> clients = new ConcurrentHashMap<>();

  /**
   * Makes a listener for {@link dev.milvuspool.MilvusPool.Builder#withListener}.
   *
   * @param registry where the meters are registered; one pool a registry, or client names that
   *     differ between its pools
   * @throws IllegalArgumentException if it is null
   */
  public MicrometerPoolListener(MeterRegistry registry) {
    if (registry == null) {
      throw new IllegalArgumentException("registry must not be null");
    }
    this.registry = registry;
  }

  @Override
  public void onClientAdded(String client, ClientOptions options, Supplier<ClientStats> stats) {
    ClientMeters before = clients.put(client, new ClientMeters(client, stats));
    if (before != null) {
      before.remove();
    }
  }

  @Override
  public void onClientRemoved(String client) {
    ClientMeters meters = clients.remove(client);
    if (meters != null) {
      meters.remove();
    }
  }

  @Override
  public @Nullable CallScope onCallStart(CallInfo call) {
    ClientMeters meters = clients.get(call.client());
    return meters == null ? null : meters.call(call.operation());
  }

  /** The meters of one client; holds its statistics, which the registry does not. */
  private final class ClientMeters {
    private final String client;
    private final Supplier<ClientStats> stats;
    private final Queue<Meter> meters = new ConcurrentLinkedQueue<>();

    /** By operation and outcome. */
    private final ConcurrentMap<List<String>, Timer> timers = new ConcurrentHashMap<>();

    private volatile boolean removed;

    ClientMeters(String client, Supplier<ClientStats> stats) {
      this.client = client;
      this.stats = stats;
      meters.add(
          Gauge.builder("milvus.client.up", this, m -> m.stats().state() == ClientState.UP ? 1 : 0)
              .description("1 for a client that is up, else 0")
              .tag("client", client)
              .register(registry));
      meters.add(
          Gauge.builder("milvus.client.in.flight", this, m -> m.stats().inFlight())
              .description("Calls that are with the server")
              .tag("client", client)
              .register(registry));
      meters.add(
          FunctionCounter.builder("milvus.client.retries", this, m -> m.stats().retries())
              .description("Attempts after the first one of a call")
              .tag("client", client)
              .register(registry));
      meters.add(
          FunctionCounter.builder("milvus.client.reconnects", this, m -> m.stats().reconnects())
              .description("Connections swapped in by recovery or ageing")
              .tag("client", client)
              .register(registry));
    }

    private ClientStats stats() {
      return stats.get();
    }

    /** Measures a call; at its end the name may belong to another client with other meters. */
    CallScope call(String operation) {
      long startedAt = System.nanoTime();
      return error -> {
        if (!removed && !isOfOlderClient(error)) {
          timer(operation, CallOutcome.of(error))
              .record(System.nanoTime() - startedAt, TimeUnit.NANOSECONDS);
        }
      };
    }

    /** Whether the error comes from an earlier client of this name, which is closed. */
    private boolean isOfOlderClient(@Nullable Throwable error) {
      return error instanceof ClientClosedException closed
          && client.equals(closed.clientName())
          && stats().state() != ClientState.CLOSED;
    }

    private Timer timer(String operation, String outcome) {
      return timers.computeIfAbsent(
          List.of(operation, outcome),
          key -> {
            Timer timer =
                Timer.builder("milvus.client.operation")
                    .description("Calls of a Milvus client, retries included")
                    .tags("client", client, "operation", operation, "outcome", outcome)
                    .register(registry);
            meters.add(timer);
            return timer;
          });
    }

    void remove() {
      removed = true;
      meters.forEach(registry::remove);
    }
  }
}
