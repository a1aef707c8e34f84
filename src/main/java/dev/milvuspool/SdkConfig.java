package dev.milvuspool;

import io.milvus.shaded.io.grpc.ChannelCredentials;
import io.milvus.shaded.io.grpc.Grpc;
import io.milvus.shaded.io.grpc.InsecureChannelCredentials;
import io.milvus.shaded.io.grpc.ManagedChannel;
import io.milvus.shaded.io.grpc.ManagedChannelBuilder;
import io.milvus.shaded.io.grpc.TlsChannelCredentials;
import io.milvus.v2.client.ConnectConfig;
import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import javax.net.ssl.SSLException;

/** Turns a client's options into what the SDK and gRPC take: afresh for each connection. */
final class SdkConfig {
  static {
    FrameLog.silence();
    CensusLookup.skip();
  }

  private SdkConfig() {}

  /** The configuration of one SDK client. Never log it: its toString shows the secrets. */
  static ConnectConfig of(Connector.Target target, Address address, Duration timeout) {
    ClientOptions options = target.options();
    ConnectConfig.ConnectConfigBuilder config =
        ConnectConfig.builder()
            .uri(address.toUri(options.tls().isPresent()))
            .dbName(target.database())
            .connectTimeoutMs(Nanos.toMillis(timeout))
            .keepAliveTimeMs(Nanos.toMillis(options.keepAliveTime()))
            .keepAliveTimeoutMs(Nanos.toMillis(options.keepAliveTimeout()))
            .keepAliveWithoutCalls(options.keepAliveWithoutCalls());
    Credentials credentials = options.credentials();
    if (credentials.username() != null) {
      config.username(credentials.username()).password(credentials.password());
    } else if (credentials.apiKey() != null) {
      config.token(credentials.apiKey());
    }
    options.tls().ifPresent(tls -> addTls(config, tls, address));
    return config.build();
  }

  private static void addTls(
      ConnectConfig.ConnectConfigBuilder config, TlsOptions tls, Address address) {
    Optional<Path> certificate = tls.clientCertificate();
    if (tls.caFile().isEmpty() && certificate.isEmpty() && tls.serverName().isEmpty()) {
      return; // "https" alone makes the SDK trust what the JVM trusts
    }
    // With a certificate or a server name the SDK wants the CAs as a file, too.
    String caFile = tls.caFile().orElseGet(TrustAnchors::file).toString();
    config.serverName(tls.serverName().orElse(address.host()));
    if (certificate.isPresent()) {
      config
          .caPemPath(caFile)
          .clientPemPath(certificate.get().toString())
          .clientKeyPath(tls.clientKey().orElseThrow().toString());
    } else {
      config.serverPemPath(caFile);
    }
  }

  /**
   * Looks at the files of TLS again, which may have gone or changed since the options were built.
   *
   * @throws SSLException if one of them cannot be used
   */
  static void checkFiles(ClientOptions options) throws SSLException {
    try {
      options.tls().ifPresent(TlsOptions::checkFiles);
    } catch (IllegalArgumentException e) {
      throw new SSLException(e.getMessage(), e);
    }
  }

  /** A channel to the same server, apart from any SDK client. */
  static ManagedChannel channel(ClientOptions options, Address address) throws IOException {
    checkFiles(options);
    Optional<TlsOptions> tls = options.tls();
    ChannelCredentials credentials =
        tls.isPresent() ? tlsCredentials(tls.get()) : InsecureChannelCredentials.create();
    ManagedChannelBuilder<?> builder =
        Grpc.newChannelBuilderForAddress(address.host(), address.port(), credentials);
    tls.flatMap(TlsOptions::serverName).ifPresent(builder::overrideAuthority);
    return builder.build();
  }

  private static ChannelCredentials tlsCredentials(TlsOptions tls) throws IOException {
    TlsChannelCredentials.Builder builder = TlsChannelCredentials.newBuilder();
    if (tls.caFile().isPresent()) {
      builder.trustManager(tls.caFile().get().toFile());
    }
    if (tls.clientCertificate().isPresent()) {
      File key = tls.clientKey().orElseThrow().toFile();
      builder.keyManager(tls.clientCertificate().get().toFile(), key);
    }
    return builder.build();
  }
}
