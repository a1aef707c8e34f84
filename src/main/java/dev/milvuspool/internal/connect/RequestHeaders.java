package dev.milvuspool.internal.connect;

import dev.milvuspool.internal.common.HeaderChecks;
import io.milvus.shaded.io.grpc.Metadata;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The gRPC metadata of a request: the library's own headers, and those that the user adds. */
public final class RequestHeaders {
  private static final Metadata.Key<String> AUTHORIZATION = key("authorization");
  private static final Metadata.Key<String> DATABASE = key("dbname");
  private static final Metadata.Key<String> IDENTIFIER = key("identifier");
  private static final Metadata.Key<String> TIME = key("client-request-unixmsec");

  private RequestHeaders() {}

  private static Metadata.Key<String> key(String name) {
    return Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER);
  }

  /** The headers that Milvus's own clients send; null leaves one out. */
  static Metadata of(
      @Nullable String authorization, @Nullable String database, @Nullable String identifier) {
    Metadata headers = new Metadata();
    if (authorization != null) {
      headers.put(AUTHORIZATION, authorization);
    }
    if (database != null) {
      headers.put(DATABASE, database);
    }
    if (identifier != null) {
      headers.put(IDENTIFIER, identifier);
    }
    headers.put(TIME, Long.toString(System.currentTimeMillis()));
    return headers;
  }

  /**
   * Adds the user's headers.
   *
   * @throws IllegalArgumentException naming a header that cannot be sent; its value is not shown
   */
  public static void addAll(Metadata headers, Map<String, String> added, String option) {
    added.forEach((name, value) -> add(headers, name, value, option));
  }

  /** Adds one of the user's, as {@link #addAll} does. */
  public static void add(
      Metadata headers, @Nullable String name, @Nullable String value, String option) {
    Metadata.Key<String> key = checked(name, value, option);
    headers.discardAll(key); // the latest one who sets it wins
    headers.put(key, Objects.requireNonNull(value));
  }

  private static Metadata.Key<String> checked(
      @Nullable String name, @Nullable String value, String option) {
    String wrong = HeaderChecks.wrong(name, value);
    if (wrong != null) {
      throw new IllegalArgumentException(option + ": " + wrong);
    }
    try {
      return key(Objects.requireNonNull(name));
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          option + ": gRPC does not allow the header '" + name + "': " + e.getMessage(), e);
    }
  }
}
