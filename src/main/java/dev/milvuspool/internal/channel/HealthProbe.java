package dev.milvuspool.internal.channel;

import dev.milvuspool.ClientHealth;
import dev.milvuspool.ClientState;
import dev.milvuspool.MilvusPoolException;
import dev.milvuspool.internal.common.Background;
import dev.milvuspool.internal.common.Causes;
import dev.milvuspool.internal.common.Durations;
import dev.milvuspool.internal.common.Errors;
import dev.milvuspool.internal.connect.RpcStatus;
import dev.milvuspool.internal.connect.Transport;
import io.milvus.shaded.io.grpc.Status;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One health question of a user: it asks the client's server. A lazy client that has not connected
 * yet connects first, because a client is healthy only if a server has answered.
 */
final class HealthProbe {
  private final ConnectionSupervisor supervisor;
  private final Background background;
  private final Duration timeout;
  private final long startedAt = System.nanoTime();
  private final CompletableFuture<ClientHealth> result = new CompletableFuture<>();

  /** The error to report at the timeout. */
  private volatile Supplier<MilvusPoolException> late = () -> unanswered(null);

  HealthProbe(ConnectionSupervisor supervisor, Background background, Duration timeout) {
    this.supervisor = supervisor;
    this.background = background;
    this.timeout = timeout;
  }

  /** Completes within the timeout. */
  CompletableFuture<ClientHealth> start() {
    var timer = background.schedule(() -> complete(null, late.get()), timeout);
    result.whenComplete((health, failure) -> timer.cancel(false));
    ask();
    return result;
  }

  private void ask() {
    Snapshot now = supervisor.snapshot();
    Connection connection = now.leastLoaded(null);
    if (connection != null) {
      ask(connection);
    } else if (now.state() == ClientState.UP) {
      // A failed first dial makes the client DOWN, which is a change as well.
      CompletableFuture<?> change = now.lazy() ? supervisor.firstDial() : now.changed();
      change.whenComplete((done, failure) -> askAgain());
    } else {
      complete(null, now.isClosed() ? supervisor.errors().closed() : now.lastError());
    }
  }

  private void askAgain() {
    if (!result.isDone()) {
      ask();
    }
  }

  private void ask(Connection connection) {
    long askedAt = System.nanoTime();
    Transport transport = connection.transport();
    CompletableFuture<@Nullable String> header = transport.authorization();
    late = () -> header.isDone() ? unanswered(null) : transport.authorizationLate();
    CompletableFuture<String> probe =
        transport.probe(header, timeout.minus(Durations.since(startedAt)));
    result.whenComplete((health, failure) -> probe.cancel(false));
    probe.whenComplete(
        (version, failure) -> {
          if (failure == null) {
            connection.answered();
            supervisor.open().noteVersion(version);
            complete(Durations.since(askedAt), null);
          } else if (!probe.isCancelled()) {
            failed(connection, Causes.unwrap(failure), askedAt);
          }
        });
  }

  private void failed(Connection connection, Throwable failure, long askedAt) {
    Status status = RpcStatus.of(failure);
    Status.Code code = status == null ? Status.Code.UNKNOWN : status.getCode();
    if (failure instanceof MilvusPoolException supplier) {
      complete(null, supplier);
    } else if (connection.isRetired() && !HealthMonitor.isAnswer(failure)) {
      askAgain(); // it was replaced under the probe
    } else if (!HealthMonitor.isAnswer(failure)) {
      supervisor.monitor().suspect(connection);
      complete(
          null,
          code == Status.Code.DEADLINE_EXCEEDED
              ? unanswered(failure)
              : Errors.probeFailed(
                  supervisor.client(), connection.address(), Durations.since(startedAt), failure));
    } else {
      connection.answered();
      complete(
          Durations.since(askedAt),
          code == Status.Code.UNAUTHENTICATED
              ? Errors.probeRejected(supervisor.client(), connection.address(), failure)
              : null);
    }
  }

  private MilvusPoolException unanswered(@Nullable Throwable cause) {
    return Errors.probeUnanswered(
        supervisor.client(), supervisor.snapshot().address(), timeout, cause);
  }

  private void complete(@Nullable Duration latency, @Nullable MilvusPoolException error) {
    result.complete(health(latency, error));
  }

  /** The client's health if its server has answered after this time, or this was the error. */
  ClientHealth health(@Nullable Duration latency, @Nullable MilvusPoolException error) {
    Snapshot now = supervisor.snapshot();
    return new ClientHealth(
        supervisor.client(),
        now.address(),
        now.publicState(),
        now.since(),
        supervisor.open().serverVersion(),
        latency,
        now.lastError() == null ? error : now.lastError());
  }
}
