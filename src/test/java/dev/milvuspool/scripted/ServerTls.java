package dev.milvuspool.scripted;

import io.milvus.shaded.io.grpc.netty.shaded.io.grpc.netty.GrpcSslContexts;
import io.milvus.shaded.io.grpc.netty.shaded.io.netty.handler.ssl.ClientAuth;
import io.milvus.shaded.io.grpc.netty.shaded.io.netty.handler.ssl.SslContext;
import io.milvus.shaded.io.grpc.netty.shaded.io.netty.handler.ssl.SslContextBuilder;
import java.io.File;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * What a server speaks TLS with, all PEM.
 *
 * @param certificate its certificate
 * @param key the key of that, in PKCS#8
 * @param clientCa whose certificates it asks clients for, or null to ask for none
 */
record ServerTls(File certificate, File key, @Nullable File clientCa) {
  SslContext context() throws IOException {
    SslContextBuilder ssl = GrpcSslContexts.forServer(certificate, key);
    if (clientCa != null) {
      ssl.trustManager(clientCa).clientAuth(ClientAuth.REQUIRE);
    }
    return ssl.build();
  }
}
