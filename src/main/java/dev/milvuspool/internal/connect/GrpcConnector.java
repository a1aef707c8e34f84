package dev.milvuspool.internal.connect;

import dev.milvuspool.ClientOptions;
import dev.milvuspool.Credentials;
import dev.milvuspool.TlsOptions;
import dev.milvuspool.internal.common.Background;
import dev.milvuspool.internal.common.DeadlineSweeper;
import io.milvus.shaded.io.grpc.ChannelCredentials;
import java.time.Duration;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/** Dials over the SDK's gRPC. A pool has one, whose limits its clients share. */
public final class GrpcConnector implements Connector {
  final Background background;
  final DeadlineSweeper sweeper;
  final Resolver resolver;
  final DialLimiter limiter = new DialLimiter();
  final Lookups<Supplier<Credentials>, Credentials> credentials;
  final Lookups<TlsOptions, ChannelCredentials> tlsFiles;
  final RecentDials recentDials = new RecentDials();

  /** For the clients that share this background. */
  public GrpcConnector(Background background, DeadlineSweeper sweeper) {
    this.background = background;
    this.sweeper = sweeper;
    resolver = new Resolver(background);
    credentials = credentials(background);
    tlsFiles =
        new Lookups<>(background, background.foreign(), Channels::credentials, new HashMap<>());
    FrameLog.retain();
    background.afterLastUser(FrameLog::release);
    background.afterLastUser(GrpcStatics::leave);
  }

  /** Asks suppliers for credentials or null. By identity: their equals would run under a lock. */
  static Lookups<Supplier<Credentials>, Credentials> credentials(Background background) {
    return new Lookups<>(background, background.foreign(), Supplier::get, new IdentityHashMap<>());
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
        Connector.sites(options).get(site).stream()
            .map(address -> resolver.resolve(address, options.connectTimeout()))
            .toList();
    return CompletableFuture.allOf(lookups.toArray(CompletableFuture<?>[]::new))
        .handle(
            (done, failure) ->
                lookups.stream()
                    .filter(lookup -> !lookup.isCompletedExceptionally())
                    .flatMap(lookup -> lookup.join().stream())
                    .distinct()
                    .toList());
  }
}
