package dev.milvuspool.internal.common;

import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Checks which headers a user may add to a request. gRPC itself allows more names. */
public final class HeaderChecks {
  private static final Set<String> OWN =
      Set.of("authorization", "dbname", "identifier", "client-request-unixmsec");

  /**
   * gRPC sets the first three itself, and drops or fails on another value. HTTP/2 does not have the
   * others: a server then rejects the whole request, or its connection.
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

  private HeaderChecks() {}

  /** Why this header cannot be added, or null if it can; the value is not shown. */
  public static @Nullable String wrong(@Nullable String name, @Nullable String value) {
    if (name == null) {
      return "a header's name must not be null";
    }
    String lower = name.toLowerCase(Locale.ROOT);
    if (OWN.contains(lower)) {
      return "the header '"
          + name
          + "' is the library's own; use withAuth, withApiKey, withCredentials or withDatabase";
    }
    if (GRPCS.contains(lower) || lower.startsWith("grpc-")) {
      return "the header '" + name + "' is gRPC's own, or not allowed in HTTP/2";
    }
    if (value == null || !value.chars().allMatch(c -> c >= ' ' && c <= '~')) {
      return "the value of header '"
          + name
          + "' must be printable ASCII, and not null (it is not shown)";
    }
    return null;
  }
}
