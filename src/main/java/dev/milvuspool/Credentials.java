package dev.milvuspool;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Who a client is to the server; shows no secret. */
final class Credentials {
  static final Credentials NONE = new Credentials(false, null, null, null);

  private final boolean ofUser;
  private final @Nullable String username;
  private final @Nullable String password;
  private final @Nullable String apiKey;

  private Credentials(
      boolean ofUser,
      @Nullable String username,
      @Nullable String password,
      @Nullable String apiKey) {
    this.ofUser = ofUser;
    this.username = username;
    this.password = password;
    this.apiKey = apiKey;
  }

  static Credentials ofUser(@Nullable String username, @Nullable String password) {
    return new Credentials(true, username, password, null);
  }

  static Credentials ofApiKey(@Nullable String apiKey) {
    return new Credentials(false, null, null, apiKey == null ? "" : apiKey);
  }

  void check(Checks checks) {
    if (ofUser) {
      if (username == null || username.isBlank()) {
        checks.wrong("user", "must not be " + (username == null ? "null" : "blank"));
      } else if (username.indexOf(':') >= 0) {
        // What follows may be the password, as in a token.
        checks.wrong(
            "user",
            "must not hold a colon: "
                + username.substring(0, username.indexOf(':') + 1)
                + "... (not shown); give the password apart from it");
      }
      if (password == null) {
        checks.wrong("password", "must not be null; an empty one is legal");
      }
    } else if (apiKey != null && apiKey.isBlank()) {
      checks.wrong("apiKey", "must not be null or blank");
    }
  }

  boolean isNone() {
    return !ofUser && apiKey == null;
  }

  @Nullable String username() {
    return username;
  }

  @Nullable String password() {
    return password;
  }

  @Nullable String apiKey() {
    return apiKey;
  }

  /** What the SDK puts into the authorization header before Base64, or null. */
  @Nullable String token() {
    return ofUser ? username + ":" + password : apiKey;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Credentials that
        && ofUser == that.ofUser
        && Objects.equals(username, that.username)
        && Objects.equals(password, that.password)
        && Objects.equals(apiKey, that.apiKey);
  }

  @Override
  public int hashCode() {
    return Objects.hash(ofUser, username, password, apiKey);
  }

  @Override
  public String toString() {
    return ofUser ? "user " + username + " with a password" : isNone() ? "none" : "an API key";
  }
}
