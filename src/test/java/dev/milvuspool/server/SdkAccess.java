package dev.milvuspool.server;

import io.milvus.v2.client.ConnectConfig;

/** How the bare SDK reaches a server of a given setup. */
final class SdkAccess {
  private SdkAccess() {}

  static ConnectConfig config(String address, Setup setup) {
    Certificates tls = setup.tls();
    ConnectConfig.ConnectConfigBuilder config =
        ConnectConfig.builder()
            .uri((tls == null ? "http://" : "https://") + address)
            .connectTimeoutMs(5_000)
            .rpcDeadlineMs(20_000);
    if (setup.authentication()) {
      config.username(Setup.ROOT).password(Setup.ROOT_PASSWORD);
    }
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
