package dev.milvuspool.internal.connect;

import dev.milvuspool.ClientOptions;
import dev.milvuspool.Credentials;
import dev.milvuspool.MilvusPoolException;
import dev.milvuspool.internal.common.Errors;
import dev.milvuspool.internal.config.OptionSecrets;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The authorization header of a client's requests. Credentials that are fixed are encoded once;
 * those of a supplier for each request, on the thread that sends it.
 */
final class Authorization {
  private final String client;
  private final @Nullable Supplier<Credentials> supplier;
  private final @Nullable String fixed;

  Authorization(String client, ClientOptions options) {
    this.client = client;
    Supplier<Credentials> credentials = OptionSecrets.credentials(options);
    boolean isFixed = credentials != null && OptionSecrets.hasFixedCredentials(options);
    fixed = isFixed && credentials != null ? encoded(credentials.get()) : null;
    supplier = isFixed ? null : credentials;
  }

  /** Whether requests carry no credentials. */
  boolean isNone() {
    return fixed == null && supplier == null;
  }

  /** Whether a supplier of the user's runs for each header. */
  boolean isSupplied() {
    return supplier != null;
  }

  /**
   * The header's value, or null for none.
   *
   * @throws MilvusPoolException if the supplier failed
   */
  @Nullable String header() {
    return supplier == null ? fixed : encoded(supplied(supplier));
  }

  /** Who that is, for the server's access log; empty for an API key, or where nobody knows. */
  static String username(ClientOptions options) {
    return options.username().orElse("");
  }

  private Credentials supplied(Supplier<Credentials> source) {
    Credentials credentials;
    try {
      credentials = source.get();
    } catch (RuntimeException | Error e) {
      throw Errors.supplierFailed(client, "withCredentials", source, e);
    }
    if (credentials == null) {
      throw Errors.supplierFailed(client, "withCredentials", source, null);
    }
    return credentials;
  }

  private static String encoded(Credentials credentials) {
    return Base64.getEncoder()
        .encodeToString(OptionSecrets.token(credentials).getBytes(StandardCharsets.UTF_8));
  }
}
