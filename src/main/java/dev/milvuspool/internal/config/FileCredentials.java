package dev.milvuspool.internal.config;

import dev.milvuspool.Credentials;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Credentials whose secret is in a file: a changed file holds for the next request. Two of the same
 * user and file are equal. Thread-safe.
 */
final class FileCredentials implements CredentialsSource {
  private final SecretFile file;

  /** Null for an API key. */
  private final @Nullable String username;

  private volatile Latest latest;

  /** The credentials of a secret: made once, not for every request. */
  private record Latest(String secret, Credentials credentials) {}

  private FileCredentials(SecretFile file, @Nullable String username) {
    this.file = file;
    this.username = username;
    latest = with(file.secret());
  }

  /** The user must be one that {@link CredentialChecks} takes. */
  static FileCredentials ofPassword(String username, SecretFile password) {
    return new FileCredentials(password, username);
  }

  static FileCredentials ofApiKey(SecretFile apiKey) {
    return new FileCredentials(apiKey, null);
  }

  private Latest with(String secret) {
    return new Latest(
        secret,
        username == null ? Credentials.ofApiKey(secret) : Credentials.ofPassword(username, secret));
  }

  @Override
  public Credentials get() {
    String secret = file.secret();
    Latest known = latest;
    if (!known.secret.equals(secret)) {
      known = with(secret);
      latest = known;
    }
    return known.credentials;
  }

  @Override
  public @Nullable String username() {
    return username;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof FileCredentials that
        && file.path().equals(that.file.path())
        && Objects.equals(username, that.username);
  }

  @Override
  public int hashCode() {
    return Objects.hash(file.path(), username);
  }

  @Override
  public String toString() {
    return username == null
        ? "the API key in " + file.path()
        : "user " + username + " with the password in " + file.path();
  }
}
