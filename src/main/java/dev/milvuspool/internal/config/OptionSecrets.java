package dev.milvuspool.internal.config;

import dev.milvuspool.ClientOptions;
import dev.milvuspool.Credentials;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The secrets of options, for the internals only. The public classes have no accessor for a secret;
 * instead each registers one here in its static initialiser. That has always run before it is
 * needed: every method takes an instance of the class that registers. Thread-safe.
 */
public final class OptionSecrets {
  /** Reads the secrets of credentials. */
  public interface OfCredentials {
    /**
     * What the authorization header holds before it is Base64-encoded.
     *
     * @param credentials whose
     * @return {@code user:password}, or the API key
     */
    String token(Credentials credentials);

    /**
     * The user's name.
     *
     * @param credentials whose
     * @return the name, or null for an API key
     */
    @Nullable String username(Credentials credentials);
  }

  /** Reads the credentials of options. */
  @FunctionalInterface
  public interface OfOptions {
    /**
     * Where the credentials come from.
     *
     * @param options whose
     * @return the source, or null if there is none
     */
    @Nullable CredentialsSource credentials(ClientOptions options);
  }

  private static volatile @Nullable OfCredentials ofCredentials;
  private static volatile @Nullable OfOptions ofOptions;

  private OptionSecrets() {}

  /**
   * Called by the static initialiser of {@link Credentials} and by nothing else.
   *
   * @param reader reads their private fields
   */
  public static void registerCredentials(OfCredentials reader) {
    requireFirst(ofCredentials);
    ofCredentials = reader;
  }

  /**
   * Called by the static initialiser of {@link ClientOptions} and by nothing else.
   *
   * @param reader reads their private fields
   */
  public static void registerOptions(OfOptions reader) {
    requireFirst(ofOptions);
    ofOptions = reader;
  }

  /**
   * The credentials for a request; to be asked for each.
   *
   * @param options whose
   * @return the user's supplier itself if there is one, which may throw or return null; a constant
   *     one for fixed credentials; one that reads the file again for a secret in a file; null if
   *     there are no credentials
   */
  public static @Nullable Supplier<Credentials> credentials(ClientOptions options) {
    CredentialsSource source = source(options);
    return source instanceof CredentialsSource.Supplied supplied ? supplied.supplier() : source;
  }

  /**
   * Whether the options have credentials that never change.
   *
   * @param options whose
   * @return false without credentials, with a supplier, and with a secret in a file
   */
  public static boolean hasFixedCredentials(ClientOptions options) {
    return source(options) instanceof CredentialsSource.Fixed;
  }

  /**
   * What the credentials are, for messages; without a secret.
   *
   * @param options whose
   * @return such as {@code user root with a password}, {@code an API key}, {@code credentials of
   *     com.acme.Vault}, {@code user root with the password in /run/secrets/milvus}, or {@code
   *     none}
   */
  public static String describeCredentials(ClientOptions options) {
    CredentialsSource source = source(options);
    return source == null ? "none" : source.toString();
  }

  /**
   * What the authorization header holds before it is Base64-encoded.
   *
   * @param credentials whose
   * @return {@code user:password}, or the API key
   */
  public static String token(Credentials credentials) {
    return registered(ofCredentials).token(credentials);
  }

  /**
   * The user's name.
   *
   * @param credentials whose
   * @return the name, or null for an API key
   */
  public static @Nullable String username(Credentials credentials) {
    return registered(ofCredentials).username(credentials);
  }

  private static @Nullable CredentialsSource source(ClientOptions options) {
    return registered(ofOptions).credentials(options);
  }

  private static <T> T registered(@Nullable T reader) {
    if (reader == null) {
      throw new IllegalStateException("an instance exists whose class is not initialised");
    }
    return reader;
  }

  private static void requireFirst(@Nullable Object reader) {
    if (reader != null) {
      throw new IllegalStateException("already registered");
    }
  }
}
