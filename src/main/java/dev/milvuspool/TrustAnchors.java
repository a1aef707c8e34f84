package dev.milvuspool;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.util.Base64;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;

/**
 * The JVM's trust store as a PEM file, which is the only form the SDK takes beside its own default.
 */
final class TrustAnchors {
  private TrustAnchors() {}

  /** The file; written once a JVM, deleted at its end. */
  static Path file() {
    return Holder.FILE;
  }

  private static final class Holder {
    static final Path FILE = write();

    private static Path write() {
      try {
        TrustManagerFactory factory =
            TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init((KeyStore) null);
        Base64.Encoder encoder =
            Base64.getMimeEncoder(64, "\n".getBytes(StandardCharsets.US_ASCII));
        StringBuilder pem = new StringBuilder();
        for (TrustManager manager : factory.getTrustManagers()) {
          if (manager instanceof X509TrustManager x509) {
            for (X509Certificate anchor : x509.getAcceptedIssuers()) {
              pem.append("-----BEGIN CERTIFICATE-----\n")
                  .append(encoder.encodeToString(anchor.getEncoded()))
                  .append("\n-----END CERTIFICATE-----\n");
            }
          }
        }
        Path file = Files.createTempFile("milvus-pool-trust-", ".pem");
        file.toFile().deleteOnExit();
        return Files.writeString(file, pem);
      } catch (GeneralSecurityException e) {
        throw new IllegalStateException("cannot read the JVM's trust store", e);
      } catch (IOException e) {
        throw new UncheckedIOException("cannot write the JVM's trust store as PEM", e);
      }
    }
  }
}
