package dev.milvuspool;

import io.milvus.shaded.io.grpc.ConnectivityState;
import io.milvus.shaded.io.grpc.Context;
import io.milvus.shaded.io.grpc.Context.CancellableContext;
import io.milvus.shaded.io.grpc.ManagedChannel;
import io.milvus.v2.client.MilvusClientV2;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLongFieldUpdater;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One SDK client and the calls in flight on it. It serves until it is drained, and is closed when
 * the last call has ended or the drain time is over.
 */
final class Connection implements Deadlines.Watched {
  private static final Logger logger = LoggerFactory.getLogger(Connection.class);

  /** How long calls in flight may go without one ending before the server is asked. */
  private static final long STUCK_NANOS = TimeUnit.SECONDS.toNanos(1);

  /** How long the next loss goes unnoticed, so that a server that flaps costs a probe a second. */
  private static final Duration TRANSPORT_WATCH_PAUSE = Duration.ofSeconds(1);

  /** What a call that was cut off gets to end. */
  private static final Duration GRACE = Duration.ofSeconds(1);

  private static final AtomicLongFieldUpdater<Connection> ANSWERS =
      AtomicLongFieldUpdater.newUpdater(Connection.class, "answers");

  private final MilvusClientV2 sdk;
  private final @Nullable ManagedChannel channel;
  private final @Nullable RpcGate gate;
  private final Address address;
  private final @Nullable String database;
  private final Background background;
  private final Deadlines deadlines;
  private final Leases leases = new Leases();
  private final InFlightCalls inFlight = new InFlightCalls();
  private final AtomicBoolean probing = new AtomicBoolean();
  private final AtomicBoolean draining = new AtomicBoolean();
  private volatile boolean cutOff;
  private final CompletableFuture<Void> closed = new CompletableFuture<>();
  private volatile long answers;
  private volatile long lastAnsweredAt = System.nanoTime();
  private volatile long lastProbedAt = lastAnsweredAt;

  /** As the last sweep saw them. */
  private long sweptAnswers;

  private volatile Consumer<Connection> onSuspicion = connection -> {};

  /**
   * Takes the SDK's client over.
   *
   * @param channel of the SDK's client, to hear of its losses; or null
   * @param gate before the RPCs of the SDK's client; or null
   */
  Connection(
      MilvusClientV2 sdk,
      @Nullable ManagedChannel channel,
      @Nullable RpcGate gate,
      Address address,
      @Nullable String database,
      Background background,
      Deadlines deadlines) {
    this.sdk = sdk;
    this.channel = channel;
    this.gate = gate;
    this.address = address;
    this.database = database;
    this.background = background;
    this.deadlines = deadlines;
  }

  MilvusClientV2 sdk() {
    return sdk;
  }

  /** Whether an RPC can be cancelled; if not, the thread that waits for it is interrupted. */
  boolean hasGate() {
    return gate != null;
  }

  Address address() {
    return address;
  }

  /** The database that calls go to which name none; null for the server's default. */
  @Nullable String database() {
    return database;
  }

  /**
   * From now on calls are swept. The listener hears when none ends for a second, and when the
   * transport is lost, idle or not.
   */
  void open(Consumer<Connection> suspicionListener) {
    onSuspicion = suspicionListener;
    deadlines.watch(this);
    watchTransport();
  }

  private void watchTransport() {
    if (channel != null && !draining.get()) {
      // Not on gRPC's thread, which would meet with a pool that has been closed.
      channel.notifyWhenStateChanged(
          ConnectivityState.READY, () -> background.schedule(this::transportLost, Duration.ZERO));
    }
  }

  /**
   * Its server may have died, or only asked for another transport, which a probe will make. Calls
   * in flight tell by themselves.
   */
  private void transportLost() {
    if (!draining.get()) {
      if (inFlight() == 0) {
        onSuspicion.accept(this);
      }
      background.schedule(this::watchTransport, TRANSPORT_WATCH_PAUSE);
    }
  }

  /** Begins a call, which must be ended; null if this connection takes no more. */
  @Nullable InFlightCall begin(Operation operation, long deadlineAt, int weight) {
    if (!leases.acquire(weight)) {
      return null;
    }
    InFlightCall call = new InFlightCall(this, operation, deadlineAt, weight);
    inFlight.add(call);
    if (cutOff) { // it was not yet visible to the one who cut off
      call.cancel(InFlightCall.Cancellation.CUT_OFF);
    }
    deadlines.begun();
    return call;
  }

  void end(InFlightCall call) {
    if (call.cancellation() == null) { // what was cancelled here is no sign of life
      ANSWERS.incrementAndGet(this);
    }
    inFlight.remove(call);
    leases.release(call.weight());
  }

  int inFlight() {
    return leases.count();
  }

  /** The weight of the calls in flight. */
  long load() {
    return leases.weight();
  }

  /** How often the server gave an answer on this connection, to a call or to a probe. */
  long answers() {
    return answers;
  }

  /** When the latest answer was noticed: that to a call by the sweep that follows it. */
  long lastAnsweredAt() {
    return lastAnsweredAt;
  }

  /**
   * Cancels what is late, and tells the listener when calls have been in flight for a second, or
   * one to its deadline, without an answer to any.
   *
   * @return whether calls are in flight
   */
  @Override
  public boolean sweep(long now) {
    boolean idle = leases.count() == 0; // first, so that no answer comes after the last look
    long answered = answers;
    if (answered != sweptAnswers) {
      sweptAnswers = answered;
      lastAnsweredAt = now;
    }
    if (idle) {
      return false;
    }
    long oldest = 0;
    boolean silent = false;
    for (InFlightCall call : inFlight.list()) {
      oldest = Math.max(oldest, now - call.startedAt());
      if (now - call.deadlineAt() >= 0) {
        call.cancel(InFlightCall.Cancellation.TIMED_OUT);
        silent |= call.answersBefore() == answered;
      }
    }
    long sinceNews = Math.min(now - lastAnsweredAt, now - lastProbedAt);
    silent |= Math.min(oldest, sinceNews) >= STUCK_NANOS;
    if (silent && !draining.get()) {
      onSuspicion.accept(this);
    }
    return true;
  }

  @Override
  public boolean isBusy() {
    return inFlight() > 0;
  }

  /** Whether the caller is the one to probe; {@link #endProbe()} must follow. */
  boolean beginProbe() {
    return probing.compareAndSet(false, true);
  }

  /** Whatever came of it, calls that go on for another second without an answer make the next. */
  void endProbe() {
    lastProbedAt = System.nanoTime();
    probing.set(false);
  }

  /**
   * Asks the server for its version. An error that the server answers with is an answer.
   *
   * @return the version, or an empty text if the server answered with an error; failed if there was
   *     no answer in time
   */
  CompletableFuture<String> ask(Duration timeout) {
    CompletableFuture<String> asked =
        channel != null
            ? VersionQuestion.on(channel, timeout)
            : CompletableFuture.supplyAsync(() -> askThroughSdk(timeout), background.reserve());
    CompletableFuture<String> answer = new CompletableFuture<>();
    asked.whenComplete(
        (version, failure) -> {
          Throwable cause = failure == null ? null : Failures.unwrap(failure);
          if (cause != null && Failures.isUnanswered(cause)) {
            answer.completeExceptionally(cause);
            return;
          }
          ANSWERS.incrementAndGet(this);
          lastAnsweredAt = System.nanoTime();
          if (cause != null) {
            logger.debug("{} does not tell its version", address, cause);
          }
          answer.complete(cause == null ? version : "");
        });
    return answer;
  }

  /** Blocks; for a version of the SDK that hides its channel. */
  private String askThroughSdk(Duration timeout) {
    CancellableContext context =
        Context.ROOT.withDeadlineAfter(
            Nanos.of(timeout), TimeUnit.NANOSECONDS, background.scheduler());
    Context previous = context.attach();
    try {
      return sdk.getServerVersion();
    } finally {
      context.detach(previous);
      context.cancel(null);
    }
  }

  /**
   * Takes no more calls, lets those in flight finish for the given time, then cuts them off, and
   * closes.
   *
   * @param refusal what an RPC gets that starts after the closing
   * @return done when the SDK client is closed
   */
  CompletableFuture<Void> drain(Duration timeout, Supplier<? extends RuntimeException> refusal) {
    if (draining.compareAndSet(false, true)) {
      CompletableFuture<Void> drained = leases.drain();
      Runnable close =
          () -> {
            try {
              background.execute(() -> close(refusal));
            } catch (RejectedExecutionException e) { // the pool has ended before the drain
              close(refusal);
            }
          };
      if (!drained.isDone()) {
        Future<?> cutting = background.schedule(this::cutOff, timeout);
        // A function given to call() that ignores its interrupt must not hold the socket.
        Future<?> giveUp = background.schedule(close, Nanos.sum(timeout, GRACE));
        drained.whenComplete(
            (done, none) -> {
              cutting.cancel(false);
              giveUp.cancel(false);
            });
      }
      drained.whenComplete((done, none) -> close.run());
      closed.whenComplete((done, none) -> deadlines.forget(this));
    }
    return closed;
  }

  /** Done when the SDK client is closed. */
  CompletableFuture<Void> closed() {
    return closed;
  }

  private void cutOff() {
    cutOff = true;
    inFlight.list().forEach(call -> call.cancel(InFlightCall.Cancellation.CUT_OFF));
  }

  /** Closes at once a connection that never served. */
  void discard(String client) {
    close(() -> new ClientClosedException(client, address.toString(), null));
  }

  private void close(Supplier<? extends RuntimeException> refusal) {
    if (gate != null) {
      gate.close(refusal);
    }
    try {
      sdk.close(1);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException e) {
      logger.debug("closing the connection to {} failed", address, e);
      closed.completeExceptionally(e);
    } finally {
      closed.complete(null);
    }
  }

  @Override
  public String toString() {
    return address + " (" + inFlight() + " in flight)";
  }
}
