package dev.milvuspool;

import dev.milvuspool.internal.common.Checks;
import dev.milvuspool.internal.config.CredentialChecks;
import dev.milvuspool.internal.config.OptionAccess;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What a client authenticates with: a user and a password, or an API key. Immutable and
 * thread-safe; two with the same values are equal. No method returns the secret, and {@link
 * #toString()} does not show it.
 *
 * <pre>{@code
 * AtomicReference<Credentials> current =
 *     new AtomicReference<>(Credentials.ofPassword("root", "Milvus"));
 * ClientOptions options = ClientOptions.builder().withCredentials(current::get).build();
 * current.set(Credentials.ofPassword("root", "the next password")); // used by the next request
 * }</pre>
 */
public final class Credentials {
  static {
    OptionAccess.ofCredentials(
        credentials ->
            credentials.user == null
                ? credentials.secret
                : credentials.user + ":" + credentials.secret);
  }

  /** The user's name; null for an API key. */
  private final @Nullable String user;

  /** The user's password, or the API key. */
  private final String secret;

  private Credentials(@Nullable String user, String secret) {
    this.user = user;
    this.secret = secret;
  }

  /**
   * A user with a password.
   *
   * @param user not null, not blank, without a colon
   * @param password not null; may be empty
   * @return the credentials
   * @throws IllegalArgumentException if an argument is wrong; the message names it, without a
   *     secret
   */
  public static Credentials ofPassword(String user, String password) {
    Checks checks = new Checks();
    CredentialChecks.password(checks, user, password);
    checks.throwIfWrong();
    return new Credentials(user, password);
  }

  /**
   * An API key or token.
   *
   * @param apiKey not null, not blank
   * @return the credentials
   * @throws IllegalArgumentException if it is null or blank
   */
  public static Credentials ofApiKey(String apiKey) {
    Checks checks = new Checks();
    CredentialChecks.apiKey(checks, apiKey);
    checks.throwIfWrong();
    return new Credentials(null, apiKey);
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Credentials that
        && Objects.equals(user, that.user)
        && secret.equals(that.secret);
  }

  @Override
  public int hashCode() {
    return Objects.hash(user, secret);
  }

  /** {@code user root with a password} or {@code an API key}. */
  @Override
  public String toString() {
    return user == null ? "an API key" : "user " + user + " with a password";
  }
}
