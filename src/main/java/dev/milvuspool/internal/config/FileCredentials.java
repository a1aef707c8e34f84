package dev.milvuspool.internal.config;

import dev.milvuspool.Credentials;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Credentials whose secret is in a file: a changed file holds for the next request. Thread-safe.
 */
final class FileCredentials implements Supplier<Credentials> {
  private final SecretFile file;

  /** Null for an API key. */
  private final @Nullable String username;

  private volatile Latest latest;

  /** The credentials of a secret: made once, not for every request. */
  private record Latest(String secret, Credentials credentials) {}

  FileCredentials(SecretFile file, @Nullable String username) {
    this.file = file;
    this.username = username;
    latest = with(file.secret());
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
}
