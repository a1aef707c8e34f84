package dev.milvuspool;

import dev.milvuspool.ClientConnectException.Reason;
import io.milvus.shaded.io.grpc.Context;
import io.milvus.shaded.io.grpc.Context.CancellableContext;
import io.milvus.v2.client.ConnectConfig;
import io.milvus.v2.client.MilvusClientV2;
import io.milvus.v2.client.RetryConfig;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.Socket;
import java.net.URI;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * One dial, through the SDK's constructor, which waits for a channel that may never become ready
 * and hides why; so name and port are tried first, and a dial that hangs is diagnosed beside it.
 */
final class Dial implements Deadlines.Watched {
  /** After this time a dial is slow enough to ask why; a healthy one takes a tenth of it. */
  private static final Duration DIAGNOSE_AFTER = Duration.ofMillis(500);

  /** Calls once and keeps the cause; the SDK's own retries lose it, and repeat inserts. */
  private static final RetryConfig ONE_ATTEMPT = RetryConfig.builder().maxRetryTimes(1).build();

  private final Connector.Target target;
  private final List<Address> addresses;
  private final Background background;
  private final Deadlines deadlines;
  private final Reached reached;
  private final long startedAt = System.nanoTime();
  private final long deadlineAt;
  private final CancellableContext context = Context.ROOT.withCancellation();
  private final CompletableFuture<Connection> result = new CompletableFuture<>();

  /** What the SDK is waiting for now. */
  private volatile @Nullable Attempt attempt;

  /** The SDK's constructor at one address; it is asked why when it is slow. */
  private final class Attempt {
    private final Address address;
    private final long deadlineAt;
    private final CancellableContext context;
    private final long slowAt;
    private boolean asked;
    private volatile @Nullable Throwable diagnosis;

    Attempt(Address address, long deadlineAt, CancellableContext context) {
      this.address = address;
      this.deadlineAt = deadlineAt;
      this.context = context;
      long now = System.nanoTime();
      slowAt = now + Math.min(Nanos.of(DIAGNOSE_AFTER), (deadlineAt - now) / 2);
    }

    /** By the sweep alone. */
    void askIfSlow(long now) {
      if (!asked && now - slowAt >= 0) {
        asked = true;
        Knock.at(address, target.options(), Nanos.until(deadlineAt))
            .whenComplete((answered, failure) -> noteAnswer(failure));
      }
    }

    private void noteAnswer(@Nullable Throwable failure) {
      if (failure != null) {
        Throwable cause = ConnectFailure.ofPlaintext(target.options(), failure);
        Reason reason = ConnectFailure.reason(cause);
        if (reason != Reason.TIMEOUT
            && (reason != Reason.SERVER || ConnectFailure.isOtherProtocol(cause))) {
          diagnosis = cause;
          context.cancel(cause);
        }
      }
    }
  }

  Dial(
      Connector.Target target,
      List<Address> addresses,
      Duration timeout,
      Background background,
      Deadlines deadlines,
      Reached reached) {
    this.target = target;
    this.addresses = addresses;
    this.background = background;
    this.deadlines = deadlines;
    this.reached = reached;
    deadlineAt = startedAt + Nanos.of(timeout);
  }

  /** See {@link Connector#dial}; to be called once. */
  CompletableFuture<Connection> start(Executor executor) {
    deadlines.watch(this);
    deadlines.begun();
    result.whenComplete(
        (connection, failure) -> {
          deadlines.forget(this);
          context.cancel(null);
        });
    executor.execute(this::run);
    return result;
  }

  /**
   * Ends the waiting when it is time. Name resolution and the SDK's look at the local host name
   * cannot be cancelled.
   */
  @Override
  public boolean sweep(long now) {
    if (now - deadlineAt >= 0) {
      result.completeExceptionally(
          ConnectFailure.of(
              Reason.TIMEOUT,
              target,
              addresses.get(0),
              Nanos.since(startedAt),
              new TimeoutException("connect timeout")));
      return false;
    }
    Attempt current = attempt;
    if (current != null) {
      current.askIfSlow(now);
    }
    return isBusy();
  }

  @Override
  public boolean isBusy() {
    return !result.isDone();
  }

  private void run() {
    if (result.isDone()) {
      return;
    }
    try {
      Connection connection = dialInTurn();
      if (!result.complete(connection)) {
        connection.discard(target.client());
      }
    } catch (RuntimeException | Error e) {
      result.completeExceptionally(e);
    }
  }

  private Connection dialInTurn() {
    ClientConnectException first = null;
    int left = addresses.size();
    for (Address address : addresses) {
      Duration share = Nanos.until(deadlineAt).dividedBy(left--);
      long began = System.nanoTime();
      // The last address has the rest of the time, at whose end the whole dial is cancelled.
      CancellableContext within =
          left == 0
              ? context.withCancellation()
              : context.withDeadlineAfter(
                  Nanos.of(share), TimeUnit.NANOSECONDS, background.scheduler());
      try {
        return dialOne(address, share, within);
      } catch (Exception e) {
        ClientConnectException failure = ConnectFailure.of(target, address, Nanos.since(began), e);
        reached.noteFailed(address, began, failure);
        if (first == null) {
          first = failure;
        } else {
          first.addSuppressed(failure);
        }
        if (context.isCancelled()) {
          break;
        }
      } finally {
        within.cancel(null);
      }
    }
    throw Objects.requireNonNull(first);
  }

  private Connection dialOne(Address address, Duration timeout, CancellableContext within)
      throws Exception {
    long now = System.nanoTime();
    long endsAt = now + Nanos.of(timeout);
    SdkConfig.checkFiles(target.options());
    if (!reached.contains(address, now) && !isBehindProxy(address)) {
      reach(resolve(address, timeout), address.port(), endsAt, within);
    }
    Connection connection = construct(new Attempt(address, endsAt, within));
    reached.add(address, System.nanoTime());
    return connection;
  }

  /**
   * gRPC goes through the JVM's proxy, if one is set; then host and port are the proxy's matter.
   */
  private static boolean isBehindProxy(Address address) {
    ProxySelector selector = ProxySelector.getDefault();
    return selector != null
        && selector.select(URI.create(address.toUri(true))).stream()
            .anyMatch(proxy -> proxy.type() != Proxy.Type.DIRECT);
  }

  private InetAddress[] resolve(Address address, Duration timeout) throws Exception {
    CompletableFuture<InetAddress[]> resolved = new CompletableFuture<>();
    background.execute(
        () -> {
          try {
            resolved.complete(InetAddress.getAllByName(address.host()));
          } catch (UnknownHostException | RuntimeException e) {
            resolved.completeExceptionally(e);
          }
        });
    try {
      return resolved.get(Nanos.of(timeout), TimeUnit.NANOSECONDS);
    } catch (ExecutionException e) {
      throw e.getCause() instanceof Exception cause ? cause : e;
    }
  }

  /** Finds out whether something listens, before the SDK waits for it. */
  private static void reach(InetAddress[] hosts, int port, long endsAt, CancellableContext within)
      throws IOException {
    IOException failure = new UnknownHostException("no address");
    int left = hosts.length;
    for (InetAddress host : hosts) {
      Duration share = Nanos.until(endsAt).dividedBy(left--);
      Context.CancellationListener closer;
      try (Socket socket = new Socket()) {
        closer = cancelled -> closeQuietly(socket);
        within.addListener(closer, Runnable::run);
        int millis = (int) Math.min(Integer.MAX_VALUE, Nanos.toMillis(share));
        socket.connect(new InetSocketAddress(host, port), millis);
        within.removeListener(closer);
        return;
      } catch (IOException e) {
        failure = e;
      }
    }
    throw failure;
  }

  private static void closeQuietly(Socket socket) {
    try {
      socket.close();
    } catch (IOException e) {
      // it was only to be looked at
    }
  }

  private Connection construct(Attempt now) {
    Duration longest = target.options().adminDeadline();
    Duration timeout = Nanos.until(now.deadlineAt);
    attempt = now;
    Context previous = now.context.attach();
    try {
      ConnectConfig config = SdkConfig.of(target, now.address, timeout);
      MilvusClientV2 sdk = new MilvusClientV2(config);
      sdk.retryConfig(ONE_ATTEMPT);
      RpcGate gate = SdkInternals.gate(sdk, longest);
      if (gate == null) {
        config.setRpcDeadlineMs(Nanos.toMillis(longest));
      }
      Connection connection =
          new Connection(
              sdk,
              SdkInternals.channel(sdk),
              gate,
              now.address,
              target.database(),
              background,
              deadlines);
      verify(connection);
      return connection;
    } catch (RuntimeException | Error e) {
      Throwable found = now.diagnosis;
      if (found != null) {
        found.addSuppressed(e);
        throw new CompletionException(found);
      }
      throw e;
    } finally {
      now.context.detach(previous);
      attempt = null;
    }
  }

  /** The SDK's handshake does not look at the credentials, its database check does. */
  private void verify(Connection connection) {
    if (target.database() == null && !target.options().credentials().isNone()) {
      try {
        connection.sdk().getServerVersion();
      } catch (RuntimeException e) {
        connection.discard(target.client());
        throw e;
      }
    }
  }
}
