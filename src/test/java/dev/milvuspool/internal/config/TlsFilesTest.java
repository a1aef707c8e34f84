package dev.milvuspool.internal.config;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.milvuspool.TlsOptions;
import dev.milvuspool.server.Certificates;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TlsFilesTest {
  private static final Certificates CERTIFICATES = Certificates.get();

  @TempDir private Path directory;

  @Test
  void filesThatHaveGoneSinceTheOptionsWereBuiltAreReportedTogether() throws IOException {
    Path ca = Files.copy(CERTIFICATES.ca(), directory.resolve("ca.pem"));
    Path certificate = Files.copy(CERTIFICATES.clientCertificate(), directory.resolve("c.pem"));
    Path key = Files.copy(CERTIFICATES.clientKey(), directory.resolve("c.key"));
    TlsOptions options =
        TlsOptions.builder().withCaFile(ca).withClientCertificate(certificate, key).build();
    assertThatCode(() -> TlsFiles.check(options)).doesNotThrowAnyException();

    Files.delete(ca);
    Files.delete(certificate);
    Files.writeString(key, "no key");

    assertThatIllegalArgumentException()
        .isThrownBy(() -> TlsFiles.check(options))
        .withMessageContainingAll(
            "caFile does not exist, or is not a file: " + ca,
            "clientCertificate does not exist, or is not a file: " + certificate,
            "clientKey is not a PEM file");
  }

  @Test
  void withoutFilesThereIsNothingToCheck() {
    assertThatCode(() -> TlsFiles.check(TlsOptions.builder().build())).doesNotThrowAnyException();
  }
}
