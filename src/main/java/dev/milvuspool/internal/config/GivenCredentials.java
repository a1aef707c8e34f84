package dev.milvuspool.internal.config;

import dev.milvuspool.Credentials;
import dev.milvuspool.internal.common.Checks;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Credentials as a builder was given them: not checked yet. Of several, the last one holds. */
public final class GivenCredentials {
  /** None were given. */
  static final GivenCredentials NONE = new GivenCredentials(Kind.NONE, null, null, null);

  private enum Kind {
    NONE,
    PASSWORD,
    API_KEY,
    SUPPLIER
  }

  private final Kind kind;
  private final @Nullable String user;
  private final @Nullable String secret;
  private final @Nullable Supplier<Credentials> supplier;

  private GivenCredentials(
      Kind kind,
      @Nullable String user,
      @Nullable String secret,
      @Nullable Supplier<Credentials> supplier) {
    this.kind = kind;
    this.user = user;
    this.secret = secret;
    this.supplier = supplier;
  }

  /**
   * A user with a password.
   *
   * @param user as given
   * @param password as given
   * @return not checked yet
   */
  public static GivenCredentials password(@Nullable String user, @Nullable String password) {
    return new GivenCredentials(Kind.PASSWORD, user, password, null);
  }

  /**
   * An API key.
   *
   * @param apiKey as given
   * @return not checked yet
   */
  public static GivenCredentials apiKey(@Nullable String apiKey) {
    return new GivenCredentials(Kind.API_KEY, null, apiKey, null);
  }

  /**
   * Credentials that change.
   *
   * @param supplier as given
   * @return not checked yet
   */
  public static GivenCredentials supplier(@Nullable Supplier<Credentials> supplier) {
    return new GivenCredentials(Kind.SUPPLIER, null, null, supplier);
  }

  /** Notes what is wrong. */
  void check(Checks checks) {
    switch (kind) {
      case NONE -> {}
      case PASSWORD -> CredentialChecks.password(checks, user, secret);
      case API_KEY -> CredentialChecks.apiKey(checks, secret);
      case SUPPLIER -> {
        if (supplier == null) {
          checks.wrong("credentials", "must not be null; leave them out for none");
        }
      }
    }
  }

  /**
   * Where the credentials come from, once they have been checked.
   *
   * @return the source, or null if none were given
   */
  public @Nullable CredentialsSource source() {
    return switch (kind) {
      case NONE -> null;
      case PASSWORD ->
          new CredentialsSource.Fixed(
              Credentials.ofPassword(Checks.notNull("user", user), checkedSecret()));
      case API_KEY -> new CredentialsSource.Fixed(Credentials.ofApiKey(checkedSecret()));
      case SUPPLIER ->
          supplier instanceof CredentialsSource source
              ? source
              : new CredentialsSource.Supplied(Checks.notNull("credentials", supplier));
    };
  }

  private String checkedSecret() {
    return Checks.notNull("secret", secret);
  }
}
