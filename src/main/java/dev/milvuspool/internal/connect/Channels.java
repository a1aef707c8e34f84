package dev.milvuspool.internal.connect;

import dev.milvuspool.ClientOptions;
import dev.milvuspool.TlsOptions;
import dev.milvuspool.internal.common.Durations;
import dev.milvuspool.internal.config.TlsFiles;
import io.milvus.shaded.io.grpc.ChannelCredentials;
import io.milvus.shaded.io.grpc.ManagedChannel;
import io.milvus.shaded.io.grpc.TlsChannelCredentials;
import io.milvus.shaded.io.grpc.netty.shaded.io.grpc.netty.InternalNettyChannelBuilder;
import io.milvus.shaded.io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLException;

/**
 * Builds gRPC channels that do nothing by themselves: no retries, no idle timeout, no look-up of
 * names. A channel is one connection here, to one endpoint. Its authority is the host, which TLS
 * compares with the certificate.
 */
final class Channels {
  /** gRPC treats this as never. */
  private static final long NEVER_IDLE_DAYS = 365;

  /** Of gRPC's 8 KB, a long error of a server would be a reset of its stream. */
  private static final int MAX_METADATA_BYTES = 1 << 20;

  private Channels() {}

  /** Builds a channel. */
  static ManagedChannel open(
      Endpoint endpoint, ClientOptions options, ChannelCredentials credentials) {
    FrameLog.silence();
    Optional<TlsOptions> tls = options.tls();
    GrpcStatics.initialise(tls.isPresent());
    NettyChannelBuilder builder =
        endpoint.ip() == null
            ? NettyChannelBuilder.forAddress(
                endpoint.address().host(), endpoint.address().port(), credentials)
            : NettyChannelBuilder.forAddress(endpoint.socketAddress(), credentials);
    // Else each channel searches the class path for OpenCensus, which the SDK's gRPC cannot have.
    InternalNettyChannelBuilder.setStatsEnabled(builder, false);
    InternalNettyChannelBuilder.setTracingEnabled(builder, false);
    String authority = tls.flatMap(TlsOptions::serverName).orElse(endpoint.address().toString());
    // An override makes each channel copy its addresses.
    if (!authority.equals(endpoint.defaultAuthority())) {
      builder.overrideAuthority(authority);
    }
    return builder
        .disableRetry()
        .disableServiceConfigLookUp()
        // Only our own code runs there and never blocks, so an end of the transport is known early.
        .directExecutor()
        .idleTimeout(NEVER_IDLE_DAYS, TimeUnit.DAYS)
        .maxInboundMessageSize(Integer.MAX_VALUE)
        .maxInboundMetadataSize(MAX_METADATA_BYTES)
        .keepAliveTime(Durations.nanos(options.keepAliveTime()), TimeUnit.NANOSECONDS)
        .keepAliveTimeout(Durations.nanos(options.keepAliveTimeout()), TimeUnit.NANOSECONDS)
        .keepAliveWithoutCalls(options.keepAliveWithoutCalls())
        .build();
  }

  /** Reads the files of TLS, which may block. */
  static ChannelCredentials credentials(TlsOptions tls) throws IOException {
    try {
      TlsFiles.check(tls); // they may have gone or changed since the options were built
    } catch (IllegalArgumentException e) {
      throw new SSLException(e.getMessage(), e);
    }
    TlsChannelCredentials.Builder builder = TlsChannelCredentials.newBuilder();
    if (tls.caFile().isPresent()) {
      builder.trustManager(tls.caFile().get().toFile());
    }
    if (tls.clientCertificate().isPresent()) {
      builder.keyManager(
          tls.clientCertificate().get().toFile(), tls.clientKey().orElseThrow().toFile());
    }
    return builder.build();
  }
}
