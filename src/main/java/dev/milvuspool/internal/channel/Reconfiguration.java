package dev.milvuspool.internal.channel;

import dev.milvuspool.ClientOptions;
import dev.milvuspool.internal.common.Await;
import dev.milvuspool.internal.common.Causes;
import dev.milvuspool.internal.common.Durations;
import dev.milvuspool.internal.connect.Connector;
import dev.milvuspool.internal.connect.EndpointLoads;
import dev.milvuspool.internal.connect.Transport;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Gives a client all its connections at once: the first ones, lazily or not, and those of other
 * options. All or none; a dial that fails or is cancelled changes nothing.
 */
final class Reconfiguration {
  private final ConnectionSupervisor supervisor;
  private final Connector connector;
  private @Nullable CompletableFuture<Void> firstDial; // guarded by this

  Reconfiguration(ConnectionSupervisor supervisor, Connector connector) {
    this.supervisor = supervisor;
    this.connector = connector;
  }

  /** Completes when the client serves, if need be because it was replaced meanwhile. */
  CompletableFuture<Void> connect() {
    Snapshot now = supervisor.snapshot();
    EndpointLoads loads = supervisor.loads();
    CompletableFuture<List<Transport>> dials = dialAll(now.options(), loads);
    CompletableFuture<Void> swapped = new CompletableFuture<>();
    dials.whenComplete(
        (fresh, failure) -> {
          if (failure != null) {
            swapped.completeExceptionally(Causes.unwrap(failure));
          } else if (swapped.isDone()) {
            fresh.forEach(Transport::close); // who wanted it was interrupted
          } else if (supervisor.swapAll(now.epoch(), fresh, now.options(), loads)
              || !supervisor.snapshot().isClosed()) {
            swapped.complete(null);
          } else {
            swapped.completeExceptionally(supervisor.errors().closed());
          }
        });
    swapped.whenComplete((done, failure) -> dials.cancel(true));
    return swapped;
  }

  /**
   * Swaps on the thread of the user, who waits for it in any case: so an interrupt comes before the
   * swap, and nothing has changed, or too late, and it has succeeded.
   */
  void replace(ClientOptions options) {
    EndpointLoads loads = new EndpointLoads();
    List<Transport> fresh = Await.result(dialAll(options, loads), supervisor.client(), "replace");
    if (!supervisor.swapAll(null, fresh, options, loads)) {
      throw supervisor.errors().closed();
    }
  }

  /** Completes when it is known whether the client serves; it is DOWN if not. */
  synchronized CompletableFuture<Void> firstDial() {
    if (firstDial == null) {
      firstDial =
          connect()
              .whenComplete(
                  (served, failure) -> {
                    if (failure != null) {
                      supervisor.startDown(failure);
                    }
                  });
    }
    return firstDial;
  }

  /** The first dial finds the site, the others follow it there, side by side. */
  private CompletableFuture<List<Transport>> dialAll(ClientOptions options, EndpointLoads loads) {
    Connector.Target target =
        new Connector.Target(supervisor.client(), options, options.database().orElse(null));
    CompletableFuture<List<Transport>> all = new CompletableFuture<>();
    long deadlineAt = System.nanoTime() + Durations.nanos(target.options().connectTimeout());
    CompletableFuture<Transport> first =
        connector.connect(target, Connector.Route.first(loads), target.options().connectTimeout());
    closeUnlessWanted(first, all, loads);
    first.whenComplete(
        (transport, failure) -> {
          if (failure != null) {
            all.completeExceptionally(Causes.unwrap(failure));
          } else {
            connectRest(target, loads, transport, deadlineAt, all);
          }
        });
    return all;
  }

  private void connectRest(
      Connector.Target target,
      EndpointLoads loads,
      Transport first,
      long deadlineAt,
      CompletableFuture<List<Transport>> all) {
    List<CompletableFuture<Transport>> dials = new ArrayList<>();
    dials.add(CompletableFuture.completedFuture(first));
    Connector.Route route = new Connector.Route(loads, first.site(), null, 0);
    for (int i = 1; i < target.options().connections() && !all.isDone(); i++) {
      CompletableFuture<Transport> dial =
          connector.connect(target, route, Durations.until(deadlineAt));
      closeUnlessWanted(dial, all, loads);
      dials.add(dial);
    }
    AtomicInteger left = new AtomicInteger(dials.size());
    for (CompletableFuture<Transport> dial : dials) {
      dial.whenComplete(
          (transport, failure) -> {
            if (failure != null) {
              all.completeExceptionally(Causes.unwrap(failure));
            } else if (left.decrementAndGet() == 0) {
              all.complete(dials.stream().map(CompletableFuture::join).toList());
            }
          });
    }
  }

  private static void closeUnlessWanted(
      CompletableFuture<Transport> dial,
      CompletableFuture<List<Transport>> all,
      EndpointLoads loads) {
    all.whenComplete(
        (transports, failure) -> {
          if (failure != null) { // of one, or all were cancelled
            dial.cancel(true);
            dial.thenAccept(
                unwanted -> {
                  loads.remove(unwanted.endpoint());
                  unwanted.close();
                });
          }
        });
  }
}
