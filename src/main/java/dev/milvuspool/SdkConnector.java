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
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Dials through the SDK's constructor, which waits for a channel that may never become ready and
 * hides why; so name and port are tried first, and a dial that hangs is diagnosed beside it.
 */
final class SdkConnector implements Connector {
  /** After this time a dial is slow enough to ask why; a healthy one takes a tenth of it. */
  private static final Duration DIAGNOSE_AFTER = Duration.ofMillis(500);

  /** Half of the reserve, so that a rush to one server leaves room for the others. */
  private static final int MOST_REDIALS = Background.MOST_RESERVE / 2;

  /** Calls once and keeps the cause; the SDK's own retries lose it, and repeat inserts. */
  private static final RetryConfig ONE_ATTEMPT = RetryConfig.builder().maxRetryTimes(1).build();

  private final Background background;
  private final Deadlines deadlines;
  private final Reached reached = new Reached();
  private final KnockLimit knockLimit = new KnockLimit();

  /** How many redials are under way, by address. */
  private final Map<String, Integer> redials = new ConcurrentHashMap<>();

  SdkConnector(Background background, Deadlines deadlines) {
    this.background = background;
    this.deadlines = deadlines;
  }

  @Override
  public CompletableFuture<Connection> dial(
      Target target, List<Address> addresses, Duration timeout) {
    return dial(target, addresses, timeout, background);
  }

  @Override
  public CompletableFuture<Connection> redial(Target target, Address address, Duration timeout) {
    String where = address.toString();
    if (redials.merge(where, 1, Integer::sum) > MOST_REDIALS) {
      endRedial(where);
      return CompletableFuture.failedFuture(
          new CancellationException(MOST_REDIALS + " dials to " + where + " are under way"));
    }
    return dial(
        target,
        List.of(address),
        timeout,
        task ->
            background
                .reserve()
                .execute(
                    () -> {
                      try {
                        task.run();
                      } finally {
                        endRedial(where);
                      }
                    }));
  }

  private void endRedial(String where) {
    redials.computeIfPresent(where, (key, count) -> count == 1 ? null : count - 1);
  }

  private CompletableFuture<Connection> dial(
      Target target, List<Address> addresses, Duration timeout, Executor executor) {
    long startedAt = System.nanoTime();
    CompletableFuture<Connection> result = new CompletableFuture<>();
    CancellableContext context = Context.ROOT.withCancellation();
    // Name resolution and the SDK's look at the local host name cannot be cancelled: this ends the
    // waiting for them.
    Future<?> timer =
        background.schedule(
            () ->
                result.completeExceptionally(
                    ConnectFailure.of(
                        Reason.TIMEOUT,
                        target,
                        addresses.get(0),
                        Nanos.since(startedAt),
                        new TimeoutException("connect timeout"))),
            timeout);
    result.whenComplete(
        (connection, failure) -> {
          timer.cancel(false);
          context.cancel(null);
        });
    executor.execute(
        () -> {
          if (result.isDone()) {
            return;
          }
          try {
            Connection connection =
                dialInTurn(target, addresses, startedAt + Nanos.of(timeout), context);
            if (!result.complete(connection)) {
              connection.discard(target.client());
            }
          } catch (RuntimeException | Error e) {
            result.completeExceptionally(e);
          }
        });
    return result;
  }

  private Connection dialInTurn(
      Target target, List<Address> addresses, long deadlineAt, CancellableContext context) {
    ClientConnectException first = null;
    int left = addresses.size();
    for (Address address : addresses) {
      Duration share = Nanos.until(deadlineAt).dividedBy(left--);
      long startedAt = System.nanoTime();
      // The last address has the rest of the time, at whose end the whole dial is cancelled.
      CancellableContext attempt =
          left == 0
              ? context.withCancellation()
              : context.withDeadlineAfter(
                  Nanos.of(share), TimeUnit.NANOSECONDS, background.scheduler());
      try {
        return dialOne(target, address, share, attempt);
      } catch (Exception e) {
        ClientConnectException failure =
            ConnectFailure.of(target, address, Nanos.since(startedAt), e);
        noteFailed(address, startedAt, failure);
        if (first == null) {
          first = failure;
        } else {
          first.addSuppressed(failure);
        }
        if (context.isCancelled()) {
          break;
        }
      } finally {
        attempt.cancel(null);
      }
    }
    throw Objects.requireNonNull(first);
  }

  /** Who is rejected has heard from the server as well. */
  private void noteFailed(Address address, long startedAt, ClientConnectException failure) {
    if (failure.reason() == Reason.AUTHENTICATION) {
      reached.add(address, System.nanoTime());
    } else {
      reached.remove(address, startedAt);
    }
  }

  private Connection dialOne(
      Target target, Address address, Duration timeout, CancellableContext context)
      throws Exception {
    long now = System.nanoTime();
    long deadlineAt = now + Nanos.of(timeout);
    SdkConfig.checkFiles(target.options());
    if (!reached.contains(address, now) && !isBehindProxy(address)) {
      reach(resolve(address, timeout), address.port(), deadlineAt, context);
    }
    Connection connection = construct(target, address, deadlineAt, context);
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
  private static void reach(
      InetAddress[] hosts, int port, long deadlineAt, CancellableContext context)
      throws IOException {
    IOException failure = new UnknownHostException("no address");
    int left = hosts.length;
    for (InetAddress host : hosts) {
      Duration share = Nanos.until(deadlineAt).dividedBy(left--);
      Context.CancellationListener closer;
      try (Socket socket = new Socket()) {
        closer = cancelled -> closeQuietly(socket);
        context.addListener(closer, Runnable::run);
        int millis = (int) Math.min(Integer.MAX_VALUE, Nanos.toMillis(share));
        socket.connect(new InetSocketAddress(host, port), millis);
        context.removeListener(closer);
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

  private Connection construct(
      Target target, Address address, long deadlineAt, CancellableContext context) {
    Duration longest = target.options().adminDeadline();
    Duration timeout = Nanos.until(deadlineAt);
    AtomicReference<@Nullable Throwable> diagnosis = new AtomicReference<>();
    Future<?> diagnose =
        background.schedule(
            () -> diagnose(target, address, timeout, diagnosis, context),
            DIAGNOSE_AFTER.compareTo(timeout) < 0 ? DIAGNOSE_AFTER : timeout.dividedBy(2));
    Context previous = context.attach();
    try {
      ConnectConfig config = SdkConfig.of(target, address, timeout);
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
              address,
              target.database(),
              background,
              deadlines);
      verify(target, connection);
      return connection;
    } catch (RuntimeException | Error e) {
      Throwable found = diagnosis.get();
      if (found != null) {
        found.addSuppressed(e);
        throw new CompletionException(found);
      }
      throw e;
    } finally {
      context.detach(previous);
      diagnose.cancel(false);
    }
  }

  /** The SDK's handshake does not look at the credentials, its database check does. */
  private static void verify(Target target, Connection connection) {
    if (target.database() == null && !target.options().credentials().isNone()) {
      try {
        connection.sdk().getServerVersion();
      } catch (RuntimeException e) {
        connection.discard(target.client());
        throw e;
      }
    }
  }

  private static void diagnose(
      Target target,
      Address address,
      Duration timeout,
      AtomicReference<@Nullable Throwable> diagnosis,
      CancellableContext context) {
    Knock.at(address, target.options(), timeout)
        .whenComplete(
            (answered, failure) -> {
              if (failure != null) {
                Throwable cause = ConnectFailure.ofPlaintext(target.options(), failure);
                Reason reason = ConnectFailure.reason(cause);
                if (reason != Reason.TIMEOUT
                    && (reason != Reason.SERVER || ConnectFailure.isOtherProtocol(cause))) {
                  diagnosis.set(cause);
                  context.cancel(cause);
                }
              }
            });
  }

  @Override
  public CompletableFuture<Address> knock(
      Target target, List<Address> addresses, Duration timeout) {
    return knock(target, addresses, timeout, System.nanoTime());
  }

  @Override
  public CompletableFuture<Address> knockAgain(
      Target target, List<Address> addresses, Duration timeout, long lostAt) {
    long now = System.nanoTime();
    boolean heard =
        addresses.stream().anyMatch(address -> reached.containsSince(address, lostAt, now));
    Address first = addresses.get(0);
    return heard || knockLimit.acquire(first, now)
        ? knock(target, addresses, timeout, lostAt)
        : CompletableFuture.failedFuture(
            new CancellationException("others are knocking at " + first));
  }

  private CompletableFuture<Address> knock(
      Target target, List<Address> addresses, Duration timeout, long lostAt) {
    CompletableFuture<Address> result = new CompletableFuture<>();
    knockInTurn(target, addresses, 0, System.nanoTime() + Nanos.of(timeout), lostAt, null, result);
    return result;
  }

  private void knockInTurn(
      Target target,
      List<Address> addresses,
      int index,
      long deadlineAt,
      long lostAt,
      @Nullable ClientConnectException first,
      CompletableFuture<Address> result) {
    if (result.isDone()) {
      return;
    }
    Address address = addresses.get(index);
    long startedAt = System.nanoTime();
    if (reached.containsSince(address, lostAt, startedAt)) {
      result.complete(address);
      return;
    }
    Duration share = Nanos.until(deadlineAt).dividedBy(addresses.size() - index);
    CompletableFuture<Void> knock = Knock.at(address, target.options(), share);
    result.whenComplete((done, cancelled) -> knock.cancel(false));
    knock.whenComplete(
        (answered, failure) -> {
          if (failure == null) {
            reached.add(address, System.nanoTime());
            result.complete(address);
            return;
          }
          if (result.isDone()) { // nobody waits for this knock any more
            return;
          }
          ClientConnectException here =
              ConnectFailure.of(target, address, Nanos.since(startedAt), failure);
          noteFailed(address, startedAt, here);
          if (first != null) {
            first.addSuppressed(here);
          }
          ClientConnectException all = first == null ? here : first;
          if (index + 1 < addresses.size()) {
            knockInTurn(target, addresses, index + 1, deadlineAt, lostAt, all, result);
          } else {
            result.completeExceptionally(all);
          }
        });
  }
}
