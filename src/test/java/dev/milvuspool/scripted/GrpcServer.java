package dev.milvuspool.scripted;

import io.milvus.shaded.io.grpc.Attributes;
import io.milvus.shaded.io.grpc.Server;
import io.milvus.shaded.io.grpc.ServerServiceDefinition;
import io.milvus.shaded.io.grpc.ServerTransportFilter;
import io.milvus.shaded.io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.milvus.shaded.io.grpc.netty.shaded.io.netty.channel.EventLoopGroup;
import io.milvus.shaded.io.grpc.netty.shaded.io.netty.channel.local.LocalAddress;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** The gRPC server behind the TCP front, from its start to its end. */
final class GrpcServer {
  private static final int MAX_MESSAGE = 64 << 20; // as the Milvus proxy takes

  private final Server server;

  /**
   * Starts it.
   *
   * @param maxConcurrentCallsPerConnection 0 for no cap
   * @param maxConnectionAge after which a connection is ended by GOAWAY; null for none
   * @param tls null for plaintext
   */
  GrpcServer(
      TcpFront front,
      EventLoopGroup loops,
      ServerServiceDefinition calls,
      Counters counters,
      int maxConcurrentCallsPerConnection,
      @Nullable Duration maxConnectionAge,
      @Nullable ServerTls tls)
      throws IOException {
    NettyServerBuilder builder =
        NettyServerBuilder.forAddress(LocalAddress.ANY)
            .channelFactory(front::grpcChannel)
            .bossEventLoopGroup(loops)
            .workerEventLoopGroup(loops)
            .directExecutor()
            .maxInboundMessageSize(MAX_MESSAGE)
            .permitKeepAliveTime(1, TimeUnit.MILLISECONDS)
            .permitKeepAliveWithoutCalls(true)
            .addTransportFilter(new TransportCount(counters))
            .addService(calls);
    if (maxConcurrentCallsPerConnection > 0) {
      builder.maxConcurrentCallsPerConnection(maxConcurrentCallsPerConnection);
    }
    if (maxConnectionAge != null) {
      builder.maxConnectionAge(maxConnectionAge.toMillis(), TimeUnit.MILLISECONDS);
    }
    if (tls != null) {
      builder.sslContext(tls.context());
    }
    server = builder.build().start();
  }

  /** Ends it and its calls, and waits for that at most so long. */
  void close(Duration atMost) {
    server.shutdownNow();
    try {
      server.awaitTermination(atMost.toSeconds(), TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Counts gRPC's connections; one that ends before it is ready is only told to have ended. */
  private static final class TransportCount extends ServerTransportFilter {
    private static final Attributes.Key<Boolean> COUNTED =
        Attributes.Key.create("scripted-milvus-counted");

    private final Counters counters;

    TransportCount(Counters counters) {
      this.counters = counters;
    }

    @Override
    public Attributes transportReady(Attributes attributes) {
      counters.transports.incrementAndGet();
      counters.transportsEver.incrementAndGet();
      counters.changed();
      return attributes.toBuilder().set(COUNTED, true).build();
    }

    @Override
    public void transportTerminated(@Nullable Attributes attributes) {
      if (attributes != null && attributes.get(COUNTED) != null) {
        counters.transports.decrementAndGet();
        counters.changed();
      }
    }
  }
}
