package dev.milvuspool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.milvuspool.internal.config.OptionAccess;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every option: its default, its setter, its accessor, and what it rejects. */
class ClientOptionsTest {
  private static final Credentials ANN = Credentials.ofPassword("ann", "pw");
  private static final ClientOptions DEFAULTS = ClientOptions.builder().build();
  private static final String SECRET = "k3y-to-everything";
  private static final Supplier<Map<String, String>> HEADERS = () -> Map.of("token", SECRET);
  private static final TlsOptions TLS = TlsOptions.builder().withServerName("milvus.test").build();

  /**
   * An option.
   *
   * @param setter the name of the builder's method
   * @param name of the accessor, and in texts
   * @param read the accessor
   * @param initial the default
   * @param set puts another value
   * @param value that other value
   */
  private record Option(
      String setter,
      String name,
      Function<ClientOptions, Object> read,
      Object initial,
      UnaryOperator<ClientOptions.Builder> set,
      Object value) {

    ClientOptions changed() {
      return set.apply(ClientOptions.builder()).build();
    }

    /** What it is when another option is changed; the address is the first of the addresses. */
    Object besides(Option changed) {
      return name.equals("addresses") && changed.name.equals("address")
          ? List.of(changed.value)
          : initial;
    }

    @Override
    public String toString() {
      return name;
    }
  }

  static Stream<Option> options() {
    return Stream.of(
        new Option(
            "withAddress",
            "address",
            ClientOptions::address,
            ClientOptions.DEFAULT_ADDRESS,
            builder -> builder.withAddress("milvus:1"),
            "milvus:1"),
        new Option(
            "withAddresses",
            "addresses",
            ClientOptions::addresses,
            List.of(ClientOptions.DEFAULT_ADDRESS),
            builder -> builder.withAddresses("localhost", "[::1]:3").withConnections(1),
            List.of("localhost:19530", "[::1]:3")),
        new Option(
            "withStandbyAddresses",
            "standbyAddresses",
            ClientOptions::standbyAddresses,
            List.of(),
            builder -> builder.withStandbyAddresses("second", "[::1]:3"),
            List.of("second:19530", "[::1]:3")),
        new Option(
            "withAuth",
            "username",
            ClientOptions::username,
            Optional.empty(),
            builder -> builder.withAuth("reader", SECRET),
            Optional.of("reader")),
        new Option(
            "withRequestHeaders",
            "requestHeaders",
            ClientOptions::requestHeaders,
            Optional.empty(),
            builder -> builder.withRequestHeaders(HEADERS),
            Optional.of(HEADERS)),
        new Option(
            "withDatabase",
            "database",
            ClientOptions::database,
            Optional.empty(),
            builder -> builder.withDatabase("books"),
            Optional.of("books")),
        new Option(
            "withTls",
            "tls",
            ClientOptions::tls,
            Optional.empty(),
            builder -> builder.withTls(TLS),
            Optional.of(TLS)),
        new Option(
            "withRetry",
            "maxRetries",
            ClientOptions::maxRetries,
            ClientOptions.DEFAULT_MAX_RETRIES,
            builder -> builder.withRetry(0, ClientOptions.DEFAULT_MAX_RETRY_BACKOFF),
            0),
        duration(
            "withRetry",
            "maxRetryBackoff",
            ClientOptions::maxRetryBackoff,
            ClientOptions.DEFAULT_MAX_RETRY_BACKOFF,
            (builder, value) -> builder.withRetry(ClientOptions.DEFAULT_MAX_RETRIES, value)),
        duration(
            "withConnectTimeout",
            "connectTimeout",
            ClientOptions::connectTimeout,
            ClientOptions.DEFAULT_CONNECT_TIMEOUT,
            ClientOptions.Builder::withConnectTimeout),
        duration(
            "withDeadline",
            "deadline",
            ClientOptions::deadline,
            ClientOptions.DEFAULT_DEADLINE,
            ClientOptions.Builder::withDeadline),
        duration(
            "withAdminDeadline",
            "adminDeadline",
            ClientOptions::adminDeadline,
            ClientOptions.DEFAULT_ADMIN_DEADLINE,
            ClientOptions.Builder::withAdminDeadline),
        duration(
            "withKeepAlive",
            "keepAliveTime",
            ClientOptions::keepAliveTime,
            ClientOptions.DEFAULT_KEEP_ALIVE_TIME,
            (builder, value) -> builder.withKeepAlive(value, Duration.ofSeconds(5), true)),
        duration(
            "withKeepAlive",
            "keepAliveTimeout",
            ClientOptions::keepAliveTimeout,
            ClientOptions.DEFAULT_KEEP_ALIVE_TIMEOUT,
            (builder, value) -> builder.withKeepAlive(Duration.ofSeconds(10), value, true)),
        new Option(
            "withKeepAlive",
            "keepAliveWithoutCalls",
            ClientOptions::keepAliveWithoutCalls,
            ClientOptions.DEFAULT_KEEP_ALIVE_WITHOUT_CALLS,
            builder -> builder.withKeepAlive(Duration.ofSeconds(10), Duration.ofSeconds(5), false),
            false),
        duration(
            "withReconnectBackoff",
            "reconnectBackoffMin",
            ClientOptions::reconnectBackoffMin,
            ClientOptions.DEFAULT_RECONNECT_BACKOFF_MIN,
            (builder, value) -> builder.withReconnectBackoff(value, Duration.ofSeconds(1))),
        duration(
            "withReconnectBackoff",
            "reconnectBackoffMax",
            ClientOptions::reconnectBackoffMax,
            ClientOptions.DEFAULT_RECONNECT_BACKOFF_MAX,
            (builder, value) -> builder.withReconnectBackoff(Duration.ofMillis(100), value)),
        duration(
            "withHealthCheckInterval",
            "healthCheckInterval",
            ClientOptions::healthCheckInterval,
            ClientOptions.DEFAULT_HEALTH_CHECK_INTERVAL,
            ClientOptions.Builder::withHealthCheckInterval),
        new Option(
            "withWaitForReady",
            "waitForReady",
            ClientOptions::waitForReady,
            ClientOptions.DEFAULT_WAIT_FOR_READY,
            builder -> builder.withWaitForReady(true),
            true),
        new Option(
            "withConnections",
            "connections",
            ClientOptions::connections,
            ClientOptions.DEFAULT_CONNECTIONS,
            builder -> builder.withConnections(4),
            4),
        new Option(
            "withMaxConnectionAge",
            "maxConnectionAge",
            ClientOptions::maxConnectionAge,
            Optional.empty(),
            builder -> builder.withMaxConnectionAge(Duration.ofHours(1)),
            Optional.of(Duration.ofHours(1))),
        duration(
            "withDrainTimeout",
            "drainTimeout",
            ClientOptions::drainTimeout,
            ClientOptions.DEFAULT_DRAIN_TIMEOUT,
            ClientOptions.Builder::withDrainTimeout),
        new Option(
            "withLazyConnect",
            "lazyConnect",
            ClientOptions::lazyConnect,
            false,
            ClientOptions.Builder::withLazyConnect,
            true));
  }

  private interface DurationSetter {
    ClientOptions.Builder set(ClientOptions.Builder builder, Duration value);
  }

  private static Option duration(
      String setter,
      String name,
      Function<ClientOptions, Object> read,
      Duration initial,
      DurationSetter set) {
    Duration other = Duration.ofMillis(777);
    return new Option(setter, name, read, initial, builder -> set.set(builder, other), other);
  }

  @Test
  void theTableOfThisTestHasEverySetterAndEveryAccessor() {
    Set<String> setters = methods(ClientOptions.Builder.class);
    setters.removeAll(Set.of("build", "withApiKey", "withCredentials")); // they have no accessor
    Set<String> accessors = methods(ClientOptions.class);
    accessors.removeAll(Set.of("builder", "toBuilder", "equals", "hashCode", "toString"));

    assertThat(options().map(Option::setter).collect(Collectors.toSet())).isEqualTo(setters);
    assertThat(options().map(Option::name).collect(Collectors.toSet())).isEqualTo(accessors);
  }

  private static Set<String> methods(Class<?> type) {
    return Arrays.stream(type.getDeclaredMethods())
        .filter(method -> Modifier.isPublic(method.getModifiers()) && !method.isSynthetic())
        .map(Method::getName)
        .collect(Collectors.toCollection(TreeSet::new));
  }

  @ParameterizedTest
  @MethodSource("options")
  void anOptionThatIsNotSetHasItsDefault(Option option) {
    assertThat(option.read.apply(DEFAULTS)).isEqualTo(option.initial);
  }

  @ParameterizedTest
  @MethodSource("options")
  void whatIsSetIsReadBackAndNothingElseChanges(Option option) {
    ClientOptions changed = option.changed();

    assertThat(options())
        .allSatisfy(
            each ->
                assertThat(each.read.apply(changed))
                    .as(each.name)
                    .isEqualTo(
                        each.name.equals(option.name) ? option.value : each.besides(option)));
  }

  @ParameterizedTest
  @MethodSource("options")
  void equalityTellsEachOption(Option option) {
    assertThat(option.changed())
        .isEqualTo(option.changed())
        .hasSameHashCodeAs(option.changed())
        .isNotEqualTo(DEFAULTS);
  }

  @ParameterizedTest
  @MethodSource("options")
  void aBuilderMadeOfOptionsHasThemAll(Option option) {
    ClientOptions copy = option.changed().toBuilder().build();

    assertThat(copy).isEqualTo(option.changed());
    assertThat(option.read.apply(copy)).isEqualTo(option.value);
  }

  @ParameterizedTest
  @MethodSource("options")
  void theTextShowsEachOption(Option option) {
    Object value = option.value instanceof Optional<?> set ? set.orElseThrow() : option.value;
    String expected =
        switch (option.name) {
          case "username" -> "credentials=user " + value;
          case "address" -> "addresses=[" + value;
          case "requestHeaders" -> "requestHeaders=of " + HEADERS.getClass().getName();
          default -> option.name + "=" + value;
        };

    assertThat(option.changed().toString()).contains(expected).doesNotContain(SECRET);
  }

  @Test
  void aBuilderThatIsUsedFurtherDoesNotChangeWhatItBuilt() {
    String[] standbys = {"second"};
    ClientOptions.Builder builder = ClientOptions.builder().withStandbyAddresses(standbys);
    ClientOptions built = builder.build();

    standbys[0] = "third";
    builder.withDatabase("later");

    assertThat(built.standbyAddresses()).containsExactly("second:19530");
    assertThat(builder.build().standbyAddresses()).containsExactly("second:19530");
    assertThat(built.database()).isEmpty();
    assertThatThrownBy(() -> built.standbyAddresses().add("x"))
        .isInstanceOf(UnsupportedOperationException.class);
  }

  // ---- TLS by address

  @Test
  void anHttpsAddressSwitchesTlsOnWithItsPort() {
    ClientOptions options = ClientOptions.builder().withAddress("https://milvus").build();

    assertThat(options.address()).isEqualTo("milvus:443");
    assertThat(options.tls()).contains(TlsOptions.builder().build());
    assertThat(options)
        .isEqualTo(ClientOptions.builder().withAddress("milvus:443").withTls().build());
    assertThat(options.toBuilder().withAddress("milvus").build().tls())
        .as("TLS came with the address and goes with it")
        .isEmpty();
  }

  @Test
  void anHttpsStandbySwitchesTlsOnForAll() {
    ClientOptions options =
        ClientOptions.builder().withAddress("first").withStandbyAddresses("https://second").build();

    assertThat(options.tls()).isPresent();
    assertThat(options.addresses()).containsExactly("first:19530");
    assertThat(options.standbyAddresses()).containsExactly("second:443");
  }

  // ---- addresses

  @Test
  void ofAddressAndAddressesTheLastOneSetHolds() {
    ClientOptions.Builder builder = ClientOptions.builder();

    assertThat(builder.withAddress("a").withAddresses("b", "c").build().addresses())
        .containsExactly("b:19530", "c:19530");
    assertThat(builder.withAddress("a").build().addresses()).containsExactly("a:19530");
    assertThat(builder.build()).isEqualTo(ClientOptions.builder().withAddresses("a:19530").build());
  }

  @Test
  void thereIsOneConnectionForEachAddressUnlessTheNumberIsSet() {
    ClientOptions.Builder builder = ClientOptions.builder().withAddresses("a", "b", "c");

    assertThat(builder.build().connections()).isEqualTo(3);
    assertThat(builder.build().toBuilder().withAddresses("a", "b").build().connections())
        .isEqualTo(2);
    assertThat(builder.withConnections(1).build().connections()).isEqualTo(1);
  }

  @Test
  void addressesAreCopied() {
    String[] addresses = {"a", "b"};
    ClientOptions.Builder builder = ClientOptions.builder().withAddresses(addresses);

    addresses[0] = "c";

    assertThat(builder.build().addresses()).containsExactly("a:19530", "b:19530");
  }

  // ---- credentials

  @Test
  void ofAuthApiKeyAndSupplierTheLastOneSetWins() {
    ClientOptions key =
        ClientOptions.builder().withAuth("root", "Milvus").withApiKey(SECRET).build();
    ClientOptions user =
        ClientOptions.builder().withApiKey(SECRET).withAuth("root", "Milvus").build();

    assertThat(key).isEqualTo(ClientOptions.builder().withApiKey(SECRET).build());
    assertThat(key.username()).isEmpty();
    assertThat(token(key)).isEqualTo(SECRET);
    assertThat(user).isEqualTo(ClientOptions.builder().withAuth("root", "Milvus").build());
    assertThat(token(user)).isEqualTo("root:Milvus");
    assertThat(token(key.toBuilder().withCredentials(() -> ANN).build())).isEqualTo("ann:pw");
    assertThat(token(ClientOptions.builder().withCredentials(() -> ANN).withApiKey(SECRET).build()))
        .isEqualTo(SECRET);
  }

  /** What the server is told with the next request. */
  private static String token(ClientOptions options) {
    return OptionAccess.token(OptionAccess.credentials(options).get());
  }

  @Test
  void aSupplierIsAskedEachTimeAndNeverWhileBuilding() {
    AtomicInteger asked = new AtomicInteger();
    Supplier<Credentials> supplier =
        () -> Credentials.ofPassword("root", "pw" + asked.incrementAndGet());

    ClientOptions options = ClientOptions.builder().withCredentials(supplier).build();

    assertThat(asked).hasValue(0);
    assertThat(token(options)).isEqualTo("root:pw1");
    assertThat(token(options)).isEqualTo("root:pw2");
    assertThat(options.username()).isEmpty();
  }

  @Test
  void aSupplierIsComparedByItsOwnEqualsAndShownByItsClass() {
    Supplier<Credentials> supplier =
        new Supplier<>() {
          @Override
          public Credentials get() {
            return ANN;
          }

          @Override
          public String toString() {
            return SECRET;
          }
        };
    ClientOptions options = ClientOptions.builder().withCredentials(supplier).build();

    assertThat(options)
        .isEqualTo(ClientOptions.builder().withCredentials(supplier).build())
        .hasSameHashCodeAs(options.toBuilder().build())
        .isNotEqualTo(ClientOptions.builder().withCredentials(() -> ANN).build());
    assertThat(options.toString())
        .contains("credentials=credentials of " + supplier.getClass().getName())
        .doesNotContain(SECRET);
  }

  @Test
  void anEmptyPasswordIsLegal() {
    ClientOptions options = ClientOptions.builder().withAuth("root", "").build();

    assertThat(token(options)).isEqualTo("root:");
  }

  static Stream<UnaryOperator<ClientOptions.Builder>> secrets() {
    return Stream.of(
        builder -> builder.withAuth("root", SECRET), builder -> builder.withApiKey(SECRET));
  }

  @ParameterizedTest
  @MethodSource("secrets")
  void aSecretIsKeptAndComparedButNeverShown(UnaryOperator<ClientOptions.Builder> secret) {
    ClientOptions options = secret.apply(ClientOptions.builder()).build();
    ClientOptions other =
        ClientOptions.builder().withAuth("root", "other").withApiKey("other").build();

    assertThat(options.toString()).doesNotContain(SECRET);
    assertThat(options.toBuilder().build()).isEqualTo(options);
    assertThat(token(options.toBuilder().build())).endsWith(SECRET);
    assertThat(options).isNotEqualTo(other).isNotEqualTo(DEFAULTS);
    assertThat(ClientOptions.builder().withAuth("root", "other").build())
        .isNotEqualTo(ClientOptions.builder().withAuth("root", SECRET).build());
    assertThatThrownBy(() -> secret.apply(ClientOptions.builder().withConnections(0)).build())
        .message()
        .doesNotContain(SECRET);
  }

  @Test
  void publicMethodsGiveNoSecretAway() throws Exception {
    ClientOptions options = ClientOptions.builder().withAuth("root", SECRET).build();

    for (Method method : ClientOptions.class.getMethods()) {
      if (method.getParameterCount() == 0 && method.getDeclaringClass() == ClientOptions.class) {
        assertThat(String.valueOf(method.invoke(options))).as("%s", method).doesNotContain(SECRET);
      }
    }
  }

  @Test
  void theSecretOfAUserNameThatHoldsOneIsNotShown() {
    assertThatThrownBy(() -> ClientOptions.builder().withAuth("root:" + SECRET, "").build())
        .isInstanceOf(IllegalArgumentException.class)
        .message()
        .contains("user", "colon", "root:")
        .doesNotContain(SECRET);
  }
}
