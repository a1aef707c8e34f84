package dev.milvuspool.internal.channel;

import dev.milvuspool.ClientOptions;
import dev.milvuspool.internal.common.Causes;
import dev.milvuspool.internal.common.Durations;
import dev.milvuspool.internal.connect.Connector;
import dev.milvuspool.internal.connect.EndpointLoads;
import dev.milvuspool.internal.connect.Transport;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Gives a client all its connections at once: the first ones, lazily or not, and those of other
 * options. All or none; a dial that fails or is cancelled changes nothing.
 */
final class Reconfiguration {
  private final ConnectionSupervisor supervisor;
  private final Connector connector;
  private final Supplier<@Nullable String> firstDatabase;
  private @Nullable CompletableFuture<Void> firstDial; // guarded by this

  Reconfiguration(
      ConnectionSupervisor supervisor,
      Connector connector,
      Supplier<@Nullable String> firstDatabase) {
    this.supervisor = supervisor;
    this.connector = connector;
    this.firstDatabase = firstDatabase;
  }

  CompletableFuture<Void> connect(@Nullable String database) {
    Snapshot now = supervisor.snapshot();
    return connect(now.options(), database, supervisor.loads(), now.epoch());
  }

  CompletableFuture<Void> replace(ClientOptions options) {
    return connect(options, options.database().orElse(null), new EndpointLoads(), null);
  }

  synchronized CompletableFuture<Void> firstDial() {
    if (firstDial == null) {
      CompletableFuture<Void> dial = connect(firstDatabase.get());
      firstDial = dial;
      dial.whenComplete(
          (served, failure) -> {
            if (failure != null) {
              supervisor.startDown(failure);
            }
          });
    }
    return firstDial;
  }

  /**
   * Dials and swaps.
   *
   * @param epoch that must not be over then, or null for any
   */
  private CompletableFuture<Void> connect(
      ClientOptions options,
      @Nullable String database,
      EndpointLoads loads,
      @Nullable Integer epoch) {
    CompletableFuture<List<Transport>> dials =
        dialAll(new Connector.Target(supervisor.client(), options, database), loads);
    CompletableFuture<Void> swapped = new CompletableFuture<>();
    dials.whenComplete(
        (fresh, failure) -> {
          if (failure != null) {
            swapped.completeExceptionally(Causes.unwrap(failure));
          } else if (swapped.isDone()) {
            fresh.forEach(Transport::close); // who wanted it was interrupted
          } else if (supervisor.swapAll(epoch, fresh, options, loads)) {
            swapped.complete(null);
          } else {
            swapped.completeExceptionally(supervisor.errors().closed());
          }
        });
    swapped.whenComplete((done, failure) -> dials.cancel(true));
    return swapped;
  }

  /** The first dial finds the site, the others follow it there, side by side. */
  private CompletableFuture<List<Transport>> dialAll(Connector.Target target, EndpointLoads loads) {
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
