package dev.milvuspool;

import dev.milvuspool.internal.common.Checks;
import dev.milvuspool.internal.config.OptionAccess;
import dev.milvuspool.internal.config.TlsFiles;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * How a client uses TLS: which certificates it trusts, and its own. Immutable and thread-safe. The
 * files are PEM. Every new connection reads them again, so it uses a renewed certificate.
 */
public final class TlsOptions {
  static {
    OptionAccess.ofTls(Builder::build);
  }

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

  /** {@return a builder that starts with the defaults} */
  public static Builder builder() {
    return new Builder();
  }

  /** {@return the PEM file of trusted certificates, or empty for the JVM's trust store} */
  public Optional<Path> caFile() {
    return Optional.ofNullable(caFile);
  }

  /** {@return the PEM file of the client's certificate, or empty for one-way TLS} */
  public Optional<Path> clientCertificate() {
    return Optional.ofNullable(clientCertificate);
  }

  /** {@return the PEM file (PKCS#8, not encrypted) of that certificate's key, or empty for none} */
  public Optional<Path> clientKey() {
    return Optional.ofNullable(clientKey);
  }

  /** {@return the name in the server's certificate, or empty for the host of the address} */
  public Optional<String> serverName() {
    return Optional.ofNullable(serverName);
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

  /** The names of the files, not their content. */
  @Override
  public String toString() {
    return "TlsOptions{caFile=%s, clientCertificate=%s, clientKey=%s, serverName=%s}"
        .formatted(
            caFile == null ? "JVM trust store" : caFile,
            clientCertificate == null ? "none" : clientCertificate,
            clientKey == null ? "none" : clientKey,
            serverName == null ? "host" : serverName);
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
     * Trusts the certificates in this file, and no others. Default: the JVM's trust store.
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
     * Sends a certificate to the server (mutual TLS). Default: none.
     *
     * @param certificate PEM, first the client's certificate, then the chain to its CA
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
     * The name that the server's certificate must be for. Default: the host of the address.
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
     * Checks that every file exists, and is readable and PEM.
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
        TlsFiles.checkCaFile(checks, caFile);
      }
      if (clientCertificateSet) {
        TlsFiles.checkClientCertificate(checks, clientCertificate, clientKey);
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
  }
}
