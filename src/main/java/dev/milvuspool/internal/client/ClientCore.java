package dev.milvuspool.internal.client;

import dev.milvuspool.ClientConnectException;
import dev.milvuspool.ClientHealth;
import dev.milvuspool.ClientOptions;
import dev.milvuspool.ClientState;
import dev.milvuspool.ClientStats;
import dev.milvuspool.PoolListener;
import dev.milvuspool.internal.channel.ConnectionSupervisor;
import dev.milvuspool.internal.channel.Snapshot;
import dev.milvuspool.internal.channel.SupervisedChannel;
import dev.milvuspool.internal.common.Await;
import dev.milvuspool.internal.common.Background;
import dev.milvuspool.internal.common.Causes;
import dev.milvuspool.internal.common.DeadlineSweeper;
import dev.milvuspool.internal.common.Durations;
import dev.milvuspool.internal.common.Errors;
import dev.milvuspool.internal.common.EventDispatcher;
import dev.milvuspool.internal.connect.Connector;
import dev.milvuspool.internal.connect.GrpcStatics;
import dev.milvuspool.internal.connect.MilvusStatus;
import io.milvus.grpc.ClientInfo;
import io.milvus.grpc.ConnectRequest;
import io.milvus.grpc.ConnectResponse;
import io.milvus.v2.client.MilvusClientV2;
import io.milvus.v2.exception.MilvusClientException;
import io.milvus.v2.utils.RpcUtils;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/** One client, which all its views share: its connections, calls, SDK clients, and its end. */
public final class ClientCore {
  /** The time to end for calls that were cut off, before the client closes without them. */
  private static final Duration GRACE = Duration.ofSeconds(1);

  /** What Milvus says to a user who lacks a privilege; not every version has a code for it. */
  private static final String NO_PRIVILEGE = "permission";

  /**
   * What the clients of one pool share.
   *
   * @param background which each client uses, and releases at its end
   * @param onClose called when the user closes a client, to end it
   */
  public record Shared(
      Background background,
      DeadlineSweeper sweeper,
      Connector connector,
      List<PoolListener> listeners,
      Consumer<ClientCore> onClose) {}

  private final Background background;
  private final EventDispatcher events;
  private final ConnectionSupervisor supervisor;
  private final ClientCalls calls;
  private final SdkClients sdkClients;
  private final Consumer<ClientCore> onClose;
  private final AtomicBoolean ending = new AtomicBoolean();
  private final AtomicBoolean closing = new AtomicBoolean();
  private final AtomicBoolean askedForOtherwise = new AtomicBoolean();
  private final CompletableFuture<Void> ended = new CompletableFuture<>();

  /** Makes a client that is not connected yet. */
  public ClientCore(String name, ClientOptions options, Shared shared) {
    onClose = shared.onClose();
    background = shared.background();
    events = new EventDispatcher(name, shared.listeners(), background);
    supervisor =
        new ConnectionSupervisor(
            name,
            options,
            background,
            shared.sweeper(),
            shared.connector(),
            events,
            () -> ThreadLocalRandom.current().nextLong());
    calls = new ClientCalls(supervisor, events);
    sdkClients = new SdkClients(supervisor);
  }

  /** Its name in the pool. */
  public String name() {
    return supervisor.client();
  }

  /** The options in use. */
  public ClientOptions options() {
    return supervisor.snapshot().options();
  }

  ClientState state() {
    return supervisor.snapshot().publicState();
  }

  ClientCalls calls() {
    return calls;
  }

  ConnectionSupervisor supervisor() {
    return supervisor;
  }

  /** Its events for the listeners. */
  public EventDispatcher events() {
    return events;
  }

  /** The database of calls that name none. */
  String database() {
    return supervisor.snapshot().database();
  }

  MilvusClientV2 sdk(String ofDatabase) {
    return sdkClients.of(ofDatabase);
  }

  /** Whether this is the first request for this client with other options. */
  public boolean firstOtherOptions() {
    return askedForOtherwise.compareAndSet(false, true);
  }

  void requireOpen() {
    if (supervisor.snapshot().isClosed()) {
      throw supervisor.errors().closed();
    }
  }

  // ---- connecting

  /** Dials; completes when the client serves. Cancelling it ends the dials. */
  public CompletableFuture<Void> connect() {
    return supervisor.connect();
  }

  /** Starts as a client that is down, because its first dial failed. */
  public void startDown(Throwable failure) {
    supervisor.startDown(failure);
  }

  /** Dials with other options, on the thread of the user who asked for it, and swaps. */
  public void replace(ClientOptions options) {
    requireOpen();
    try {
      supervisor.replace(options);
    } catch (ClientConnectException e) {
      events.connectFailed(e);
      throw e;
    }
    sdkClients.forEach(SupervisedSdkClient::forgetSchemas);
    events.replaced(options);
  }

  /** Makes an existing database the current one; calls in flight keep theirs. */
  void useDatabase(String wanted, Duration deadline) {
    calls.run(
        Operation.USE_DATABASE,
        deadline,
        database(),
        null,
        () -> {
          if (!isThere(wanted)) {
            throw Errors.databaseNotFound(name(), supervisor.snapshot().address(), wanted);
          }
          supervisor.useDatabase(wanted);
          return true;
        });
  }

  /**
   * If it is not on the list, which may be that of the user's grants, {@code Connect} is asked, as
   * in the handshake.
   */
  private boolean isThere(String wanted) {
    boolean mayList = true;
    try {
      if (sdk(database()).listDatabases().getDatabaseNames().contains(wanted)) {
        return true;
      }
    } catch (MilvusClientException e) {
      if (!String.valueOf(e.getMessage()).toLowerCase(Locale.ROOT).contains(NO_PRIVILEGE)) {
        throw e;
      }
      mayList = false;
    }
    ConnectResponse answer =
        new SupervisedChannel(supervisor, SdkClients.header(wanted))
            .stub()
            .connect(
                ConnectRequest.newBuilder()
                    .setClientInfo(ClientInfo.newBuilder().setSdkType("Java"))
                    .build());
    if (MilvusStatus.isDatabaseMissing(answer.getStatus())) {
      return false;
    }
    new RpcUtils().handleResponse("Connect", answer.getStatus());
    return !mayList || MilvusStatus.hasCheckedDatabase(answer);
  }

  // ---- looking at it

  /** Its numbers now. */
  public ClientStats stats() {
    Snapshot now = supervisor.snapshot();
    return new ClientStats(
        name(),
        now.publicState(),
        now.since(),
        now.isClosed() ? 0 : now.serving().size(),
        supervisor.inFlight(),
        calls.ended(),
        calls.failed(),
        supervisor.retries(),
        supervisor.reconnects());
  }

  ClientHealth health(Duration timeout) {
    requireOpen();
    return Await.result(probe(timeout), name(), "health");
  }

  /** Asks the server; completes within the timeout, and never fails. */
  public CompletableFuture<ClientHealth> probe(Duration timeout) {
    return supervisor.probe(timeout);
  }

  /** Whether calls are in flight, or streams whose calls have returned. */
  public boolean isBusy() {
    return supervisor.calls().count() > 0 || supervisor.inFlight() > 0;
  }

  // ---- the end

  /** The user's close: leaves the owner, and waits for the end. */
  void close() {
    onClose.accept(this);
    try {
      awaitEnd();
    } finally {
      GrpcStatics.forgetThread();
    }
  }

  /**
   * Waits until the connections are drained and closed, which takes the drain time at the most. An
   * interrupt ends the waiting, not the closing.
   */
  public void awaitEnd() {
    try {
      Await.end(end());
    } finally {
      if (ended.isDone()) {
        EventDispatcher.awaitRemovedHeard(List.of(events));
      }
    }
  }

  /**
   * Ends the client; there is no other way. It takes no new calls. Those in flight get the drain
   * time and are then cut off. Completes when the connections are closed. It does not wait for a
   * call that goes on when it is cut off, such as a function that ignores its interrupt.
   */
  public CompletableFuture<Void> end() {
    if (ending.compareAndSet(false, true)) {
      Duration drainTimeout = options().drainTimeout();
      CompletableFuture<Void> drained = supervisor.drain();
      if (!drained.isDone()) {
        Future<?> cut = background.schedule(this::cutOff, drainTimeout);
        Future<?> giveUp =
            background.schedule(this::closeConnections, Durations.sum(drainTimeout, GRACE));
        drained.whenComplete(
            (done, failure) -> {
              cut.cancel(false);
              giveUp.cancel(false);
            });
      }
      drained.whenComplete((done, failure) -> closeConnections());
      ended.whenComplete((done, failure) -> background.listeners().execute(this::afterEnd));
    }
    return ended;
  }

  private void cutOff() {
    supervisor.cutOff();
    supervisor.calls().drain().thenRun(this::closeConnections);
  }

  private void closeConnections() {
    if (closing.compareAndSet(false, true)) {
      supervisor
          .closeConnections()
          .whenComplete(
              (done, failure) -> {
                if (failure == null) {
                  ended.complete(null);
                } else {
                  ended.completeExceptionally(
                      Errors.closingFailed(
                          name(), supervisor.snapshot().address(), Causes.unwrap(failure)));
                }
              });
    }
  }

  private void afterEnd() {
    try {
      events.removed();
    } finally {
      background.release();
    }
  }
}
