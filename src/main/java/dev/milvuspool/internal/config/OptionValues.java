package dev.milvuspool.internal.config;

import dev.milvuspool.ClientOptions;
import dev.milvuspool.TlsOptions;
import dev.milvuspool.internal.common.Checks;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The values that a builder was given, and their checks. Mutable and not thread-safe; built options
 * keep a copy that nobody changes.
 */
@SuppressWarnings("NullAway") // a setter takes null so that the check can name the option
public final class OptionValues implements Cloneable {
  private static final String[] NONE = {};

  public String[] addresses = {ClientOptions.DEFAULT_ADDRESS};

  /** What the user calls the addresses: {@code address} or {@code addresses}. */
  public String addressesName = "address";

  public String[] standbyAddresses = NONE;
  public CredentialsSource.Given credentials = CredentialsSource.Given.NONE;
  public @Nullable String database;
  public boolean databaseSet;
  public @Nullable TlsOptions tls;
  public boolean tlsSet;
  public @Nullable Supplier<Map<String, String>> requestHeaders;
  public boolean requestHeadersSet;
  public int maxRetries = ClientOptions.DEFAULT_MAX_RETRIES;
  public Duration maxRetryBackoff = ClientOptions.DEFAULT_MAX_RETRY_BACKOFF;
  public Duration connectTimeout = ClientOptions.DEFAULT_CONNECT_TIMEOUT;
  public Duration deadline = ClientOptions.DEFAULT_DEADLINE;
  public Duration adminDeadline = ClientOptions.DEFAULT_ADMIN_DEADLINE;
  public Duration keepAliveTime = ClientOptions.DEFAULT_KEEP_ALIVE_TIME;
  public Duration keepAliveTimeout = ClientOptions.DEFAULT_KEEP_ALIVE_TIMEOUT;
  public boolean keepAliveWithoutCalls = ClientOptions.DEFAULT_KEEP_ALIVE_WITHOUT_CALLS;
  public Duration reconnectBackoffMin = ClientOptions.DEFAULT_RECONNECT_BACKOFF_MIN;
  public Duration reconnectBackoffMax = ClientOptions.DEFAULT_RECONNECT_BACKOFF_MAX;
  public Duration healthCheckInterval = ClientOptions.DEFAULT_HEALTH_CHECK_INTERVAL;
  public boolean waitForReady = ClientOptions.DEFAULT_WAIT_FOR_READY;

  /** Null for one for each address. */
  public @Nullable Integer connections;

  public @Nullable Duration maxConnectionAge;
  public boolean maxConnectionAgeSet;
  public Duration drainTimeout = ClientOptions.DEFAULT_DRAIN_TIMEOUT;
  public boolean lazyConnect;

  /**
   * The addresses of checked options.
   *
   * @param primary one at least, all in use at the same time
   * @param standby tried in order when none of the primary ones can be connected to
   */
  public record Addresses(List<Address> primary, List<Address> standby) {
    /** Copies the lists. */
    public Addresses {
      primary = List.copyOf(primary);
      standby = List.copyOf(standby);
    }

    /** Whether one of them switches TLS on. */
    public boolean anyIsTls() {
      return primary.stream().anyMatch(Address::isTls) || standby.stream().anyMatch(Address::isTls);
    }
  }

  /** All values, independent of these. */
  public OptionValues copy() {
    try {
      return (OptionValues) clone();
    } catch (CloneNotSupportedException e) {
      throw new AssertionError(e);
    }
  }

  /** Checks all values; the addresses, or null after an error was noted. */
  public @Nullable Addresses check(Checks checks) {
    Addresses parsed =
        new Addresses(
            parse(checks, addressesName, addresses),
            parse(checks, "standbyAddresses", standbyAddresses));
    if (addresses != null && addresses.length == 0) {
      checks.wrong(addressesName, "must not be empty");
    }
    checkDuplicates(checks, parsed.primary);
    if (tlsSet || parsed.anyIsTls()) {
      parsed.primary.forEach(address -> checkNotPlaintext(checks, addressesName, address));
      parsed.standby.forEach(address -> checkNotPlaintext(checks, "standbyAddresses", address));
    }
    credentials.check(checks);
    if (databaseSet && (database == null || database.isBlank())) {
      checks.wrong(
          "database",
          "must not be "
              + (database == null ? "null" : "blank")
              + "; leave it out for the server's default");
    }
    if (tlsSet && tls == null) {
      checks.wrong("tls", "must not be null; withTls() trusts the JVM's trust store");
    }
    if (requestHeadersSet && requestHeaders == null) {
      checks.wrong("requestHeaders", "must not be null; leave them out for none");
    }
    checks.atLeast("maxRetries", maxRetries, 0);
    if (connections != null) {
      checks.atLeast("connections", connections, 1);
    }
    checkDurations(checks);
    return checks.allRight() ? parsed : null;
  }

  private void checkDurations(Checks checks) {
    checks.notNegative("maxRetryBackoff", maxRetryBackoff);
    checks.positive("connectTimeout", connectTimeout);
    checks.positive("deadline", deadline);
    checks.positive("adminDeadline", adminDeadline);
    checks.positive("keepAliveTime", keepAliveTime);
    checks.positive("keepAliveTimeout", keepAliveTimeout);
    boolean backoff = checks.positive("reconnectBackoffMin", reconnectBackoffMin);
    backoff &= checks.positive("reconnectBackoffMax", reconnectBackoffMax);
    if (backoff && reconnectBackoffMin.compareTo(reconnectBackoffMax) > 0) {
      checks.wrong(
          "reconnectBackoffMin",
          reconnectBackoffMin
              + " must not be above "
              + checks.name("reconnectBackoffMax")
              + " "
              + reconnectBackoffMax);
    }
    checks.notNegative("healthCheckInterval", healthCheckInterval);
    if (maxConnectionAgeSet) {
      checks.positive("maxConnectionAge", maxConnectionAge);
    }
    checks.notNegative("drainTimeout", drainTimeout);
  }

  private static List<Address> parse(Checks checks, String option, String @Nullable [] texts) {
    List<Address> parsed = new ArrayList<>();
    if (texts == null) {
      checks.wrong(option, "must not be null");
      return parsed;
    }
    for (String text : texts) {
      Address address = checks.get(() -> Address.parse(checks.name(option), text));
      if (address != null) {
        parsed.add(address);
      }
    }
    return parsed;
  }

  private void checkDuplicates(Checks checks, List<Address> parsed) {
    for (int i = 1; i < parsed.size(); i++) {
      Address address = parsed.get(i);
      if (parsed.subList(0, i).stream().anyMatch(address::isSameAs)) {
        checks.wrong(
            addressesName,
            "has an address twice: "
                + address
                + "; for more connections to one address use withConnections");
      }
    }
  }

  private static void checkNotPlaintext(Checks checks, String option, Address address) {
    if (address.isPlaintext()) {
      checks.wrong(
          option,
          "http://"
              + address
              + " contradicts TLS; write https://"
              + address
              + ", or leave TLS out");
    }
  }
}
