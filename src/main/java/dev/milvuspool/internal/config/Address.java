package dev.milvuspool.internal.config;

import dev.milvuspool.ClientOptions;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Where a server listens: a host and a port.
 *
 * @param host a name, an IPv4 address, or an IPv6 address without its brackets
 * @param port 1 to 65535
 * @param scheme what was written before it, {@code http} or {@code https}, or null
 */
public record Address(String host, int port, @Nullable String scheme) {
  /** Where Milvus listens. */
  public static final int DEFAULT_PORT = 19530;

  /** Where hosted Milvus listens, behind {@code https}. */
  public static final int DEFAULT_TLS_PORT = 443;

  private static final String FORMS =
      "; give host, host:port, [IPv6]:port, http://host:port or https://host:port";

  /**
   * Reads an address as a user writes it.
   *
   * @throws IllegalArgumentException if it cannot be used, with the remedy; user-info is not shown
   */
  public static Address parse(String option, @Nullable String text) {
    if (text == null || text.isBlank()) {
      throw new IllegalArgumentException(
          option + " must not be " + (text == null ? "null" : "blank") + FORMS);
    }
    if (text.indexOf('@') >= 0) {
      throw new IllegalArgumentException(
          option + " must not hold credentials (they are not shown here); use withAuth" + FORMS);
    }
    if (text.indexOf('?') >= 0 || text.indexOf('#') >= 0) {
      throw new IllegalArgumentException(
          option + " must not hold a query or a fragment (they are not shown here)" + FORMS);
    }
    String scheme = null;
    String rest = text;
    int schemeEnd = text.indexOf("://");
    if (schemeEnd >= 0) {
      scheme = text.substring(0, schemeEnd).toLowerCase(Locale.ROOT);
      rest = text.substring(schemeEnd + 3);
      if (!scheme.equals("http") && !scheme.equals("https")) {
        throw new IllegalArgumentException(
            option + " has a scheme other than http and https: " + text + FORMS);
      }
    }
    if (rest.endsWith("/")) {
      rest = rest.substring(0, rest.length() - 1);
    }
    if (rest.indexOf('/') >= 0) {
      throw new IllegalArgumentException(
          option + " must not have a path: " + text + "; name the database with withDatabase");
    }
    // The SDK reads its address with java.net.URI, so what URI does not take is of no use.
    URI uri;
    try {
      uri = new URI("http://" + rest);
    } catch (URISyntaxException e) {
      throw new IllegalArgumentException(option + " cannot be parsed: " + text + FORMS, e);
    }
    String host = uri.getHost();
    if (host == null) {
      throw new IllegalArgumentException(
          option
              + " has a host that the SDK cannot parse: "
              + text
              + "; a host name has letters, digits, hyphens and dots (no underscore), an IPv6"
              + " address stands in brackets, and a port is a number"
              + FORMS);
    }
    // The SDK asks such a host for its topology over HTTPS and connects elsewhere.
    if (host.toLowerCase(Locale.ROOT).contains("global-cluster")) {
      throw new IllegalArgumentException(
          option
              + " is a Zilliz global cluster, which is not supported: "
              + text
              + "; give the address of its primary cluster");
    }
    int port = uri.getPort();
    if (port == -1) {
      if (rest.endsWith(":")) {
        throw new IllegalArgumentException(option + " ends without a port: " + text + FORMS);
      }
      port = "https".equals(scheme) ? DEFAULT_TLS_PORT : DEFAULT_PORT;
    }
    if (port < 1 || port > 65535) {
      throw new IllegalArgumentException(
          option + " has a port outside 1 to 65535: " + text + FORMS);
    }
    boolean bracketed = host.startsWith("[");
    return new Address(bracketed ? host.substring(1, host.length() - 1) : host, port, scheme);
  }

  /** Reads addresses as {@link ClientOptions#addresses()} and its like return them. */
  public static List<Address> all(List<String> shown) {
    return shown.stream().map(each -> parse("address", each)).toList();
  }

  /** Whether it was written with {@code https://}. */
  public boolean isTls() {
    return "https".equals(scheme);
  }

  /** Whether it was written with {@code http://}. */
  public boolean isPlaintext() {
    return "http".equals(scheme);
  }

  /** Whether both have the same host, upper and lower case aside, and the same port. */
  boolean isSameAs(Address other) {
    return port == other.port && host.equalsIgnoreCase(other.host);
  }

  // Written out: JDK 17 keeps the class whose generated one was linked last.
  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Address that
        && host.equals(that.host)
        && port == that.port
        && Objects.equals(scheme, that.scheme);
  }

  @Override
  public int hashCode() {
    return Objects.hash(host, port, scheme);
  }

  /** {@code host:port}, with brackets around an IPv6 address: what gRPC calls the authority. */
  @Override
  public String toString() {
    return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
  }
}
