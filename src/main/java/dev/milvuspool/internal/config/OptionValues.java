package dev.milvuspool.internal.config;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The options as a builder was given them, and what is to be checked about them. */
@SuppressWarnings("NullAway") // a setter takes null so that the check can name the option
final class OptionValues implements Cloneable {
  String address = ClientOptions.DEFAULT_ADDRESS;
  String[] standbyAddresses = {};
  Credentials credentials = Credentials.NONE;
  @Nullable String database;
  boolean databaseSet;
  @Nullable TlsOptions tls;
  boolean tlsSet;
  int maxRetries = ClientOptions.DEFAULT_MAX_RETRIES;
  Duration maxRetryBackoff = ClientOptions.DEFAULT_MAX_RETRY_BACKOFF;
  Duration connectTimeout = ClientOptions.DEFAULT_CONNECT_TIMEOUT;
  Duration deadline = ClientOptions.DEFAULT_DEADLINE;
  Duration adminDeadline = ClientOptions.DEFAULT_ADMIN_DEADLINE;
  Duration keepAliveTime = ClientOptions.DEFAULT_KEEP_ALIVE_TIME;
  Duration keepAliveTimeout = ClientOptions.DEFAULT_KEEP_ALIVE_TIMEOUT;
  boolean keepAliveWithoutCalls = ClientOptions.DEFAULT_KEEP_ALIVE_WITHOUT_CALLS;
  Duration reconnectBackoffMin = ClientOptions.DEFAULT_RECONNECT_BACKOFF_MIN;
  Duration reconnectBackoffMax = ClientOptions.DEFAULT_RECONNECT_BACKOFF_MAX;
  Duration healthCheckInterval = ClientOptions.DEFAULT_HEALTH_CHECK_INTERVAL;
  boolean waitForReady = ClientOptions.DEFAULT_WAIT_FOR_READY;
  int connections = ClientOptions.DEFAULT_CONNECTIONS;
  @Nullable Duration maxConnectionAge;
  boolean maxConnectionAgeSet;
  Duration drainTimeout = ClientOptions.DEFAULT_DRAIN_TIMEOUT;
  boolean lazyConnect;

  OptionValues copy() {
    try {
      return (OptionValues) clone();
    } catch (CloneNotSupportedException e) {
      throw new AssertionError(e);
    }
  }

  /** The options, or null after what is wrong has been noted. */
  @Nullable ClientOptions checked(Checks checks) {
    Address first = checks.get(() -> Address.parse(checks.name("address"), address));
    List<Address> standbys = parsedStandbys(checks);
    if (first != null) {
      checkSchemes(checks, first, standbys);
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
    checks.atLeast("maxRetries", maxRetries, 0);
    checks.atLeast("connections", connections, 1);
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
    return first == null || !checks.allRight() ? null : new ClientOptions(this, first, standbys);
  }

  private List<Address> parsedStandbys(Checks checks) {
    if (standbyAddresses == null) {
      checks.wrong("standbyAddresses", "must not be null");
      return List.of();
    }
    List<Address> standbys = new ArrayList<>();
    for (String standby : standbyAddresses) {
      Address parsed = checks.get(() -> Address.parse(checks.name("standbyAddresses"), standby));
      if (parsed != null) {
        standbys.add(parsed);
      }
    }
    return standbys;
  }

  private void checkSchemes(Checks checks, Address first, List<Address> standbys) {
    if (tlsSet || Address.anyIsTls(first, standbys)) {
      checkNotPlaintext(checks, "address", first);
      standbys.forEach(standby -> checkNotPlaintext(checks, "standbyAddresses", standby));
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
