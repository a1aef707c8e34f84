package dev.milvuspool.internal.config;

import dev.milvuspool.Credentials;
import dev.milvuspool.internal.common.Checks;
import java.util.Arrays;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The source of a client's credentials, which is asked for each request. Two of the same kind and
 * values are equal; {@code toString} says what it is and shows no secret, such as {@code user root
 * with a password}, {@code an API key}, {@code credentials of com.acme.Vault} or {@code user root
 * with the password in /run/secrets/milvus}.
 */
public final class CredentialsSource implements Supplier<Credentials> {
  private final Supplier<Credentials> supplier;

  /** Of fixed credentials themselves; else what makes two equal. */
  private final Object identity;

  private final String description;
  private final @Nullable String username;

  private CredentialsSource(
      Supplier<Credentials> supplier,
      Object identity,
      String description,
      @Nullable String username) {
    this.supplier = supplier;
    this.identity = identity;
    this.description = description;
    this.username = username;
  }

  private static CredentialsSource fixed(Credentials credentials, @Nullable String username) {
    return new CredentialsSource(() -> credentials, credentials, credentials.toString(), username);
  }

  /** Shows only its class: the supplier's own {@code toString} might show a secret. */
  private static CredentialsSource supplied(Supplier<Credentials> supplier) {
    String description = "credentials of " + supplier.getClass().getName();
    return new CredentialsSource(supplier, supplier, description, null);
  }

  /** With a user's password in the file, or an API key, for which the user is null. */
  static CredentialsSource file(SecretFile<Credentials> file, @Nullable String username) {
    return new CredentialsSource(
        file,
        Arrays.asList(file.path(), username),
        username == null
            ? "the API key in " + file.path()
            : "user " + username + " with the password in " + file.path(),
        username);
  }

  /** Asks the user's supplier itself, if there is one, which may throw or return null. */
  @Override
  public Credentials get() {
    return supplier.get();
  }

  /** What is asked: the user's own supplier, if there is one. */
  public Supplier<Credentials> supplier() {
    return supplier;
  }

  /** Whether they never change, unlike those of a supplier or a file. */
  public boolean isFixed() {
    return identity instanceof Credentials;
  }

  /** The user's name, or null if there is none or if it is not known before asking. */
  public @Nullable String username() {
    return username;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof CredentialsSource that && identity.equals(that.identity);
  }

  @Override
  public int hashCode() {
    return identity.hashCode();
  }

  @Override
  public String toString() {
    return description;
  }

  /** Credentials that a builder was given, not checked yet. The last one set counts. */
  @SuppressWarnings("NullAway") // null is what the check is for
  public static final class Given {
    /** None were given. */
    static final Given NONE = new Given(checks -> {}, () -> null);

    private final Consumer<Checks> check;
    private final Supplier<@Nullable CredentialsSource> source;

    private Given(Consumer<Checks> check, Supplier<@Nullable CredentialsSource> source) {
      this.check = check;
      this.source = source;
    }

    /** A user with a password. */
    public static Given password(@Nullable String user, @Nullable String password) {
      return new Given(
          checks -> CredentialChecks.password(checks, user, password),
          () -> fixed(Credentials.ofPassword(user, password), user));
    }

    /** An API key. */
    public static Given apiKey(@Nullable String apiKey) {
      return new Given(
          checks -> CredentialChecks.apiKey(checks, apiKey),
          () -> fixed(Credentials.ofApiKey(apiKey), null));
    }

    /** Credentials that change. */
    public static Given supplier(@Nullable Supplier<Credentials> supplier) {
      return new Given(
          checks -> {
            if (supplier == null) {
              checks.wrong("credentials", "must not be null; leave them out for none");
            }
          },
          () -> supplier instanceof CredentialsSource known ? known : supplied(supplier));
    }

    /** Notes what is wrong. */
    void check(Checks checks) {
      check.accept(checks);
    }

    /** Where they come from, once they have been checked; null if none were given. */
    public @Nullable CredentialsSource source() {
      return source.get();
    }
  }
}
