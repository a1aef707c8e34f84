package dev.milvuspool;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * How a client speaks TLS: whom it trusts, and how it shows who it is. Immutable. The files are PEM
 * and are read anew by every dial, so that a renewed certificate comes into use with the next
 * connection.
 */
public final class TlsOptions {
  private final @Nullable Path caFile;
  private final @Nullable Path clientCertificate;
  private final @Nullable Path clientKey;
  private final @Nullable String serverName;

  private TlsOptions(Builder builder) {
    caFile = builder.caFile;
    clientCertificate = builder.clientCertificate;
    clientKey = builder.clientKey;
    serverName = builder.serverName;
  }

  /**
   * Starts with the JVM's trust store, no client certificate, and the host as the server's name.
   *
   * @return a builder
   */
  public static Builder builder() {
    return new Builder();
  }

  /**
   * The certificates that are trusted.
   *
   * @return a PEM file, or empty for the JVM's trust store
   */
  public Optional<Path> caFile() {
    return Optional.ofNullable(caFile);
  }

  /**
   * The certificate that the client shows (mutual TLS).
   *
   * @return a PEM file, or empty for one-way TLS
   */
  public Optional<Path> clientCertificate() {
    return Optional.ofNullable(clientCertificate);
  }

  /**
   * The key of {@link #clientCertificate()}.
   *
   * @return a PEM file (PKCS#8, not encrypted), or empty for one-way TLS
   */
  public Optional<Path> clientKey() {
    return Optional.ofNullable(clientKey);
  }

  /**
   * The name that the server's certificate must be for.
   *
   * @return the name, or empty for the host of the address
   */
  public Optional<String> serverName() {
    return Optional.ofNullable(serverName);
  }

  /**
   * Looks at the files again.
   *
   * @throws IllegalArgumentException naming those that cannot be used any more
   */
  void checkFiles() {
    Checks checks = new Checks();
    if (caFile != null) {
      Builder.checkCertificates(checks, "caFile", caFile);
    }
    if (clientCertificate != null) {
      Builder.checkCertificates(checks, "clientCertificate", clientCertificate);
      Builder.checkKey(checks, clientKey);
    }
    checks.throwIfWrong();
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof TlsOptions that
        && Objects.equals(caFile, that.caFile)
        && Objects.equals(clientCertificate, that.clientCertificate)
        && Objects.equals(clientKey, that.clientKey)
        && Objects.equals(serverName, that.serverName);
  }

  @Override
  public int hashCode() {
    return Objects.hash(caFile, clientCertificate, clientKey, serverName);
  }

  /** The names of the files, not what is in them. */
  @Override
  public String toString() {
    return "TlsOptions{caFile="
        + (caFile == null ? "JVM trust store" : caFile)
        + ", clientCertificate="
        + (clientCertificate == null ? "none" : clientCertificate)
        + ", clientKey="
        + (clientKey == null ? "none" : clientKey)
        + ", serverName="
        + (serverName == null ? "host" : serverName)
        + "}";
  }

  /** Collects the options; {@link #build()} checks them. Not thread-safe. */
  public static final class Builder {
    private @Nullable Path caFile;
    private boolean caFileSet;
    private @Nullable Path clientCertificate;
    private @Nullable Path clientKey;
    private boolean clientCertificateSet;
    private @Nullable String serverName;
    private boolean serverNameSet;

    private Builder() {}

    /**
     * Trusts the certificates in this file, and no others.
     *
     * @param caFile PEM, one certificate or more
     * @return this builder
     */
    public Builder withCaFile(Path caFile) {
      this.caFile = caFile;
      caFileSet = true;
      return this;
    }

    /**
     * Shows a certificate to the server (mutual TLS).
     *
     * @param certificate PEM, the client's certificate first and then those that lead to its CA
     * @param key PEM, PKCS#8 ({@code BEGIN PRIVATE KEY}), not encrypted
     * @return this builder
     */
    public Builder withClientCertificate(Path certificate, Path key) {
      clientCertificate = certificate;
      clientKey = key;
      clientCertificateSet = true;
      return this;
    }

    /**
     * The name that the server's certificate must be for, where it is not the address's host.
     *
     * @param serverName a host name
     * @return this builder
     */
    public Builder withServerName(String serverName) {
      this.serverName = serverName;
      serverNameSet = true;
      return this;
    }

    /**
     * Checks that every file is there, readable and PEM.
     *
     * @return the options
     * @throws IllegalArgumentException naming the option, the value and the remedy
     */
    public TlsOptions build() {
      Checks checks = new Checks();
      TlsOptions options = build(checks);
      checks.throwIfWrong();
      return Objects.requireNonNull(options);
    }

    /** The options, or null after what is wrong has been noted. */
    @Nullable TlsOptions build(Checks checks) {
      if (caFileSet) {
        checkCertificates(checks, "caFile", caFile);
      }
      if (clientCertificateSet) {
        checkCertificates(checks, "clientCertificate", clientCertificate);
        checkKey(checks, clientKey);
      }
      if (serverNameSet && (serverName == null || serverName.isBlank())) {
        checks.wrong(
            "serverName",
            "must not be "
                + (serverName == null ? "null" : "blank")
                + "; leave it out to use the host of the address");
      }
      return checks.allRight() ? new TlsOptions(this) : null;
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
        checks.wrong(option, "is not there, or is not a file: " + file);
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
}
