package dev.milvuspool.internal.connect;

import dev.milvuspool.ClientOptions;
import dev.milvuspool.Credentials;
import dev.milvuspool.MilvusPoolException;
import dev.milvuspool.internal.common.Causes;
import dev.milvuspool.internal.common.Errors;
import dev.milvuspool.internal.config.CredentialsSource;
import dev.milvuspool.internal.config.OptionAccess;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The authorization header of a client's requests. Credentials that are fixed are encoded once;
 * those of a supplier for each request, on the thread that sends it, or in the background.
 */
final class Authorization {
  private static final String OPTION = "withCredentials";

  private final String client;
  private final @Nullable Supplier<Credentials> supplier;
  private final @Nullable String fixed;
  private final Lookups<Supplier<Credentials>, Credentials> lookups;
  private final Duration patience;

  Authorization(
      String client, ClientOptions options, Lookups<Supplier<Credentials>, Credentials> lookups) {
    patience = options.connectTimeout();
    this.client = client;
    this.lookups = lookups;
    CredentialsSource source = OptionAccess.credentials(options);
    fixed = source != null && source.isFixed() ? encoded(source.get()) : null;
    supplier = source == null || source.isFixed() ? null : source.supplier();
  }

  /**
   * The header's value, or null for none.
   *
   * @throws MilvusPoolException if the supplier failed
   */
  @Nullable String header() {
    Supplier<Credentials> source = supplier;
    if (source == null) {
      return fixed;
    }
    Credentials credentials = null;
    Throwable failure = null;
    try {
      credentials = source.get();
    } catch (Throwable e) {
      failure = e;
    }
    return encoded(source, credentials, failure);
  }

  /** The same for a request of the library's own; immediately, or on the blocking executor. */
  CompletableFuture<@Nullable String> headerInBackground() {
    Supplier<Credentials> source = supplier;
    return source == null
        ? CompletableFuture.completedFuture(fixed)
        : lookups
            .ask(source, patience)
            .handle(
                (credentials, failure) ->
                    encoded(source, credentials, failure == null ? null : Causes.unwrap(failure)));
  }

  private String encoded(
      Supplier<Credentials> source,
      @Nullable Credentials credentials,
      @Nullable Throwable failure) {
    if (failure instanceof Lookups.GivenUpException) {
      throw Errors.supplierHangs(client, OPTION, source, failure);
    }
    if (failure != null || credentials == null) {
      throw Errors.supplierFailed(client, OPTION, source, failure);
    }
    return encoded(credentials);
  }

  boolean hasSupplier() {
    return supplier != null;
  }

  /** Why there is no header yet, if there is a supplier. */
  MilvusPoolException late() {
    return Errors.supplierLate(client, OPTION, Objects.requireNonNull(supplier));
  }

  private static String encoded(Credentials credentials) {
    return Base64.getEncoder()
        .encodeToString(OptionAccess.token(credentials).getBytes(StandardCharsets.UTF_8));
  }
}
