package dev.milvuspool.bench;

import dev.milvuspool.ClientOptions;
import dev.milvuspool.server.MilvusServer;
import io.milvus.v2.client.ConnectConfig;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * The server that is called. Credentials are taken from the environment, MILVUS_USERNAME and
 * MILVUS_PASSWORD, which forked JVMs have as well.
 *
 * @param address {@code host:port}
 */
record Target(String address) {
  private static final String PROPERTY = "bench.address";

  static Target of(MilvusServer server) {
    return new Target(server.address());
  }

  /** The one that {@link #jvmArguments()} told this JVM. */
  static Target ofThisFork() {
    return new Target(Objects.requireNonNull(System.getProperty(PROPERTY), PROPERTY));
  }

  /** What tells a forked JVM. */
  String[] jvmArguments() {
    return Stream.concat(Stream.of("-D" + PROPERTY + "=" + address), Jvm.logging().stream())
        .toArray(String[]::new);
  }

  /** This library's defaults. */
  ClientOptions.Builder options() {
    ClientOptions.Builder options = ClientOptions.builder().withAddress(address);
    String username = System.getenv("MILVUS_USERNAME");
    return username == null
        ? options
        : options.withAuth(username, System.getenv("MILVUS_PASSWORD"));
  }

  /** The SDK's defaults. */
  ConnectConfig sdkConfig() {
    ConnectConfig.ConnectConfigBuilder config =
        ConnectConfig.builder().uri(address.contains("://") ? address : "http://" + address);
    String username = System.getenv("MILVUS_USERNAME");
    if (username != null) {
      config.username(username).password(System.getenv("MILVUS_PASSWORD"));
    }
    return config.build();
  }
}
