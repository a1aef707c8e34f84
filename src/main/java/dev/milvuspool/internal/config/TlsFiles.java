package dev.milvuspool.internal.config;

import dev.milvuspool.TlsOptions;
import dev.milvuspool.internal.common.Checks;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import org.jspecify.annotations.Nullable;

/** The checks of the files that TLS options name. They read the files, so they may block. */
public final class TlsFiles {
  private TlsFiles() {}

  /**
   * Checks again that every file is there, readable and PEM.
   *
   * @throws IllegalArgumentException naming each file that cannot be used, and why
   */
  public static void check(TlsOptions options) {
    Checks checks = new Checks();
    options.caFile().ifPresent(file -> checkCaFile(checks, file));
    options
        .clientCertificate()
        .ifPresent(file -> checkClientCertificate(checks, file, options.clientKey().orElse(null)));
    checks.throwIfWrong();
  }

  /** Checks that a file, which errors call {@code caFile}, holds certificates. */
  public static void checkCaFile(Checks checks, @Nullable Path file) {
    checkCertificates(checks, "caFile", file);
  }

  /**
   * Checks that the files {@code clientCertificate} and {@code clientKey} hold what they should.
   */
  public static void checkClientCertificate(
      Checks checks, @Nullable Path certificate, @Nullable Path key) {
    checkCertificates(checks, "clientCertificate", certificate);
    checkKey(checks, key);
  }

  private static void checkCertificates(Checks checks, String option, @Nullable Path file) {
    byte[] content = read(checks, option, file);
    if (content == null) {
      return;
    }
    try {
      if (CertificateFactory.getInstance("X.509")
          .generateCertificates(new ByteArrayInputStream(content))
          .isEmpty()) {
        checks.wrong(option, "holds no certificate: " + file);
      }
    } catch (CertificateException e) {
      checks.wrong(
          option, "is not a PEM file of X.509 certificates: " + file + ": " + e.getMessage());
    }
  }

  private static void checkKey(Checks checks, @Nullable Path file) {
    byte[] content = read(checks, "clientKey", file);
    if (content != null
        && !new String(content, StandardCharsets.ISO_8859_1)
            .contains("-----BEGIN PRIVATE KEY-----")) {
      checks.wrong(
          "clientKey",
          "is not a PEM file with an unencrypted PKCS#8 key (BEGIN PRIVATE KEY): "
              + file
              + "; convert it with: openssl pkcs8 -topk8 -nocrypt -in KEY -out NEW_KEY");
    }
  }

  private static byte @Nullable [] read(Checks checks, String option, @Nullable Path file) {
    if (file == null) {
      checks.wrong(option, "must not be null");
    } else if (!Files.isRegularFile(file)) {
      boolean isShowable = SecretFile.isShowable(file.toString(), option.equals("clientKey"));
      checks.wrong(option, "does not exist, or is not a file" + (isShowable ? ": " + file : ""));
    } else {
      try {
        return Files.readAllBytes(file);
      } catch (IOException e) {
        checks.wrong(option, "cannot be read: " + file + ": " + e);
      }
    }
    return null;
  }
}
