package dev.milvuspool.server;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How a server is set up.
 *
 * @param authentication whether it asks for {@code root}/{@code Milvus}
 * @param tls the certificates it speaks TLS with, or null for plaintext
 * @param mutual whether it asks for a client certificate, too
 * @param quotas whether it takes one flush in five seconds, and one megabyte of rows in a second
 */
record Setup(boolean authentication, @Nullable Certificates tls, boolean mutual, boolean quotas) {
  static final Setup PLAIN = new Setup(false, null, false, false);
  private static final String ROOT = "root";
  private static final String ROOT_PASSWORD = "Milvus";

  /** The user to come as, or null where none is asked for. */
  @Nullable String username() {
    return authentication ? ROOT : null;
  }

  /** The password of that user, or null. */
  @Nullable String password() {
    return authentication ? ROOT_PASSWORD : null;
  }

  /** What a Milvus is told by environment variables, its certificates lying in their directory. */
  Map<String, String> environment() {
    return tls == null ? environment(Path.of("")) : environment(tls.directory());
  }

  /** The same, with its certificates lying in another directory. */
  Map<String, String> environment(Path directory) {
    Map<String, String> environment = new HashMap<>();
    if (authentication) {
      environment.put("COMMON_SECURITY_AUTHORIZATIONENABLED", "true");
    }
    if (tls != null) {
      environment.put("COMMON_SECURITY_TLSMODE", mutual ? "2" : "1");
      environment.put("TLS_SERVERPEMPATH", in(directory, tls.serverCertificate()));
      environment.put("TLS_SERVERKEYPATH", in(directory, tls.serverKey()));
      environment.put("TLS_CAPEMPATH", in(directory, tls.ca()));
    }
    if (quotas) {
      environment.put("QUOTAANDLIMITS_FLUSHRATE_ENABLED", "true");
      environment.put("QUOTAANDLIMITS_FLUSHRATE_MAX", "0.2");
      environment.put("QUOTAANDLIMITS_FLUSHRATE_COLLECTION_MAX", "0.2");
      environment.put("QUOTAANDLIMITS_DML_ENABLED", "true");
      environment.put("QUOTAANDLIMITS_DML_INSERTRATE_MAX", "1");
    }
    return environment;
  }

  private static String in(Path directory, Path file) {
    return directory.resolve(file.getFileName()).toString();
  }

  /** For descriptions: empty for a plain one. */
  @Override
  public String toString() {
    String security = tls == null ? "" : mutual ? ", mutual TLS" : ", TLS";
    return (authentication ? ", authentication" : "") + security + (quotas ? ", quotas" : "");
  }
}
