package dev.milvuspool.internal.config;

import dev.milvuspool.internal.common.Checks;
import org.jspecify.annotations.Nullable;

/** Checks credentials. No message shows a secret, nor what may be one. */
public final class CredentialChecks {
  private CredentialChecks() {}

  /** Checks a user and a password, which errors call {@code user} and {@code password}. */
  public static void password(Checks checks, @Nullable String user, @Nullable String password) {
    if (user == null || user.isBlank()) {
      checks.wrong("user", "must not be " + (user == null ? "null" : "blank"));
    } else if (user.indexOf(':') >= 0) {
      checks.wrong(
          "user", "must not contain a colon: " + shown(user) + "; give the password separately");
    }
    if (password == null) {
      checks.wrong("password", "must not be null; it may be empty");
    }
  }

  /** Checks an API key, which errors call {@code apiKey}. */
  public static void apiKey(Checks checks, @Nullable String apiKey) {
    if (apiKey == null || apiKey.isBlank()) {
      checks.wrong("apiKey", "must not be null or blank");
    }
  }

  /**
   * A user name that may be shown. The text behind a colon may be a password, as in a token, and so
   * may the text beside an {@code @}, as in a URI.
   */
  static String shown(String user) {
    int colon = user.indexOf(':');
    if (user.indexOf('@') >= 0) {
      return "(not shown)";
    }
    return colon < 0 ? user : user.substring(0, colon + 1) + "... (not shown)";
  }
}
