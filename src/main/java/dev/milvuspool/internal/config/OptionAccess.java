package dev.milvuspool.internal.config;

import dev.milvuspool.ClientOptions;
import dev.milvuspool.Credentials;
import dev.milvuspool.TlsOptions;
import dev.milvuspool.internal.common.Checks;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Gives the internals access that users do not have: to read secrets, and to build with errors
 * under the names of properties. The public classes have no methods for this; each registers a
 * function here in its static initialiser. That has always run before, because the caller has an
 * instance of the class. Thread-safe.
 */
public final class OptionAccess {
  private static volatile @Nullable Function<Credentials, String> token;
  private static volatile @Nullable Function<ClientOptions, @Nullable CredentialsSource> source;
  private static volatile @Nullable BiFunction<ClientOptions.Builder, Checks, ClientOptions> client;
  private static volatile @Nullable BiFunction<TlsOptions.Builder, Checks, TlsOptions> tls;

  private OptionAccess() {}

  /** Called by {@link Credentials} alone: reads what {@link #token} returns. */
  public static void ofCredentials(Function<Credentials, String> reader) {
    token = first(token, reader);
  }

  /** Called by {@link ClientOptions} alone; both may return null. */
  public static void ofClient(
      Function<ClientOptions, @Nullable CredentialsSource> reader,
      BiFunction<ClientOptions.Builder, Checks, ClientOptions> build) {
    source = first(source, reader);
    client = first(client, build);
  }

  /** Called by {@link TlsOptions} alone; it may return null. */
  public static void ofTls(BiFunction<TlsOptions.Builder, Checks, TlsOptions> build) {
    tls = first(tls, build);
  }

  /** What the authorization header holds, before Base64: {@code user:password}, or the API key. */
  public static String token(Credentials credentials) {
    return registered(token).apply(credentials);
  }

  /** Where the credentials of requests come from, or null if they carry none. */
  public static @Nullable CredentialsSource credentials(ClientOptions options) {
    return registered(source).apply(options);
  }

  /** The options, or null after what is wrong has been noted. */
  static @Nullable ClientOptions build(ClientOptions.Builder builder, Checks checks) {
    return registered(client).apply(builder, checks);
  }

  /** The options, or null after what is wrong has been noted. */
  static @Nullable TlsOptions build(TlsOptions.Builder builder, Checks checks) {
    return registered(tls).apply(builder, checks);
  }

  private static <T> T first(@Nullable T before, T registered) {
    if (before != null) {
      throw new IllegalStateException("already registered");
    }
    return registered;
  }

  private static <T> T registered(@Nullable T access) {
    if (access == null) {
      throw new IllegalStateException("an instance exists whose class is not initialised");
    }
    return access;
  }
}
