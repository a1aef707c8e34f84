package dev.milvuspool;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Where a client connects to and how it behaves. Immutable and thread-safe; two of the same values
 * are equal. A secret has no accessor, and {@link #toString()} shows none.
 *
 * <p>A duration is wall-clock time. Zero is legal for the drain timeout, the retry backoff and the
 * health check interval, and for no other duration.
 *
 * <pre>{@code
 * ClientOptions patient =
 *     ClientOptions.builder()
 *         .withAddress("localhost:19530")
 *         .withDeadline(Duration.ofSeconds(2))
 *         .withWaitForReady(true)
 *         .build();
 * }</pre>
 */
public final class ClientOptions {
  /** {@code localhost:19530}, where a local Milvus listens. */
  public static final String DEFAULT_ADDRESS = "localhost:" + Address.DEFAULT_PORT;

  /** 3 retries after the first attempt. */
  public static final int DEFAULT_MAX_RETRIES = 3;

  /** 3 seconds, the cap of the SDK's own retry. */
  public static final Duration DEFAULT_MAX_RETRY_BACKOFF = Duration.ofSeconds(3);

  /** 10 seconds, the SDK's own. */
  public static final Duration DEFAULT_CONNECT_TIMEOUT = Duration.ofSeconds(10);

  /** 10 seconds for a data or look-up operation. */
  public static final Duration DEFAULT_DEADLINE = Duration.ofSeconds(10);

  /** 60 seconds for an operation that changes or loads a collection. */
  public static final Duration DEFAULT_ADMIN_DEADLINE = Duration.ofSeconds(60);

  /** 10 seconds, the SDK's own and the least that gRPC takes. */
  public static final Duration DEFAULT_KEEP_ALIVE_TIME = Duration.ofSeconds(10);

  /** 5 seconds, the SDK's own. */
  public static final Duration DEFAULT_KEEP_ALIVE_TIMEOUT = Duration.ofSeconds(5);

  /** On, as in the SDK, so that a dead connection is noticed without traffic. */
  public static final boolean DEFAULT_KEEP_ALIVE_WITHOUT_CALLS = true;

  /** 100 milliseconds before the second reconnect. */
  public static final Duration DEFAULT_RECONNECT_BACKOFF_MIN = Duration.ofMillis(100);

  /** 1 second between reconnects at the most, so that recovery is noticed within it. */
  public static final Duration DEFAULT_RECONNECT_BACKOFF_MAX = Duration.ofSeconds(1);

  /** 30 seconds between probes of an idle client. */
  public static final Duration DEFAULT_HEALTH_CHECK_INTERVAL = Duration.ofSeconds(30);

  /** Off: a call on a client that is down fails at once. */
  public static final boolean DEFAULT_WAIT_FOR_READY = false;

  /** One connection; HTTP/2 multiplexes the calls. */
  public static final int DEFAULT_CONNECTIONS = 1;

  /** 5 seconds for calls in flight on remove, replace and close. */
  public static final Duration DEFAULT_DRAIN_TIMEOUT = Duration.ofSeconds(5);

  private final OptionValues given;
  private final Address address;
  private final List<Address> standbyAddresses;
  private final @Nullable TlsOptions tls;

  /** Takes values that have been checked, and their addresses. */
  ClientOptions(OptionValues checked, Address address, List<Address> standbyAddresses) {
    given = checked.copy();
    this.address = address;
    this.standbyAddresses = List.copyOf(standbyAddresses);
    boolean https = Address.anyIsTls(address, standbyAddresses);
    tls = given.tlsSet ? given.tls : https ? TlsOptions.builder().build() : null;
  }

  /**
   * Starts with the defaults.
   *
   * @return a builder
   */
  public static Builder builder() {
    return new Builder(new OptionValues());
  }

  /**
   * Starts with these options, secrets included.
   *
   * @return a builder
   */
  public Builder toBuilder() {
    return new Builder(given.copy());
  }

  /**
   * The address that is tried first.
   *
   * @return {@code host:port}
   */
  public String address() {
    return address.toString();
  }

  /**
   * The addresses that are tried after {@link #address()}, in order.
   *
   * @return each {@code host:port}
   */
  public List<String> standbyAddresses() {
    return standbyAddresses.stream().map(Address::toString).toList();
  }

  /**
   * The user.
   *
   * @return the name, or empty without authentication or with an API key
   */
  public Optional<String> username() {
    return Optional.ofNullable(given.credentials.username());
  }

  /**
   * The database.
   *
   * @return the name, or empty for the server's default
   */
  public Optional<String> database() {
    return Optional.ofNullable(given.database);
  }

  /**
   * How TLS is spoken.
   *
   * @return the options, or empty for plaintext
   */
  public Optional<TlsOptions> tls() {
    return Optional.ofNullable(tls);
  }

  /**
   * Retries after the first attempt.
   *
   * @return 0 for none
   */
  public int maxRetries() {
    return given.maxRetries;
  }

  /**
   * The longest wait before a retry.
   *
   * @return zero for none
   */
  public Duration maxRetryBackoff() {
    return given.maxRetryBackoff;
  }

  /**
   * What a whole dial may take.
   *
   * @return the timeout
   */
  public Duration connectTimeout() {
    return given.connectTimeout;
  }

  /**
   * What a whole data or look-up operation may take.
   *
   * @return the deadline
   */
  public Duration deadline() {
    return given.deadline;
  }

  /**
   * What a whole operation on collections, indexes and the like may take.
   *
   * @return the deadline
   */
  public Duration adminDeadline() {
    return given.adminDeadline;
  }

  /**
   * When an idle transport is pinged.
   *
   * @return the time without traffic
   */
  public Duration keepAliveTime() {
    return given.keepAliveTime;
  }

  /**
   * How long the answer to a ping may take.
   *
   * @return the timeout
   */
  public Duration keepAliveTimeout() {
    return given.keepAliveTimeout;
  }

  /**
   * Whether a transport is pinged while no call is in flight.
   *
   * @return true if so
   */
  public boolean keepAliveWithoutCalls() {
    return given.keepAliveWithoutCalls;
  }

  /**
   * The shortest wait between reconnects.
   *
   * @return the wait before jitter
   */
  public Duration reconnectBackoffMin() {
    return given.reconnectBackoffMin;
  }

  /**
   * The longest wait between reconnects.
   *
   * @return the wait before jitter
   */
  public Duration reconnectBackoffMax() {
    return given.reconnectBackoffMax;
  }

  /**
   * How often an idle client is probed.
   *
   * @return zero for never
   */
  public Duration healthCheckInterval() {
    return given.healthCheckInterval;
  }

  /**
   * Whether a call on a client that is down waits for its recovery.
   *
   * @return false to fail at once
   */
  public boolean waitForReady() {
    return given.waitForReady;
  }

  /**
   * SDK clients behind this one.
   *
   * @return at least 1
   */
  public int connections() {
    return given.connections;
  }

  /**
   * When a connection is replaced at the latest.
   *
   * @return the age, or empty for never
   */
  public Optional<Duration> maxConnectionAge() {
    return Optional.ofNullable(given.maxConnectionAge);
  }

  /**
   * What calls in flight get before their connection is closed.
   *
   * @return zero to cut them off at once
   */
  public Duration drainTimeout() {
    return given.drainTimeout;
  }

  /**
   * Whether the first dial waits for the first call.
   *
   * @return true if so
   */
  public boolean lazyConnect() {
    return given.lazyConnect;
  }

  /** All addresses in the order in which a dial tries them. */
  List<Address> dialOrder() {
    List<Address> all = new ArrayList<>();
    all.add(address);
    all.addAll(standbyAddresses);
    return all;
  }

  Credentials credentials() {
    return given.credentials;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other == this || (other instanceof ClientOptions that && named().equals(that.named()));
  }

  @Override
  public int hashCode() {
    return named().hashCode();
  }

  /** Every option but the secrets. */
  @Override
  public String toString() {
    return "ClientOptions" + named();
  }

  /** All options by their names; the credentials compare with their secrets and show none. */
  private Map<String, Object> named() {
    Map<String, Object> named = new LinkedHashMap<>();
    named.put("address", address());
    named.put("standbyAddresses", standbyAddresses());
    named.put("credentials", given.credentials);
    named.put("database", database().orElse("server's default"));
    named.put("tls", tls == null ? "off" : tls);
    named.put("maxRetries", maxRetries());
    named.put("maxRetryBackoff", maxRetryBackoff());
    named.put("connectTimeout", connectTimeout());
    named.put("deadline", deadline());
    named.put("adminDeadline", adminDeadline());
    named.put("keepAliveTime", keepAliveTime());
    named.put("keepAliveTimeout", keepAliveTimeout());
    named.put("keepAliveWithoutCalls", keepAliveWithoutCalls());
    named.put("reconnectBackoffMin", reconnectBackoffMin());
    named.put("reconnectBackoffMax", reconnectBackoffMax());
    named.put("healthCheckInterval", healthCheckInterval());
    named.put("waitForReady", waitForReady());
    named.put("connections", connections());
    named.put("maxConnectionAge", given.maxConnectionAge == null ? "none" : given.maxConnectionAge);
    named.put("drainTimeout", drainTimeout());
    named.put("lazyConnect", lazyConnect());
    return named;
  }

  /** Collects the options. Setters take anything; {@link #build()} checks. Not thread-safe. */
  @SuppressWarnings("NullAway") // a setter takes null so that build() can name the option
  public static final class Builder {
    private final OptionValues values;

    private Builder(OptionValues values) {
      this.values = values;
    }

    /**
     * Where the server listens: {@code host}, {@code host:port}, {@code [::1]:port}, {@code
     * http://...}, or {@code https://...}, which switches TLS on. Without a port it is 443 for
     * {@code https} and else 19530.
     *
     * @param address the address
     * @return this builder
     */
    public Builder withAddress(String address) {
      values.address = address;
      return this;
    }

    /**
     * More addresses of the same data (further proxies, a replica cluster). Every dial tries the
     * address first, then these in order, each with its share of the connect timeout. There is no
     * return to the first by itself; {@link MilvusPool#replace} does that.
     *
     * @param addresses in the forms of {@link #withAddress}
     * @return this builder
     */
    public Builder withStandbyAddresses(String... addresses) {
      values.standbyAddresses = addresses == null ? null : addresses.clone();
      return this;
    }

    /**
     * Authenticates by user and password; takes the place of an API key set before.
     *
     * @param user not blank
     * @param password may be empty
     * @return this builder
     */
    public Builder withAuth(String user, String password) {
      values.credentials = Credentials.ofUser(user, password);
      return this;
    }

    /**
     * Authenticates by an API key or token; takes the place of a user set before.
     *
     * @param apiKey not blank
     * @return this builder
     */
    public Builder withApiKey(String apiKey) {
      values.credentials = Credentials.ofApiKey(apiKey);
      return this;
    }

    /**
     * The database in use; a dial fails if it is not there.
     *
     * @param database not blank
     * @return this builder
     */
    public Builder withDatabase(String database) {
      values.database = database;
      values.databaseSet = true;
      return this;
    }

    /**
     * Speaks TLS and trusts what the JVM trusts.
     *
     * @return this builder
     */
    public Builder withTls() {
      return withTls(TlsOptions.builder().build());
    }

    /**
     * Speaks TLS.
     *
     * @param tls whom to trust and what to show
     * @return this builder
     */
    public Builder withTls(TlsOptions tls) {
      values.tls = tls;
      values.tlsSet = true;
      return this;
    }

    /**
     * How often a call is retried that may be (reads after a lost connection, everything after a
     * rate limit), always within its deadline.
     *
     * @param maxRetries retries after the first attempt; 0 switches off
     * @param maxBackoff the longest wait before one; zero for none
     * @return this builder
     */
    public Builder withRetry(int maxRetries, Duration maxBackoff) {
      values.maxRetries = maxRetries;
      values.maxRetryBackoff = maxBackoff;
      return this;
    }

    /**
     * What a whole dial may take: DNS, TCP, TLS, handshake and database check, over all addresses.
     *
     * @param timeout above zero
     * @return this builder
     */
    public Builder withConnectTimeout(Duration timeout) {
      values.connectTimeout = timeout;
      return this;
    }

    /**
     * What a whole data or look-up operation may take, its retries included: insert, upsert,
     * delete, search, query, get, has, describe, list, stats and {@code call}.
     *
     * @param deadline above zero
     * @return this builder
     */
    public Builder withDeadline(Duration deadline) {
      values.deadline = deadline;
      return this;
    }

    /**
     * What a whole create, drop, alter, load, release, index, flush, compact or {@code useDatabase}
     * operation may take, its retries included.
     *
     * @param deadline above zero
     * @return this builder
     */
    public Builder withAdminDeadline(Duration deadline) {
      values.adminDeadline = deadline;
      return this;
    }

    /**
     * gRPC keepalive pings, by which the transport notices a dead server.
     *
     * @param time without traffic before a ping; gRPC takes 10 seconds for anything less
     * @param timeout for its answer
     * @param withoutCalls whether to ping while no call is in flight
     * @return this builder
     */
    public Builder withKeepAlive(Duration time, Duration timeout, boolean withoutCalls) {
      values.keepAliveTime = time;
      values.keepAliveTimeout = timeout;
      values.keepAliveWithoutCalls = withoutCalls;
      return this;
    }

    /**
     * The waits between reconnects of a client that is down: they double from the first to the
     * second, with jitter.
     *
     * @param min above zero
     * @param max not below {@code min}
     * @return this builder
     */
    public Builder withReconnectBackoff(Duration min, Duration max) {
      values.reconnectBackoffMin = min;
      values.reconnectBackoffMax = max;
      return this;
    }

    /**
     * How often an idle client is probed.
     *
     * @param interval zero switches off
     * @return this builder
     */
    public Builder withHealthCheckInterval(Duration interval) {
      values.healthCheckInterval = interval;
      return this;
    }

    /**
     * Whether a call on a client that is down waits for its recovery within its deadline.
     *
     * @param waitForReady false to fail at once
     * @return this builder
     */
    public Builder withWaitForReady(boolean waitForReady) {
      values.waitForReady = waitForReady;
      return this;
    }

    /**
     * SDK clients behind this one. A call takes the least loaded; an insert or upsert in flight
     * weighs by its rows.
     *
     * @param connections at least 1
     * @return this builder
     */
    public Builder withConnections(int connections) {
      values.connections = connections;
      return this;
    }

    /**
     * Replaces each connection at 0.8 to 1.0 of this age, to spread over load-balanced proxies.
     *
     * @param age above zero
     * @return this builder
     */
    public Builder withMaxConnectionAge(Duration age) {
      values.maxConnectionAge = age;
      values.maxConnectionAgeSet = true;
      return this;
    }

    /**
     * What calls in flight get on remove, replace and close.
     *
     * @param timeout zero cuts them off at once
     * @return this builder
     */
    public Builder withDrainTimeout(Duration timeout) {
      values.drainTimeout = timeout;
      return this;
    }

    /**
     * Does not dial before the first call.
     *
     * @return this builder
     */
    public Builder withLazyConnect() {
      values.lazyConnect = true;
      return this;
    }

    /**
     * Checks all options.
     *
     * @return the options
     * @throws IllegalArgumentException naming each option that is wrong, its value (never a
     *     secret), and the remedy
     */
    public ClientOptions build() {
      Checks checks = new Checks();
      ClientOptions options = build(checks);
      checks.throwIfWrong();
      return Objects.requireNonNull(options);
    }

    /** The options, or null after what is wrong has been noted. */
    @Nullable ClientOptions build(Checks checks) {
      return values.checked(checks);
    }
  }
}
