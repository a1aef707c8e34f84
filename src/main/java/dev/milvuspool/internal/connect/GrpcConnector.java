package dev.milvuspool.internal.connect;

import dev.milvuspool.ClientOptions;
import dev.milvuspool.internal.common.Background;
import dev.milvuspool.internal.common.DeadlineSweeper;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Dials over the SDK's gRPC: the one of a pool, whose clients share its limits. */
public final class GrpcConnector implements Connector {
  private final Background background;
  private final DeadlineSweeper sweeper;
  private final Resolver resolver;
  private final DialLimiter limiter = new DialLimiter();
  private final CredentialLookups credentials;
  private final RecentDials recentDials = new RecentDials();

  /** For the clients that share this background. */
  public GrpcConnector(Background background, DeadlineSweeper sweeper) {
    this.background = background;
    this.sweeper = sweeper;
    resolver = new Resolver(background);
    credentials = new CredentialLookups(background);
    FrameLog.retain();
    background.afterLastUser(FrameLog::release);
    background.afterLastUser(GrpcStatics::leave);
  }

  @Override
  public CompletableFuture<Transport> connect(Target target, Route route, Duration timeout) {
    return new Dial(this, target, route, timeout).start();
  }

  @Override
  public boolean hasAnswered(Endpoint endpoint, long since) {
    RecentDials.Outcome heard =
        recentDials.since(endpoint.socketAddress(), since, System.nanoTime());
    return heard != null && heard.failure() == null;
  }

  @Override
  public CompletableFuture<List<Endpoint>> endpoints(ClientOptions options, int site) {
    List<CompletableFuture<List<Endpoint>>> lookups =
        Sites.of(options).get(site).stream().map(resolver::resolve).toList();
    return CompletableFuture.allOf(lookups.toArray(CompletableFuture<?>[]::new))
        .handle(
            (done, failure) ->
                lookups.stream()
                    .filter(lookup -> !lookup.isCompletedExceptionally())
                    .flatMap(lookup -> lookup.join().stream())
                    .distinct()
                    .toList());
  }

  Background background() {
    return background;
  }

  DeadlineSweeper sweeper() {
    return sweeper;
  }

  Resolver resolver() {
    return resolver;
  }

  CredentialLookups credentials() {
    return credentials;
  }

  DialLimiter limiter() {
    return limiter;
  }

  RecentDials recentDials() {
    return recentDials;
  }
}
