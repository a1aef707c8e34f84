package dev.milvuspool.internal.connect;

import dev.milvuspool.ClientConnectException;
import dev.milvuspool.ClientOptions;
import dev.milvuspool.internal.common.Background;
import dev.milvuspool.internal.common.Causes;
import dev.milvuspool.internal.common.DeadlineSweeper;
import dev.milvuspool.internal.common.Durations;
import dev.milvuspool.internal.common.Errors;
import dev.milvuspool.internal.config.Address;
import dev.milvuspool.internal.connect.Connector.Postponed;
import dev.milvuspool.internal.connect.Connector.Route;
import dev.milvuspool.internal.connect.Connector.Target;
import io.milvus.shaded.io.grpc.ChannelCredentials;
import io.milvus.shaded.io.grpc.InsecureChannelCredentials;
import io.milvus.shaded.io.grpc.ManagedChannel;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * One dial: tries the endpoints of the sites in turn until a handshake succeeds, each with an equal
 * share of the time that is left, so that a silent one leaves time for the others.
 *
 * <p>It is asynchronous and holds no thread. Its steps run one after another. Only a timeout or a
 * cancel comes from outside; what a step brings after that is thrown away.
 */
final class Dial implements DeadlineSweeper.Swept {
  private static final CompletableFuture<ChannelCredentials> PLAINTEXT =
      CompletableFuture.completedFuture(InsecureChannelCredentials.create());

  private final Target target;
  private final Route route;
  private final Background background;
  private final DeadlineSweeper sweeper;
  private final GrpcConnector shared;
  private final long startedAt = System.nanoTime();
  private final long deadlineAt;
  private final CompletableFuture<Transport> result = new CompletableFuture<>();
  private final List<List<Address>> sites;
  private final Queue<ConnectFailure> failures = new ConcurrentLinkedQueue<>();
  private final Authorization authorization;
  private final CompletableFuture<@Nullable String> authorizationHeader;
  private volatile boolean hasCredentials; // before the deadline
  private volatile @Nullable Attempt attempt; // the one that is under way
  private boolean postponed; // by the step that is at work alone, as is what follows
  private int site;
  private final Deque<Integer> nextSites = new ArrayDeque<>();
  private final List<Endpoint> left = new ArrayList<>();

  Dial(GrpcConnector shared, Target target, Route route, Duration timeout) {
    this.shared = shared;
    this.target = target;
    this.route = route;
    background = shared.background;
    sweeper = shared.sweeper;
    deadlineAt = startedAt + Durations.nanos(timeout);
    sites = Connector.sites(target.options());
    site = route.site();
    for (int i = 0; i < sites.size() && !route.only(); i++) {
      if (i != site) {
        nextSites.add(i);
      }
    }
    authorization = new Authorization(target.client(), target.options(), shared.credentials);
    authorizationHeader = authorization.headerInBackground();
  }

  /** See {@link Connector#connect}; to be called once. */
  CompletableFuture<Transport> start() {
    sweeper.add(this);
    result.whenComplete((transport, failure) -> sweeper.remove(this));
    authorizationHeader.whenComplete(
        (header, failure) -> guarded(() -> credentialsKnown(failure)).run());
    return result;
  }

  /** Credentials come before the permits for dials, so that a slow supplier uses none up. */
  private void credentialsKnown(@Nullable Throwable failure) {
    if (failure != null) {
      noteFailure(unresolved(sites.get(site).get(0)), failure);
      failAltogether();
    } else if (!result.isDone() && System.nanoTime() - deadlineAt < 0) { // later, sweep() ends it
      hasCredentials = true;
      resolveSite();
    }
  }

  /** Ends it on the scheduler, where only our own code runs: nothing that hangs can delay it. */
  @Override
  public void sweep(long now) {
    if (now - deadlineAt >= 0 && !result.isDone()) {
      guarded(this::endLate).run();
    }
  }

  private void endLate() {
    Attempt latest = attempt;
    if (latest != null) {
      noteFailure(latest.endpoint, latest.late());
    } else {
      noteFailure(unresolved(sites.get(site).get(0)), lateBeforeAttempts());
    }
    failAltogether();
  }

  private Exception lateBeforeAttempts() {
    if (hasCredentials) {
      return lookUpLate();
    }
    return authorization.hasSupplier() ? authorization.late() : connectTimeout();
  }

  // ---- one site

  private void resolveSite() {
    attempt = null;
    List<Address> addresses = sites.get(site);
    List<CompletableFuture<List<Endpoint>>> lookups =
        addresses.stream().map(address -> shared.resolver.resolve(address, patience())).toList();
    CompletableFuture<String> host = shared.resolver.localHost().copy(); // can wait less
    Duration time = Durations.until(deadlineAt);
    var hostTimer = background.schedule(() -> host.complete("Unknown"), time.dividedBy(4));
    List<CompletableFuture<?>> all = new ArrayList<>(lookups);
    all.add(host);
    CompletableFuture<Void> resolved =
        CompletableFuture.allOf(all.toArray(CompletableFuture<?>[]::new));
    // All the time if nothing else is left to try.
    Duration share = time.dividedBy(addresses.size() + nextSites.size());
    var timer = background.schedule(() -> resolved.complete(null), share);
    resolved.whenComplete(
        (done, failure) -> {
          hostTimer.cancel(false);
          timer.cancel(false);
          background.execute(guarded(() -> resolved(addresses, lookups)));
        });
  }

  private void resolved(List<Address> addresses, List<CompletableFuture<List<Endpoint>>> lookups) {
    Set<Endpoint> endpoints = new LinkedHashSet<>();
    for (int i = 0; i < addresses.size(); i++) {
      Address address = addresses.get(i);
      CompletableFuture<List<Endpoint>> lookup = lookups.get(i);
      lookup.completeExceptionally(new TimeoutException()); // if it is not done yet
      try {
        endpoints.addAll(lookup.join());
      } catch (CompletionException e) {
        noteFailure(
            unresolved(address), e.getCause() instanceof TimeoutException ? lookUpLate() : e);
      }
    }
    left.addAll(endpoints);
    tryNext();
  }

  private void tryNext() {
    if (result.isDone()) {
      return;
    }
    if (left.isEmpty()) {
      tryNextSite();
      return;
    }
    Endpoint endpoint = route.loads().takeLeast(left, route.uncounted());
    left.remove(endpoint);
    Attempt next = new Attempt(endpoint);
    attempt = next;
    if (route.lostAt() == 0) {
      next.start(null);
      return;
    }
    long now = System.nanoTime();
    RecentDials.Outcome heard =
        shared.recentDials.since(endpoint.socketAddress(), route.lostAt(), now);
    ConnectFailure known = heard == null ? null : heard.failure();
    DialLimiter.Permit permit =
        shared.limiter.tryBegin(
            endpoint.socketAddress(),
            heard != null && known == null,
            now,
            () -> next.outcome.completeExceptionally(new Postponed()));
    if (permit != null) {
      next.start(permit);
      return;
    }
    route.loads().remove(endpoint);
    if (known == null) {
      postponed = true;
    } else {
      noteFailure(endpoint, known.cause());
    }
    tryNext();
  }

  /** The dials of other clients are no reason to leave a site. */
  private void tryNextSite() {
    Integer next = nextSites.poll();
    if (postponed) {
      result.completeExceptionally(new Postponed());
    } else if (next == null) {
      failAltogether();
    } else {
      site = next;
      resolveSite();
    }
  }

  /** One endpoint. */
  private final class Attempt {
    private final Endpoint endpoint;
    private volatile CompletableFuture<ChannelCredentials> tlsFiles = PLAINTEXT;
    private final CompletableFuture<Transport> outcome = new CompletableFuture<>();
    private final long beganAt = System.nanoTime();
    private final long endsAt;

    Attempt(Endpoint endpoint) {
      this.endpoint = endpoint;
      endsAt = beganAt + (deadlineAt - beganAt) / (left.size() + nextSites.size() + 1);
    }

    void start(DialLimiter.@Nullable Permit permit) {
      outcome.whenComplete(
          (transport, failure) -> {
            if (permit != null) {
              permit.release();
            }
            if (failure != null) {
              route.loads().remove(endpoint);
              failed(failure);
            } else if (!result.complete(transport)) {
              route.loads().remove(endpoint);
              transport.close();
            }
          });
      var timer =
          background.schedule(() -> outcome.completeExceptionally(late()), Durations.until(endsAt));
      outcome.whenComplete((transport, failure) -> timer.cancel(false));
      result.whenComplete((transport, failure) -> outcome.cancel(false));
      target.options().tls().ifPresent(tls -> tlsFiles = shared.tlsFiles.ask(tls, patience()));
      if (tlsFiles.isDone()) {
        open();
      } else {
        tlsFiles.whenComplete((read, failure) -> background.execute(this::open));
      }
    }

    private Exception late() {
      return tlsFiles.isDone() ? connectTimeout() : filesLate();
    }

    private void open() {
      try {
        open(tlsFiles.join());
      } catch (Throwable e) {
        Throwable cause = Causes.unwrap(e);
        outcome.completeExceptionally(
            cause instanceof Lookups.GivenUpException ? filesLate() : cause);
      }
    }

    private static SSLException filesLate() {
      return new SSLException("reading the files takes too long");
    }

    private void open(ChannelCredentials credentials) {
      if (outcome.isDone()) {
        return;
      }
      ClientOptions options = target.options();
      ManagedChannel channel = Channels.open(endpoint, options, credentials);
      outcome.whenComplete(
          (transport, failure) -> {
            if (failure != null) {
              channel.shutdownNow();
            }
          });
      CompletableFuture<Handshake.Result> handshake =
          Handshake.start(
              channel,
              authorizationHeader.join(),
              options.username().orElse(""), // of an API key nobody knows it
              shared.resolver.localHost().getNow("Unknown"),
              target.database(),
              Durations.until(endsAt));
      handshake.whenComplete(
          (done, failure) -> {
            if (failure != null) {
              outcome.completeExceptionally(failure);
              return;
            }
            shared.recentDials.answered(endpoint.socketAddress(), System.nanoTime());
            Transport transport =
                new Transport(channel, endpoint, site, done, authorization, background);
            if (!outcome.complete(transport)) {
              transport.close();
            }
          });
      outcome.whenComplete((transport, failure) -> handshake.cancel(false));
    }

    private void failed(Throwable failure) {
      if (outcome.isCancelled() || result.isDone()) {
        return;
      }
      if (failure instanceof Postponed) { // it made room
        postponed = true;
        background.execute(guarded(Dial.this::tryNext));
        return;
      }
      ConnectFailure here = noteFailure(endpoint, failure);
      long now = System.nanoTime();
      if (here.isFinal()) {
        shared.recentDials.answered(endpoint.socketAddress(), now);
        background.execute(Dial.this::failAltogether);
      } else {
        shared.recentDials.failed(endpoint.socketAddress(), beganAt, now, here);
        background.execute(guarded(Dial.this::tryNext));
      }
    }
  }

  // ---- the end

  /** The time for a look-up: a longer one is of no use to the dial that started it. */
  private Duration patience() {
    return target.options().connectTimeout();
  }

  private static TimeoutException connectTimeout() {
    return new TimeoutException("connect timeout");
  }

  private static UnknownHostException lookUpLate() {
    return new UnknownHostException("the look-up of the name takes too long");
  }

  private Runnable guarded(Runnable step) {
    return () -> {
      try {
        step.run();
      } catch (Throwable e) { // not from a server, but the dial must still end
        result.completeExceptionally(
            Errors.dialFailed(target.client(), target.options().address(), e));
      }
    };
  }

  private static Endpoint unresolved(Address address) {
    return new Endpoint(address, null);
  }

  private ConnectFailure noteFailure(Endpoint endpoint, Throwable failure) {
    ConnectFailure here = ConnectFailure.of(endpoint, target.options(), target.database(), failure);
    failures.add(here);
    return here;
  }

  private void failAltogether() {
    List<ConnectFailure> all = List.copyOf(failures);
    // The rejection of credentials or of a database says more than what was tried before.
    ConnectFailure first =
        all.stream().filter(ConnectFailure::isFinal).findFirst().orElse(all.get(0));
    Set<String> whys = all.stream().map(ConnectFailure::why).collect(Collectors.toSet());
    boolean one = sites.stream().mapToInt(List::size).sum() == 1 && whys.size() == 1;
    String why =
        one || first.isFinal()
            ? first.why()
            : all.stream()
                .map(each -> each.endpoint() + ": " + each.reason() + ", " + each.why())
                .distinct()
                .collect(Collectors.joining("; "));
    ClientConnectException failure =
        Errors.cannotConnect(
            first.reason(),
            target.client(),
            target.options().address(),
            Durations.since(startedAt),
            why,
            first.cause());
    all.stream()
        .filter(each -> each.cause() != first.cause())
        .forEach(each -> failure.addSuppressed(each.cause()));
    result.completeExceptionally(failure);
  }
}
