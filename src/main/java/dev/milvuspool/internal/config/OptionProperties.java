package dev.milvuspool.internal.config;

import static java.util.Map.entry;

import dev.milvuspool.ClientOptions;
import dev.milvuspool.Credentials;
import dev.milvuspool.TlsOptions;
import dev.milvuspool.internal.common.Checks;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** The properties of one client, and the options that they make. */
public final class OptionProperties {
  /** The keys, by the names of options in errors; the two files of secrets are no options. */
  private static final Map<String, String> KEYS_OF_OPTIONS =
      Map.ofEntries(
          entry("address", "address"),
          entry("addresses", "addresses"),
          entry("standbyAddresses", "standby-addresses"),
          entry("user", "username"),
          entry("password", "password"),
          entry("passwordFile", "password-file"),
          entry("apiKey", "api-key"),
          entry("apiKeyFile", "api-key-file"),
          entry("database", "database"),
          entry("tls", "tls.enabled"),
          entry("caFile", "tls.ca-file"),
          entry("clientCertificate", "tls.client-certificate"),
          entry("clientKey", "tls.client-key"),
          entry("serverName", "tls.server-name"),
          entry("maxRetries", "retry.max-retries"),
          entry("maxRetryBackoff", "retry.max-backoff"),
          entry("connectTimeout", "connect-timeout"),
          entry("deadline", "deadline"),
          entry("adminDeadline", "admin-deadline"),
          entry("keepAliveTime", "keep-alive.time"),
          entry("keepAliveTimeout", "keep-alive.timeout"),
          entry("keepAliveWithoutCalls", "keep-alive.without-calls"),
          entry("reconnectBackoffMin", "reconnect-backoff.min"),
          entry("reconnectBackoffMax", "reconnect-backoff.max"),
          entry("healthCheckInterval", "health-check-interval"),
          entry("waitForReady", "wait-for-ready"),
          entry("connections", "connections"),
          entry("maxConnectionAge", "max-connection-age"),
          entry("drainTimeout", "drain-timeout"),
          entry("lazyConnect", "lazy-connect"));

  /** All keys that may follow a client's name. */
  public static final Set<String> KEYS = Set.copyOf(KEYS_OF_OPTIONS.values());

  private final String client;
  private final String prefix;
  private final Checks checks;
  private final LongSupplier nanos;
  private final Map<String, Property> given = new HashMap<>();

  /** Of a client without properties so far; with the clock of the secret's file. */
  OptionProperties(String client, String prefix, Checks checks, LongSupplier nanos) {
    this.client = client;
    this.prefix = prefix;
    this.checks = checks;
    this.nanos = nanos;
  }

  /** Whether the first part of the key is one that others share, such as {@code tls}. */
  static boolean isGrouped(String key) {
    int dot = key.indexOf('.');
    return dot >= 0 && KEYS.stream().anyMatch(known -> known.startsWith(key.substring(0, dot + 1)));
  }

  void put(String key, Property property) {
    given.put(key, property);
  }

  /** The options, or none after what is wrong has been noted. */
  Optional<ClientOptions> options() {
    ClientOptions.Builder options = ClientOptions.builder();
    takeAddresses(options);
    take("standby-addresses", Property::list, options::withStandbyAddresses);
    takeCredentials(options);
    take("database", Property::text, options::withDatabase);
    takeTls(options);
    options.withRetry(
        read("retry.max-retries", Property::integer, ClientOptions.DEFAULT_MAX_RETRIES),
        read("retry.max-backoff", Property::duration, ClientOptions.DEFAULT_MAX_RETRY_BACKOFF));
    take("connect-timeout", Property::duration, options::withConnectTimeout);
    take("deadline", Property::duration, options::withDeadline);
    take("admin-deadline", Property::duration, options::withAdminDeadline);
    options.withKeepAlive(
        read("keep-alive.time", Property::duration, ClientOptions.DEFAULT_KEEP_ALIVE_TIME),
        read("keep-alive.timeout", Property::duration, ClientOptions.DEFAULT_KEEP_ALIVE_TIMEOUT),
        read(
            "keep-alive.without-calls",
            Property::truth,
            ClientOptions.DEFAULT_KEEP_ALIVE_WITHOUT_CALLS));
    options.withReconnectBackoff(
        read(
            "reconnect-backoff.min",
            Property::duration,
            ClientOptions.DEFAULT_RECONNECT_BACKOFF_MIN),
        read(
            "reconnect-backoff.max",
            Property::duration,
            ClientOptions.DEFAULT_RECONNECT_BACKOFF_MAX));
    take("health-check-interval", Property::duration, options::withHealthCheckInterval);
    take("wait-for-ready", Property::truth, options::withWaitForReady);
    take("connections", Property::integer, options::withConnections);
    take("max-connection-age", Property::duration, options::withMaxConnectionAge);
    take("drain-timeout", Property::duration, options::withDrainTimeout);
    if (read("lazy-connect", Property::truth, false)) {
      options.withLazyConnect();
    }
    return build(OptionAccess::build, options);
  }

  /** What the builder builds, or none after what is wrong has been noted. */
  private <B, T> Optional<T> build(BiFunction<B, Checks, @Nullable T> building, B builder) {
    Checks own = checksOfOptions();
    T built = building.apply(builder, own);
    checks.addAll(own, this::withoutUserInfo);
    return Optional.ofNullable(built);
  }

  private Checks checksOfOptions() {
    return new Checks(option -> prefix + KEYS_OF_OPTIONS.getOrDefault(option, option));
  }

  private Optional<Property> property(String key) {
    return Optional.ofNullable(given.get(key));
  }

  private <T> void take(String key, Function<Property, @Nullable T> reading, Consumer<T> setter) {
    property(key).map(reading).ifPresent(setter);
  }

  private <T> T read(String key, Function<Property, @Nullable T> reading, T otherwise) {
    return property(key).map(reading).orElse(otherwise);
  }

  private boolean has(String key) {
    return given.containsKey(key);
  }

  private void wrong(String key, String complaint) {
    property(key).ifPresent(property -> property.wrong(complaint));
  }

  /** Hides values such as a path that is a URI with a password. */
  private String withoutUserInfo(String error) {
    String edited = error;
    for (Property property : given.values()) {
      if (property.maySayUserInfo()) {
        edited = edited.replace(property.text(), "(not shown)");
      }
    }
    return edited;
  }

  private void takeAddresses(ClientOptions.Builder options) {
    if (has("address") && has("addresses")) {
      wrong("addresses", "contradicts " + prefix + "address; give one of them");
    }
    take("address", Property::text, options::withAddress);
    take("addresses", Property::list, options::withAddresses);
  }

  private void takeCredentials(ClientOptions.Builder options) {
    boolean hasPassword = has("password") || has("password-file");
    boolean hasApiKey = has("api-key") || has("api-key-file");
    checkGivenOnce("password", "password-file");
    checkGivenOnce("api-key", "api-key-file");
    if (hasApiKey && (has("username") || hasPassword)) {
      wrong(
          has("username") ? "username" : has("password") ? "password" : "password-file",
          "contradicts "
              + prefix
              + (has("api-key") ? "api-key" : "api-key-file")
              + "; give a user or an API key");
    } else if (hasPassword && !has("username")) {
      wrong(has("password") ? "password" : "password-file", "needs " + prefix + "username");
    } else if (has("username") && !hasPassword) {
      wrong("username", "needs " + prefix + "password or password-file; it may be empty");
    }
    if (has("api-key")) {
      take("api-key", Property::value, options::withApiKey);
    } else if (hasApiKey) {
      takeFile("api-key-file", options, null, Credentials::ofApiKey);
    } else if (hasPassword) {
      take("username", Property::text, username -> takePassword(options, username));
    }
  }

  private void checkGivenOnce(String key, String fileKey) {
    if (has(key) && has(fileKey)) {
      wrong(fileKey, "contradicts " + prefix + key + "; give the secret once");
    }
  }

  private void takePassword(ClientOptions.Builder options, String username) {
    Checks ofUser = checksOfOptions();
    CredentialChecks.password(ofUser, username, "");
    if (has("password") || !ofUser.allRight()) {
      // A wrong name is reported when the options are checked, as with a password.
      options.withAuth(username, read("password", Property::value, ""));
    } else {
      takeFile(
          "password-file",
          options,
          username,
          password -> Credentials.ofPassword(username, password));
    }
  }

  private void takeFile(
      String key,
      ClientOptions.Builder options,
      @Nullable String username,
      Function<String, Credentials> maker) {
    take(
        key,
        property -> property.secretFile(client, nanos, maker),
        file -> options.withCredentials(CredentialsSource.file(file, username)));
  }

  private void takeTls(ClientOptions.Builder options) {
    Set<String> details = new TreeSet<>(given.keySet());
    details.removeIf(key -> !key.startsWith("tls.") || key.equals("tls.enabled"));
    boolean enabled = read("tls.enabled", Property::truth, !details.isEmpty());
    if (!enabled) {
      details.forEach(key -> wrong(key, "contradicts " + prefix + "tls.enabled=false"));
      if (has("tls.enabled") && saysHttps()) {
        wrong("tls.enabled", "contradicts the https:// of an address");
      }
      return;
    }
    TlsOptions.Builder tls = TlsOptions.builder();
    take("tls.ca-file", Property::path, tls::withCaFile);
    takeClientCertificate(tls);
    take("tls.server-name", Property::text, tls::withServerName);
    build(OptionAccess::build, tls).ifPresent(options::withTls);
  }

  private boolean saysHttps() {
    return (read("address", Property::value, "")
            + read("addresses", Property::value, "")
            + read("standby-addresses", Property::value, ""))
        .toLowerCase(Locale.ROOT)
        .contains("https://");
  }

  private void takeClientCertificate(TlsOptions.Builder tls) {
    Property certificate = given.get("tls.client-certificate");
    Property key = given.get("tls.client-key");
    if (certificate != null && key != null) {
      Path certificateFile = certificate.path();
      Path keyFile = key.path();
      if (certificateFile != null && keyFile != null) {
        tls.withClientCertificate(certificateFile, keyFile);
      }
    } else {
      wrong("tls.client-certificate", "needs " + prefix + "tls.client-key");
      wrong("tls.client-key", "needs " + prefix + "tls.client-certificate");
    }
  }
}
