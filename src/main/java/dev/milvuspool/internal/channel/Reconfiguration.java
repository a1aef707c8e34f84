package dev.milvuspool.internal.channel;

import dev.milvuspool.ClientOptions;
import dev.milvuspool.internal.common.Await;
import dev.milvuspool.internal.common.Causes;
import dev.milvuspool.internal.common.Durations;
import dev.milvuspool.internal.connect.Connector;
import dev.milvuspool.internal.connect.EndpointLoads;
import dev.milvuspool.internal.connect.Transport;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Opens all connections of a client together: the first ones, lazily or not, and those of new
 * options. It is all or none: a dial that fails or is cancelled changes nothing.
 */
final class Reconfiguration {
  private final ConnectionSupervisor supervisor;
  private final ClientDials dials;
  private @Nullable CompletableFuture<Void> firstDial; // guarded by this

  Reconfiguration(ConnectionSupervisor supervisor, ClientDials dials) {
    this.supervisor = supervisor;
    this.dials = dials;
  }

  /** Completes when the client serves, perhaps because it was replaced meanwhile. */
  CompletableFuture<Void> connect() {
    Snapshot now = supervisor.snapshot();
    CompletableFuture<List<Transport>> all = dialAll(now.options(), now.loads());
    CompletableFuture<Void> swapped = new CompletableFuture<>();
    all.whenComplete(
        (fresh, failure) -> {
          if (failure != null) {
            swapped.completeExceptionally(Causes.unwrap(failure));
          } else if (swapped.isDone()) {
            fresh.forEach(
                each -> ClientDials.discard(each, now.loads())); // who wanted it was interrupted
          } else if (supervisor.swapAll(now.epoch(), fresh, now.options(), now.loads())
              || !supervisor.snapshot().isClosed()) {
            swapped.complete(null);
          } else {
            swapped.completeExceptionally(supervisor.errors().closed());
          }
        });
    swapped.whenComplete((done, failure) -> all.cancel(true));
    return swapped;
  }

  /**
   * Swaps on the user's thread, which waits in any case. So an interrupt comes before the swap, and
   * nothing has changed, or after it, and the swap has succeeded.
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

  /** The first dial finds the site, the others follow it there in parallel. */
  private CompletableFuture<List<Transport>> dialAll(ClientOptions options, EndpointLoads loads) {
    CompletableFuture<List<Transport>> all = new CompletableFuture<>();
    long deadlineAt = System.nanoTime() + Durations.nanos(options.connectTimeout());
    CompletableFuture<Transport> first =
        dial(options, Connector.Route.first(loads), options.connectTimeout(), all);
    first.thenAccept(
        transport -> {
          Connector.Route route = new Connector.Route(loads, transport.site(), true, null, 0);
          List<CompletableFuture<Transport>> dialled = new ArrayList<>(List.of(first));
          for (int i = 1; i < options.connections() && !all.isDone(); i++) {
            dialled.add(dial(options, route, Durations.until(deadlineAt), all));
          }
          CompletableFuture.allOf(dialled.toArray(CompletableFuture<?>[]::new))
              .thenRun(() -> all.complete(dialled.stream().map(CompletableFuture::join).toList()));
        });
    return all;
  }

  /** Dials one. If it fails, all fail; if all fail or are cancelled, nothing stays open. */
  private CompletableFuture<Transport> dial(
      ClientOptions options,
      Connector.Route route,
      Duration timeout,
      CompletableFuture<List<Transport>> all) {
    CompletableFuture<Transport> dial =
        dials.connect(options, options.database().orElse(null), route, timeout);
    all.exceptionally(
        failure -> {
          dial.cancel(true);
          dial.thenAccept(unwanted -> ClientDials.discard(unwanted, route.loads()));
          return List.of();
        });
    dial.exceptionally(
        failure -> {
          all.completeExceptionally(Causes.unwrap(failure));
          return null;
        });
    return dial;
  }
}
