package dev.milvuspool.internal.channel;

import dev.milvuspool.ClientHealth;
import dev.milvuspool.internal.common.Background;
import dev.milvuspool.internal.common.Backoff;
import dev.milvuspool.internal.common.Durations;
import dev.milvuspool.internal.connect.Connector.Postponed;
import dev.milvuspool.internal.connect.Connector.Route;
import dev.milvuspool.internal.connect.Endpoint;
import dev.milvuspool.internal.connect.EndpointLoads;
import dev.milvuspool.internal.connect.RpcStatus;
import dev.milvuspool.internal.connect.Transport;
import io.milvus.shaded.io.grpc.Status;
import java.time.Duration;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;

/**
 * Monitors the connections that serve: probes those that do not answer or are idle, replaces the
 * aged ones, and repairs an uneven spread over the endpoints.
 */
final class HealthMonitor {
  /** How long a server may be silent after a probe before its connection stops serving. */
  static final Duration SILENCE = Duration.ofSeconds(3);

  /**
   * The time that a probe gets before a fresh connection is dialled in parallel: a slow server
   * answers within it, and is not dialled each second.
   */
  private static final Duration HEAD_START = Duration.ofMillis(250);

  /** A timer that is so late shows that this JVM was frozen: suspended, or in a long GC. */
  private static final Duration FROZEN = Duration.ofMillis(500);

  /** The server's extra time in that case: its answer may be there, but not read yet. */
  private static final Duration SECOND_LOOK = Duration.ofSeconds(1);

  /** Between two probes, if a hop on the way answers instead of the server. */
  private static final Duration NEXT_PROBE = Duration.ofMillis(300);

  private static final Future<?> NOTHING = CompletableFuture.completedFuture(null);

  private final ConnectionSupervisor supervisor;
  private final ClientDials dials;
  private final Background background;
  private final RandomGenerator random;
  private volatile Duration checkInterval = Duration.ZERO;
  private Future<?> nextCheck = NOTHING; // guarded by this
  private Future<?> mending = NOTHING; // by the scheduler alone

  HealthMonitor(
      ConnectionSupervisor supervisor,
      ClientDials dials,
      Background background,
      RandomGenerator random) {
    this.supervisor = supervisor;
    this.dials = dials;
    this.background = background;
    this.random = random;
  }

  // ---- probing

  /**
   * Checks in the background whether the server still answers on this connection, unless a check is
   * running: probes it and, in parallel, dials a fresh one. The first answer decides.
   */
  void suspect(Connection connection) {
    if (connection.beginProbe()) {
      new Probe(connection).start();
    }
  }

  private final class Probe {
    private final Connection connection;
    private final Snapshot snapshot = supervisor.snapshot();
    private final long lastAnsweredAt;
    private final long beganAt = System.nanoTime();
    private volatile long endsAt = beganAt + Durations.nanos(SILENCE);

    /** Completes when the check is decided. */
    private final CompletableFuture<Void> decided = new CompletableFuture<>();

    Probe(Connection connection) {
      this.connection = connection;
      lastAnsweredAt = connection.lastAnsweredAt();
    }

    void start() {
      var dial = background.schedule(this::dial, HEAD_START);
      decided.whenComplete(
          (done, failure) -> {
            dial.cancel(false);
            connection.endProbe();
          });
      giveUpAtEnd();
      ask();
    }

    private void giveUpAtEnd() {
      var end = background.schedule(this::giveUp, Durations.until(endsAt));
      decided.whenComplete((done, failure) -> end.cancel(false));
    }

    /** An answer to any RPC since then also shows that it works, and is only busy. */
    private boolean isDecided() {
      if (connection.lastAnsweredAt() != lastAnsweredAt || connection.isRetired()) {
        decided.complete(null);
      }
      return decided.isDone();
    }

    private void ask() {
      if (isDecided()) {
        return;
      }
      CompletableFuture<String> probe =
          connection.transport().probeInAnyCase(Durations.until(endsAt));
      decided.whenComplete((done, failure) -> probe.cancel(false));
      probe.whenComplete(
          (version, failure) -> {
            if (failure == null) {
              supervisor.open().noteVersion(version);
            } else if (!isAnswer(failure)) {
              if (!isDecided()) { // it is if the connection was closed during the probe
                background.schedule(this::ask, NEXT_PROBE);
              }
              return;
            }
            connection.answered();
            decided.complete(null);
          });
    }

    private void dial() {
      if (isDecided()) {
        return;
      }
      CompletableFuture<Transport> dial =
          dials.redial(
              snapshot,
              beside(snapshot, connection, beganAt),
              Durations.min(snapshot.options().connectTimeout(), Durations.until(endsAt)));
      decided.whenComplete((done, failure) -> dial.cancel(false));
      dial.whenComplete(
          (fresh, failure) -> {
            if (failure == null) {
              dialled(fresh);
            } else if (failure instanceof Postponed) { // this is no reason to go down
              background.schedule(this::dial, ClientDials.nextInTheCrowd(random));
            }
            // Any other failure stops no connection that serves.
          });
    }

    private void dialled(Transport fresh) {
      if (isDecided()) {
        ClientDials.discard(fresh, snapshot.loads());
      } else if (supervisor.renewed(snapshot, fresh, connection)) {
        connection.retire(); // no drain time: what is on it may still be answered
        decided.complete(null);
      }
    }

    private void giveUp() {
      if (isDecided()) {
        return;
      }
      if (Durations.since(endsAt).compareTo(FROZEN) > 0) {
        endsAt = System.nanoTime() + Durations.nanos(SECOND_LOOK);
        giveUpAtEnd();
        return;
      }
      if (dials.hasAnswered(connection, beganAt)) {
        supervisor.ended(connection); // calls wait to learn whether it is replaced
      } else {
        supervisor.silent(connection);
      }
      decided.complete(null);
    }
  }

  /** Whether a probe's failure comes from the server itself, such as rejected credentials. */
  static boolean isAnswer(Throwable failure) {
    var status = RpcStatus.of(failure);
    return status != null && !RpcStatus.isUnanswered(status, Status.trailersFromThrowable(failure));
  }

  // ---- the periodic check

  /** Starts the periodic check, unless it has started or is switched off. */
  void start() {
    // A swap alone does not put the next check off.
    if (!checkInterval.equals(supervisor.snapshot().options().healthCheckInterval())) {
      scheduleCheck();
    }
  }

  private synchronized void scheduleCheck() {
    Snapshot now = supervisor.snapshot();
    Duration interval = now.options().healthCheckInterval();
    checkInterval = interval;
    nextCheck.cancel(false);
    if (!interval.isZero() && !now.isClosed()) {
      nextCheck = background.schedule(this::check, Backoff.spread(interval, random));
    }
  }

  private void check() {
    scheduleCheck(); // first of all: whatever happens here, the checks go on
    Snapshot now = supervisor.snapshot();
    long idleSince = System.nanoTime() - Durations.nanos(checkInterval) / 2;
    for (Connection connection : now.serving()) {
      if (connection.inFlight() == 0 && connection.lastAnsweredAt() - idleSince < 0) {
        suspect(connection);
      }
    }
    if (now.serving().size() > 1 && mending.isDone()) {
      mending = mendSpread(now);
    }
  }

  synchronized void stop() {
    nextCheck.cancel(false);
  }

  // ---- the probe that a user asks for

  CompletableFuture<ClientHealth> probe(Duration timeout) {
    HealthProbe probe = new HealthProbe(supervisor, background, timeout);
    return dials
        .endWithClient(probe.start())
        .exceptionally(closed -> probe.health(null, supervisor.errors().closed()));
  }

  // ---- an even spread over the endpoints

  /**
   * Moves one connection: from an endpoint that its name no longer resolves to, or from the one
   * that has most to one that has at least two fewer.
   */
  private CompletableFuture<?> mendSpread(Snapshot now) {
    EndpointLoads loads = now.loads();
    return dials
        .endpoints(now)
        .thenCompose(
            endpoints -> {
              for (Connection each : now.serving()) {
                if (isGone(each.endpoint(), endpoints)) {
                  return renew(now, each, fresh -> !fresh.equals(each.endpoint()));
                }
              }
              Connection most =
                  Collections.max(
                      now.serving(), Comparator.comparingInt(each -> loads.count(each.endpoint())));
              int left = loads.count(most.endpoint()) - 1;
              // The endpoint with the fewest may still be dead, and the dial lead to another one.
              return endpoints.stream().anyMatch(each -> loads.count(each) < left)
                  ? renew(now, most, fresh -> loads.count(fresh) < loads.count(most.endpoint()))
                  : CompletableFuture.completedFuture(null);
            });
  }

  /** False if the look-up of its name has failed. */
  private static boolean isGone(Endpoint endpoint, List<Endpoint> resolved) {
    return !resolved.contains(endpoint)
        && resolved.stream().anyMatch(each -> each.address().equals(endpoint.address()));
  }

  // ---- age

  /** Schedules the connection's replacement because of its age, if there is a maximum. */
  void watchAge(Connection connection) {
    supervisor
        .snapshot()
        .options()
        .maxConnectionAge()
        .ifPresent(
            age -> {
              Future<?> renewal =
                  background.schedule(() -> renewAged(connection), Backoff.spread(age, random));
              connection.closed().whenComplete((done, failure) -> renewal.cancel(false));
            });
  }

  private void renewAged(Connection aged) {
    Snapshot now = supervisor.snapshot();
    if (now.serving().contains(aged)) {
      renew(now, aged, fresh -> true)
          .exceptionally(
              failure -> {
                supervisor.reportFailedDial(failure);
                suspect(aged); // it may be that only new connections are refused
                // Again soon, for as long as it serves. Nothing is added to what its end does:
                // that would pile up.
                background.schedule(() -> renewAged(aged), now.options().reconnectBackoffMax());
                return null;
              });
    }
  }

  /**
   * Builds a fresh connection at the same site, swaps it in, and drains the old one.
   *
   * @param wanted at which endpoints it is useful
   */
  private CompletableFuture<Transport> renew(
      Snapshot now, Connection worn, Predicate<Endpoint> wanted) {
    CompletableFuture<Transport> dial =
        dials.redial(now, beside(now, worn, System.nanoTime()), now.options().connectTimeout());
    dial.thenAccept(
        fresh -> {
          if (!wanted.test(fresh.endpoint())) {
            ClientDials.discard(fresh, now.loads());
          } else if (supervisor.renewed(now, fresh, worn)) {
            supervisor.open().drain(worn, now.options());
          }
        });
    return dial;
  }

  /** To the site of a connection that the dial may replace. */
  private static Route beside(Snapshot now, Connection connection, long since) {
    return new Route(
        now.loads(), connection.transport().site(), true, connection.endpoint(), since);
  }
}
