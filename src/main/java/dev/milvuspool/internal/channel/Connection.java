package dev.milvuspool.internal.channel;

import dev.milvuspool.internal.common.Durations;
import dev.milvuspool.internal.common.InFlightCounter;
import dev.milvuspool.internal.connect.Endpoint;
import dev.milvuspool.internal.connect.EndpointLoads;
import dev.milvuspool.internal.connect.RpcStatus;
import dev.milvuspool.internal.connect.Transport;
import io.milvus.shaded.io.grpc.Metadata;
import io.milvus.shaded.io.grpc.Status;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * One transport of a client and the RPCs in flight on it. It serves until it is retired, and is
 * closed when its last RPC has ended, or was cut off.
 */
final class Connection {
  private final Transport transport;
  private final EndpointLoads loads;
  private final OpenConnections owner;
  private final InFlightCounter rpcs = new InFlightCounter();
  private final AtomicBoolean retired = new AtomicBoolean();
  private final AtomicBoolean probing = new AtomicBoolean();
  private final CompletableFuture<Void> closed = new CompletableFuture<>();
  private volatile boolean cutOff;
  private volatile long ejectedUntil = System.nanoTime();
  private volatile long lastAnsweredAt = System.nanoTime();

  /** As the latest sweep saw it; touched by the sweep alone. */
  private final Silence silence = new Silence(this);

  Connection(Transport transport, EndpointLoads loads, OpenConnections owner) {
    this.transport = transport;
    this.loads = loads;
    this.owner = owner;
  }

  Transport transport() {
    return transport;
  }

  Endpoint endpoint() {
    return transport.endpoint();
  }

  /** {@code host:port}. */
  String address() {
    return endpoint().address().toString();
  }

  Silence silence() {
    return silence;
  }

  // ---- RPCs

  /** Counts a new RPC; false if it takes no more. */
  boolean acquire(int weight) {
    return rpcs.acquire(weight);
  }

  /** Counts the end of an RPC. */
  void release(int weight) {
    rpcs.release(weight);
  }

  int inFlight() {
    return rpcs.count();
  }

  /** The weight of the RPCs in flight. */
  long load() {
    return rpcs.weight();
  }

  /** An RPC ended on it. */
  void ended(Status status, Metadata trailers) {
    if (!RpcStatus.isUnanswered(status, trailers)) {
      answered();
    }
  }

  /** The server answered an RPC: only this shows that it is alive. */
  void answered() {
    lastAnsweredAt = System.nanoTime();
  }

  /** When the server last answered an RPC or a probe on it, at first when it was opened. */
  long lastAnsweredAt() {
    return lastAnsweredAt;
  }

  /** Its proxy said that it is not ready: others are preferred for this time. */
  void ejectFor(Duration time) {
    ejectedUntil = System.nanoTime() + Durations.nanos(time);
  }

  /** Whether it takes no new RPCs as long as another connection serves. */
  boolean isEjected(long now) {
    // If a hop answers for a dead proxy, it fails fastest, and would be the least loaded.
    return ejectedUntil - now > 0 || probing.get();
  }

  /** Whether its RPCs must end, because the drain time is over. */
  boolean isCutOff() {
    return cutOff;
  }

  void cutOff() {
    cutOff = true;
  }

  // ---- its life

  /** Whether the caller may probe it, and then must call {@link #endProbe}. */
  boolean beginProbe() {
    return probing.compareAndSet(false, true);
  }

  void endProbe() {
    probing.set(false);
  }

  /** Closes it to new RPCs; completes when the last one has ended. */
  CompletableFuture<Void> drain() {
    return rpcs.drain();
  }

  /** Closes it to new RPCs, and the transport when the last one has ended. Idempotent. */
  CompletableFuture<Void> retire() {
    if (retired.compareAndSet(false, true)) {
      loads.remove(endpoint());
      drain().thenRun(this::close);
    }
    return closed;
  }

  /** Ends it immediately, with all RPCs on it. */
  CompletableFuture<Void> close() {
    if (retired.compareAndSet(false, true)) {
      loads.remove(endpoint());
    }
    drain();
    transport
        .close()
        .whenComplete(
            (done, failure) -> {
              owner.remove(this);
              if (failure == null) {
                closed.complete(null);
              } else {
                closed.completeExceptionally(failure);
              }
            });
    return closed;
  }

  boolean isRetired() {
    return retired.get();
  }

  /** Completes when its transport is closed. */
  CompletableFuture<Void> closed() {
    return closed;
  }
}
