package dev.milvuspool.internal.config;

import dev.milvuspool.internal.common.Checks;
import java.io.IOException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.Arrays;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * One property, and readers of its value. A value that cannot be read is noted, with the property's
 * name and value, and null is returned. What may hold a secret is not shown.
 */
record Property(String name, String value, Checks checks) {
  /** Notes what is wrong with the value of a known key. */
  void wrong(String complaint) {
    checks.wrong(shown(), complaint);
  }

  /**
   * Notes what is wrong with the key. The value is never shown: it may be a secret under a
   * misspelled key.
   */
  void wrongKey(String complaint) {
    checks.wrong(name, complaint);
  }

  /** Whether the value may hold the user-info of a URI. */
  boolean maySayUserInfo() {
    return value.indexOf('@') >= 0;
  }

  private String shown() {
    boolean isSecretFile = name.endsWith("-file") && !name.endsWith(".ca-file");
    if (maySayUserInfo()
        || name.endsWith(".password")
        || name.endsWith(".api-key")
        || !SecretFile.isShowable(value, isSecretFile || name.endsWith(".client-key"))) {
      return name;
    }
    return name + "=" + (name.endsWith(".username") ? CredentialChecks.shown(value) : value);
  }

  String text() {
    return value.strip();
  }

  /** Separated by commas; none for an empty value. */
  String[] list() {
    return value.isBlank()
        ? new String[0]
        : Arrays.stream(value.split(",", -1)).map(String::strip).toArray(String[]::new);
  }

  @Nullable Boolean truth() {
    String text = text();
    boolean isTrue = text.equalsIgnoreCase("true");
    if (!isTrue && !text.equalsIgnoreCase("false")) {
      wrong("must be true or false");
      return null;
    }
    return isTrue;
  }

  @Nullable Integer integer() {
    try {
      return Integer.valueOf(text());
    } catch (NumberFormatException e) {
      wrong("must be a whole number");
      return null;
    }
  }

  @Nullable Duration duration() {
    String text = text();
    try {
      if (text.matches("\\d{1,18}ms")) {
        return Duration.ofMillis(Long.parseLong(text.substring(0, text.length() - 2)));
      }
      return Duration.parse(text.matches("\\d+[smh]") ? "PT" + text : text);
    } catch (DateTimeParseException e) {
      wrong("must be a duration: 500ms, 2s, 5m, 1h or ISO-8601, such as PT2S");
      return null;
    }
  }

  @Nullable Path path() {
    try {
      if (!value.isBlank()) {
        return Path.of(text());
      }
    } catch (InvalidPathException e) {
      // reported below
    }
    wrong("must be the path of a file");
    return null;
  }

  /** The secret in the file of this path, which has been read once. */
  <T> @Nullable SecretFile<T> secretFile(
      String client, LongSupplier nanos, Function<String, T> maker) {
    Path file = path();
    if (file == null) {
      return null;
    }
    try {
      return new SecretFile<>(client, file, nanos, maker);
    } catch (IOException e) {
      wrong("cannot be read as a text file with a secret: " + SecretFile.reason(e));
      return null;
    }
  }
}
