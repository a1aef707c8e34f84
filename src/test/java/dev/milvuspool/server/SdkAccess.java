package dev.milvuspool.server;

import io.milvus.v2.client.ConnectConfig;

/** How the bare SDK reaches a server. */
final class SdkAccess {
  private static final long CONNECT_TIMEOUT_MILLIS = 5_000;
  private static final long RPC_DEADLINE_MILLIS = 20_000;

  private SdkAccess() {}

  static ConnectConfig config(MilvusServer server, Setup setup) {
    String address = server.address();
    String scheme = setup.tls() == null ? "http://" : "https://";
    ConnectConfig.ConnectConfigBuilder config =
        ConnectConfig.builder()
            .uri(address.contains("://") ? address : scheme + address)
            .connectTimeoutMs(CONNECT_TIMEOUT_MILLIS)
            .rpcDeadlineMs(RPC_DEADLINE_MILLIS);
    String username = server.username();
    String password = server.password();
    if (username != null && password != null) {
      config.username(username).password(password);
    }
    Certificates tls = setup.tls();
    if (tls != null && setup.mutual()) {
      config
          .caPemPath(tls.ca().toString())
          .clientPemPath(tls.clientCertificate().toString())
          .clientKeyPath(tls.clientKey().toString())
          .serverName("localhost");
    } else if (tls != null) {
      config.serverPemPath(tls.ca().toString()).serverName("localhost");
    }
    return config.build();
  }
}
