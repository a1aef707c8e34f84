package dev.milvuspool.internal.connect;

import io.milvus.shaded.io.grpc.Metadata;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The gRPC metadata of a request: the library's own headers, and those that the user adds. */
public final class RequestHeaders {
  private static final Metadata.Key<String> AUTHORIZATION = key("authorization");
  private static final Metadata.Key<String> DATABASE = key("dbname");
  private static final Metadata.Key<String> IDENTIFIER = key("identifier");
  private static final Metadata.Key<String> TIME = key("client-request-unixmsec");

  private static final Set<String> OWN =
      Set.of("authorization", "dbname", "identifier", "client-request-unixmsec");

  /**
   * gRPC sets the first three itself, and drops or breaks on another value. The others HTTP/2 does
   * not know: a server takes the whole request, or its connection, for broken.
   */
  private static final Set<String> GRPCS =
      Set.of(
          "content-type",
          "te",
          "user-agent",
          "connection",
          "host",
          "keep-alive",
          "proxy-connection",
          "transfer-encoding",
          "upgrade");

  private RequestHeaders() {}

  private static Metadata.Key<String> key(String name) {
    return Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER);
  }

  /**
   * The headers that Milvus's own clients send.
   *
   * @param authorization the value, or null for none
   * @param database the database, or null for the server's default
   * @param identifier what the handshake answered with, or null before it
   */
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
   * Adds the user's.
   *
   * @param option where they come from, for the message
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
    check(name, value, option);
    try {
      return key(Objects.requireNonNull(name));
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          option + ": gRPC takes no header of the name '" + name + "': " + e.getMessage(), e);
    }
  }

  private static void check(@Nullable String name, @Nullable String value, String option) {
    if (name == null) {
      throw new IllegalArgumentException(option + ": a header's name must not be null");
    }
    String lower = name.toLowerCase(Locale.ROOT);
    if (OWN.contains(lower)) {
      throw new IllegalArgumentException(
          option
              + ": the header '"
              + name
              + "' is the library's own; use withAuth, withApiKey, withCredentials or withDatabase");
    }
    if (GRPCS.contains(lower) || lower.startsWith("grpc-")) {
      throw new IllegalArgumentException(
          option + ": the header '" + name + "' is gRPC's own, or not allowed in HTTP/2");
    }
    if (value == null || !value.chars().allMatch(c -> c >= ' ' && c <= '~')) {
      throw new IllegalArgumentException(
          option
              + ": the value of header '"
              + name
              + "' must be printable ASCII, and not null (it is not shown)");
    }
  }
}
