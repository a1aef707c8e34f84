package dev.milvuspool;

import static org.assertj.core.api.Assertions.assertThat;

import dev.milvuspool.scripted.ScriptedMilvus;
import dev.milvuspool.server.Certificates;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** TLS in containers whose only folders are read-only. */
@Timeout(90)
class TlsWithoutTempFolderTest {
  private static final String PASSWORD = "changeit";

  /** Connects by the trust store of the JVM, to the server name of a certificate. */
  static final class Program {
    private Program() {}

    public static void main(String[] arguments) {
      TlsOptions tls = TlsOptions.builder().withServerName("milvus.test").build();
      try (Client client =
          Client.connect(ClientOptions.builder().withAddress(arguments[0]).withTls(tls).build())) {
        System.out.println("databases " + client.listDatabases());
      }
    }
  }

  @Test
  void aServerNameWithoutACaFileNeedsNoTemporaryFolder(@TempDir Path directory) throws Exception {
    Certificates certificates = Certificates.get();
    Path store = trustStore(directory, certificates.ca());
    try (ScriptedMilvus server =
            ScriptedMilvus.startTls(
                certificates.serverCertificate().toFile(), certificates.serverKey().toFile());
        ChildJvm child =
            ChildJvm.start(
                Program.class,
                List.of(
                    "-Djava.io.tmpdir=" + directory.resolve("not-there"),
                    "-Djavax.net.ssl.trustStore=" + store,
                    "-Djavax.net.ssl.trustStorePassword=" + PASSWORD),
                List.of(server.address()))) {
      assertThat(child.awaitExit(Duration.ofSeconds(60))).as(child.lines()::toString).isZero();
      assertThat(child.lines()).anySatisfy(line -> assertThat(line).contains("databases [default"));
    }
  }

  private static Path trustStore(Path directory, Path ca) throws Exception {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    try (var pem = Files.newInputStream(ca)) {
      store.setCertificateEntry(
          "ca", CertificateFactory.getInstance("X.509").generateCertificate(pem));
    }
    Path file = directory.resolve("trust.p12");
    try (OutputStream out = Files.newOutputStream(file)) {
      store.store(out, PASSWORD.toCharArray());
    }
    return file;
  }
}
