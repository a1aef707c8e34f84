package dev.milvuspool.internal.channel;

import dev.milvuspool.internal.common.Causes;
import dev.milvuspool.internal.common.Durations;
import dev.milvuspool.internal.connect.Connector;
import dev.milvuspool.internal.connect.EndpointLoads;
import dev.milvuspool.internal.connect.Transport;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Dials all connections that a client is to have: all or none. The first one finds the site, the
 * others follow it there, side by side.
 */
final class ParallelDials {
  private final Connector connector;

  ParallelDials(Connector connector) {
    this.connector = connector;
  }

  /** The transports, or the first failure with nothing left open; cancelling ends the dials. */
  CompletableFuture<List<Transport>> start(
      Connector.Target target, EndpointLoads loads, Duration timeout) {
    CompletableFuture<List<Transport>> all = new CompletableFuture<>();
    long deadlineAt = System.nanoTime() + Durations.nanos(timeout);
    CompletableFuture<Transport> first =
        connector.connect(target, Connector.Route.first(loads), timeout);
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
