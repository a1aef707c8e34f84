package dev.milvuspool;

import dev.milvuspool.internal.common.Checks;
import dev.milvuspool.internal.config.Address;
import dev.milvuspool.internal.config.CredentialsSource;
import dev.milvuspool.internal.config.OptionAccess;
import dev.milvuspool.internal.config.OptionValues;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The options of a client: where it connects to and how it behaves. Immutable and thread-safe. Two
 * with the same values are equal; suppliers are compared by their own {@code equals}. A secret has
 * no accessor, and {@link #toString()} shows none.
 *
 * <p>Durations are wall-clock time and above zero. Only the drain timeout, the retry backoff and
 * the health check interval may be zero.
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

  /** 75 retries of a request, as the SDK; in practice the deadline ends them. */
  public static final int DEFAULT_MAX_RETRIES = 75;

  /** 3 seconds between two retries at most, as the SDK. */
  public static final Duration DEFAULT_MAX_RETRY_BACKOFF = Duration.ofSeconds(3);

  /** 10 seconds for connecting, as the SDK. */
  public static final Duration DEFAULT_CONNECT_TIMEOUT = Duration.ofSeconds(10);

  /** 10 seconds for a data or look-up operation: more than a large insert or slow search takes. */
  public static final Duration DEFAULT_DEADLINE = Duration.ofSeconds(10);

  /** 60 seconds for an operation that changes or loads a collection. */
  public static final Duration DEFAULT_ADMIN_DEADLINE = Duration.ofSeconds(60);

  /** 10 seconds, as the SDK; gRPC uses 10 seconds for anything shorter. */
  public static final Duration DEFAULT_KEEP_ALIVE_TIME = Duration.ofSeconds(10);

  /** 5 seconds, as the SDK. */
  public static final Duration DEFAULT_KEEP_ALIVE_TIMEOUT = Duration.ofSeconds(5);

  /** On, as in the SDK, so that a dead connection is noticed without calls. */
  public static final boolean DEFAULT_KEEP_ALIVE_WITHOUT_CALLS = true;

  /** 100 milliseconds between the first reconnects, to be back soon after a short restart. */
  public static final Duration DEFAULT_RECONNECT_BACKOFF_MIN = Duration.ofMillis(100);

  /** 1 second between reconnects at most: the longest wait after the server is back. */
  public static final Duration DEFAULT_RECONNECT_BACKOFF_MAX = Duration.ofSeconds(1);

  /** 30 seconds between probes of an idle client. */
  public static final Duration DEFAULT_HEALTH_CHECK_INTERVAL = Duration.ofSeconds(30);

  /** Off: a call on a client that is down fails immediately. */
  public static final boolean DEFAULT_WAIT_FOR_READY = false;

  /** One connection for each address: HTTP/2 carries many calls over it at the same time. */
  public static final int DEFAULT_CONNECTIONS = 1;

  /** 5 seconds for calls in flight on remove, replace and close. */
  public static final Duration DEFAULT_DRAIN_TIMEOUT = Duration.ofSeconds(5);

  static {
    OptionAccess.ofClient(options -> options.credentials, Builder::build);
  }

  private final OptionValues given;
  private final List<String> addresses;
  private final List<String> standbyAddresses;
  private final @Nullable CredentialsSource credentials;
  private final @Nullable TlsOptions tls;

  /** Takes values that have been checked, and their addresses. */
  private ClientOptions(OptionValues checked, OptionValues.Addresses parsed) {
    given = checked.copy();
    addresses = parsed.primary().stream().map(Address::toString).toList();
    standbyAddresses = parsed.standby().stream().map(Address::toString).toList();
    credentials = given.credentials.source();
    tls = given.tlsSet ? given.tls : parsed.anyIsTls() ? TlsOptions.builder().build() : null;
  }

  /** {@return a builder that starts with the defaults} */
  public static Builder builder() {
    return new Builder(new OptionValues());
  }

  /** {@return a builder that starts with these options, secrets included} */
  public Builder toBuilder() {
    return new Builder(given.copy());
  }

  /** {@return the first of the addresses, as {@code host:port}} */
  public String address() {
    return addresses.get(0);
  }

  /** {@return the addresses in use at the same time, each {@code host:port}; immutable} */
  public List<String> addresses() {
    return addresses;
  }

  /** {@return the addresses to try in order if no other works, each {@code host:port}} */
  public List<String> standbyAddresses() {
    return standbyAddresses;
  }

  /** {@return the name of the user; empty with an API key, a supplier, or no credentials} */
  public Optional<String> username() {
    return Optional.ofNullable(credentials == null ? null : credentials.username());
  }

  /** {@return the database, or empty for the server's default} */
  public Optional<String> database() {
    return Optional.ofNullable(given.database);
  }

  /** {@return the TLS options, or empty for plaintext} */
  public Optional<TlsOptions> tls() {
    return Optional.ofNullable(tls);
  }

  /** {@return the supplier of gRPC metadata for each request, or empty for none} */
  public Optional<Supplier<Map<String, String>>> requestHeaders() {
    return Optional.ofNullable(given.requestHeaders);
  }

  /** {@return the retries of a request after its first attempt; 0 for none} */
  public int maxRetries() {
    return given.maxRetries;
  }

  /** {@return the longest wait before a retry; zero for none} */
  public Duration maxRetryBackoff() {
    return given.maxRetryBackoff;
  }

  /** {@return how long connecting may take altogether} */
  public Duration connectTimeout() {
    return given.connectTimeout;
  }

  /** {@return the longest that a data or look-up operation may take, retries included} */
  public Duration deadline() {
    return given.deadline;
  }

  /** {@return the longest that an operation on collections, indexes and the like may take} */
  public Duration adminDeadline() {
    return given.adminDeadline;
  }

  /** {@return the time without traffic before a keepalive ping} */
  public Duration keepAliveTime() {
    return given.keepAliveTime;
  }

  /** {@return how long the answer to a keepalive ping may take} */
  public Duration keepAliveTimeout() {
    return given.keepAliveTimeout;
  }

  /** {@return whether keepalive pings are sent while no call is in flight} */
  public boolean keepAliveWithoutCalls() {
    return given.keepAliveWithoutCalls;
  }

  /** {@return the shortest wait between reconnects, before jitter} */
  public Duration reconnectBackoffMin() {
    return given.reconnectBackoffMin;
  }

  /** {@return the longest wait between reconnects, before jitter} */
  public Duration reconnectBackoffMax() {
    return given.reconnectBackoffMax;
  }

  /** {@return how often an idle client is probed; zero for never} */
  public Duration healthCheckInterval() {
    return given.healthCheckInterval;
  }

  /** {@return whether a call on a client that is down waits, or fails immediately} */
  public boolean waitForReady() {
    return given.waitForReady;
  }

  /** {@return the connections behind the client; as many as {@link #addresses()} if not set} */
  public int connections() {
    return given.connections == null ? addresses.size() : given.connections;
  }

  /** {@return the age at which a connection is replaced at the latest, or empty for never} */
  public Optional<Duration> maxConnectionAge() {
    return Optional.ofNullable(given.maxConnectionAge);
  }

  /** {@return the time that calls in flight get before their connection is closed; may be zero} */
  public Duration drainTimeout() {
    return given.drainTimeout;
  }

  /** {@return whether the client connects only when it is first used} */
  public boolean lazyConnect() {
    return given.lazyConnect;
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
    named.put("addresses", addresses);
    named.put("standbyAddresses", standbyAddresses());
    named.put("credentials", credentials == null ? "none" : credentials);
    named.put("database", database().orElse("server's default"));
    named.put("tls", tls == null ? "off" : tls);
    named.put(
        "requestHeaders",
        given.requestHeaders == null ? "none" : new OfSupplier(given.requestHeaders));
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

  /** A supplier that is shown by its class: its own text might show what it supplies. */
  private record OfSupplier(Supplier<?> supplier) {
    // Written out: JDK 17 keeps the class whose generated one was linked last.
    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof OfSupplier that && supplier.equals(that.supplier);
    }

    @Override
    public int hashCode() {
      return supplier.hashCode();
    }

    @Override
    public String toString() {
      return "of " + supplier.getClass().getName();
    }
  }

  /**
   * Collects the options. Setters take anything; {@link #build()} checks. Of {@link #withAuth},
   * {@link #withApiKey} and {@link #withCredentials} the last one set counts. Not thread-safe.
   */
  @SuppressWarnings("NullAway") // a setter takes null so that build() can name the option
  public static final class Builder {
    private final OptionValues values;

    private Builder(OptionValues values) {
      this.values = values;
    }

    /**
     * Where the server listens: {@code host}, {@code host:port}, {@code [::1]:port}, {@code
     * http://...}, or {@code https://...}, which switches TLS on. Without a port it is 443 for
     * {@code https}, else 19530. Default: {@code localhost:19530}.
     *
     * @param address replaces what {@link #withAddresses} set
     * @return this builder
     */
    public Builder withAddress(String address) {
      values.addresses = new String[] {address};
      values.addressesName = "address";
      return this;
    }

    /**
     * The proxies of one Milvus, all in use at the same time: connections are spread evenly over
     * them, by default one for each. Default: the one address {@code localhost:19530}.
     *
     * @param addresses at least one, no duplicates, in the forms of {@link #withAddress}
     * @return this builder
     */
    public Builder withAddresses(String... addresses) {
      values.addresses = addresses == null ? null : addresses.clone();
      values.addressesName = "addresses";
      return this;
    }

    /**
     * More addresses of the same data, such as a replica cluster; default none. The client tries
     * them in order, only if it can connect to none of {@link #withAddresses}. Each gets its share
     * of the connect timeout. Rejected credentials and a missing database do not move the client.
     * It does not return automatically; {@link MilvusPool#replace} does that.
     *
     * @param addresses in the forms of {@link #withAddress}
     * @return this builder
     */
    public Builder withStandbyAddresses(String... addresses) {
      values.standbyAddresses = addresses == null ? null : addresses.clone();
      return this;
    }

    /**
     * Authenticates with user and password; default none.
     *
     * @param user not blank, without a colon
     * @param password may be empty
     * @return this builder
     */
    public Builder withAuth(String user, String password) {
      values.credentials = CredentialsSource.Given.password(user, password);
      return this;
    }

    /**
     * Authenticates with an API key or token; default none.
     *
     * @param apiKey not blank
     * @return this builder
     */
    public Builder withApiKey(String apiKey) {
      values.credentials = CredentialsSource.Given.apiKey(apiKey);
      return this;
    }

    /**
     * Authenticates with credentials that change; default none. If the supplier throws or returns
     * null, the call fails with a {@link MilvusPoolException} before anything is sent, and
     * connecting fails with a {@link ClientConnectException}.
     *
     * @param credentials called for every request, on any thread: it must be thread-safe and return
     *     immediately, so cache what is slow
     * @return this builder
     */
    public Builder withCredentials(Supplier<Credentials> credentials) {
      values.credentials = CredentialsSource.Given.supplier(credentials);
      return this;
    }

    /**
     * The database; default the server's default. Connecting fails if it does not exist.
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
     * Uses TLS and trusts the JVM's trust store. Default: off, unless an address has {@code https}.
     *
     * @return this builder
     */
    public Builder withTls() {
      return withTls(TlsOptions.builder().build());
    }

    /**
     * Uses TLS. Default: off, unless an address has {@code https}.
     *
     * @param tls which certificates to trust, and the client's own
     * @return this builder
     */
    public Builder withTls(TlsOptions tls) {
      values.tls = tls;
      values.tlsSet = true;
      return this;
    }

    /**
     * gRPC metadata for each request; default none. Milvus writes {@code client_request_id} into
     * its access log and uses {@code traceparent} for its traces. If the supplier throws or returns
     * null, the call fails with a {@link MilvusPoolException} before anything is sent. A header
     * that gRPC does not allow, or that the library sets itself ({@code authorization}, {@code
     * dbname}, {@code identifier}, {@code client-request-unixmsec}), is an {@link
     * IllegalArgumentException}.
     *
     * @param headers called for each request, on the caller's thread; returns values by name
     * @return this builder
     */
    public Builder withRequestHeaders(Supplier<Map<String, String>> headers) {
      values.requestHeaders = headers;
      values.requestHeadersSet = true;
      return this;
    }

    /**
     * How often a request is sent again within the deadline of its call. Default: 75 times, with
     * waits of up to 3 seconds, as the SDK. Reads are sent again after a lost connection or a "try
     * later"; writes only if they were certainly not carried out.
     *
     * @param maxRetries at least 0, for each request; 0 switches retries off
     * @param maxBackoff the longest wait before a retry; zero for no wait
     * @return this builder
     */
    public Builder withRetry(int maxRetries, Duration maxBackoff) {
      values.maxRetries = maxRetries;
      values.maxRetryBackoff = maxBackoff;
      return this;
    }

    /**
     * How long connecting may take altogether: DNS, TCP, TLS, handshake, credentials and database
     * check, over all addresses. Default 10 seconds, as the SDK.
     *
     * @param timeout above zero
     * @return this builder
     */
    public Builder withConnectTimeout(Duration timeout) {
      values.connectTimeout = timeout;
      return this;
    }

    /**
     * How long a whole data or look-up operation may take, its retries included: insert, upsert,
     * delete, search, query, get, has, describe, list, stats and {@code call}. Default 10 seconds.
     *
     * @param deadline above zero
     * @return this builder
     */
    public Builder withDeadline(Duration deadline) {
      values.deadline = deadline;
      return this;
    }

    /**
     * How long a whole create, drop, alter, load, release, index, flush, compact or {@code
     * useDatabase} operation may take, its retries included. Default 60 seconds, because loading
     * and indexing wait until the server is done. A large collection may need more.
     *
     * @param deadline above zero
     * @return this builder
     */
    public Builder withAdminDeadline(Duration deadline) {
      values.adminDeadline = deadline;
      return this;
    }

    /**
     * gRPC keepalive pings, which show that a server is dead. Default: after 10 seconds, with 5
     * seconds for the answer, also without calls; all three as the SDK.
     *
     * @param time above zero, without traffic before a ping; gRPC uses 10 seconds for less
     * @param timeout above zero, for its answer
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
     * The waits between reconnects of a client that is down: they double from {@code min} to {@code
     * max}, with jitter. Default: 100 milliseconds to 1 second.
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
     * How often an idle client is probed, with one small request. Default 30 seconds: keepalive
     * notices a dead connection sooner; the probe notices a server that no longer answers.
     *
     * @param interval zero switches the probes off
     * @return this builder
     */
    public Builder withHealthCheckInterval(Duration interval) {
      values.healthCheckInterval = interval;
      return this;
    }

    /**
     * Whether a call on a client that is down waits for the recovery, within its deadline. Default
     * false: it fails immediately, so that threads do not pile up.
     *
     * @param waitForReady true to wait
     * @return this builder
     */
    public Builder withWaitForReady(boolean waitForReady) {
      values.waitForReady = waitForReady;
      return this;
    }

    /**
     * Connections behind the client; default one for each address. A call uses the least loaded
     * one; inserts and upserts count by their rows. So with 2 or more, searches avoid the
     * connection of a bulk insert.
     *
     * @param connections at least 1
     * @return this builder
     */
    public Builder withConnections(int connections) {
      values.connections = connections;
      return this;
    }

    /**
     * Replaces each connection at 0.8 to 1.0 of this age, chosen at random, so that not all are
     * replaced together. Use it if proxies behind a load balancer come and go. Default: never.
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
     * The time that calls in flight get on remove, replace and close before they are ended. Default
     * 5 seconds: enough for nearly every call, and less than a container's grace period.
     *
     * @param timeout zero ends them immediately
     * @return this builder
     */
    public Builder withDrainTimeout(Duration timeout) {
      values.drainTimeout = timeout;
      return this;
    }

    /**
     * Does not connect before the first call or {@code health()}. Default: off.
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
    private @Nullable ClientOptions build(Checks checks) {
      OptionValues.Addresses parsed = values.check(checks);
      return parsed == null ? null : new ClientOptions(values, parsed);
    }
  }
}
