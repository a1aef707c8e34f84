package dev.milvuspool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What options cannot be: setters take it, {@code build()} names the option and the value. */
class RejectedOptionsTest {
  private static final Duration SECOND = Duration.ofSeconds(1);
  private static final Duration NEGATIVE = Duration.ofMillis(-1);

  /**
   * A duration among the options.
   *
   * @param name of the option
   * @param zeroIsLegal by contract
   * @param set puts it
   */
  private record DurationOption(
      String name,
      boolean zeroIsLegal,
      BiFunction<ClientOptions.Builder, Duration, ClientOptions.Builder> set) {

    ClientOptions with(Duration value) {
      return set.apply(ClientOptions.builder(), value).build();
    }

    @Override
    public String toString() {
      return name;
    }
  }

  static Stream<DurationOption> durations() {
    return Stream.of(
        new DurationOption("maxRetryBackoff", true, (b, value) -> b.withRetry(1, value)),
        new DurationOption("connectTimeout", false, ClientOptions.Builder::withConnectTimeout),
        new DurationOption("deadline", false, ClientOptions.Builder::withDeadline),
        new DurationOption("adminDeadline", false, ClientOptions.Builder::withAdminDeadline),
        new DurationOption(
            "keepAliveTime", false, (b, value) -> b.withKeepAlive(value, SECOND, true)),
        new DurationOption(
            "keepAliveTimeout", false, (b, value) -> b.withKeepAlive(SECOND, value, true)),
        new DurationOption(
            "reconnectBackoffMin", false, (b, value) -> b.withReconnectBackoff(value, SECOND)),
        new DurationOption(
            "reconnectBackoffMax",
            false,
            (b, value) -> b.withReconnectBackoff(Duration.ofNanos(1), value)),
        new DurationOption(
            "healthCheckInterval", true, ClientOptions.Builder::withHealthCheckInterval),
        new DurationOption("maxConnectionAge", false, ClientOptions.Builder::withMaxConnectionAge),
        new DurationOption("drainTimeout", true, ClientOptions.Builder::withDrainTimeout));
  }

  @Test
  void theTableOfThisTestHasEveryDuration() {
    long accessors =
        Arrays.stream(ClientOptions.class.getMethods())
            .filter(method -> method.getGenericReturnType().toString().contains("Duration"))
            .count();

    assertThat(durations()).hasSize((int) accessors);
  }

  @ParameterizedTest
  @MethodSource("durations")
  void aNegativeDurationIsRejected(DurationOption option) {
    assertThatThrownBy(() -> option.with(NEGATIVE))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(option.name + " must be ")
        .hasMessageContaining("zero: PT-0.001S");
  }

  @ParameterizedTest
  @MethodSource("durations")
  void aDurationThatIsNullIsRejected(DurationOption option) {
    assertThatThrownBy(() -> option.with(null))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(option.name + " must not be null");
  }

  @ParameterizedTest
  @MethodSource("durations")
  void zeroIsLegalForSomeDurationsOnly(DurationOption option) {
    if (option.zeroIsLegal) {
      assertThat(option.with(Duration.ZERO)).isNotNull();
    } else {
      assertThatThrownBy(() -> option.with(Duration.ZERO))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage(option.name + " must be above zero: PT0S");
    }
  }

  @ParameterizedTest
  @MethodSource("durations")
  void aDurationMayBeAsLongAsItLikes(DurationOption option) {
    Duration longest = Duration.ofSeconds(Long.MAX_VALUE);

    if (option.name.equals("reconnectBackoffMin")) {
      assertThat(ClientOptions.builder().withReconnectBackoff(longest, longest).build())
          .isNotNull();
    } else {
      assertThat(option.with(longest)).isNotNull();
    }
  }

  /**
   * Another wrong value.
   *
   * @param set puts it
   * @param told what the message holds: the option, the value, the remedy
   */
  private record Wrong(UnaryOperator<ClientOptions.Builder> set, List<String> told) {
    static Wrong of(UnaryOperator<ClientOptions.Builder> set, String... told) {
      return new Wrong(set, List.of(told));
    }

    @Override
    public String toString() {
      return told.get(0);
    }
  }

  static Stream<Wrong> wrongValues() {
    return Stream.of(
        Wrong.of(b -> b.withAddress(null), "address must not be null", "host:port"),
        Wrong.of(b -> b.withAddress("milvus:0"), "address has a port outside", "milvus:0"),
        Wrong.of(b -> b.withAddresses((String[]) null), "addresses must not be null"),
        Wrong.of(b -> b.withAddresses(), "addresses must not be empty"),
        Wrong.of(b -> b.withAddresses("a", null), "addresses must not be null", "host:port"),
        Wrong.of(b -> b.withAddresses("a", " "), "addresses must not be blank"),
        Wrong.of(
            b -> b.withAddresses("a", "b", "A:19530"),
            "addresses has an address twice: A:19530",
            "withConnections"),
        Wrong.of(
            b -> b.withAddresses("x.global-cluster.example.com", "b"),
            "addresses is a Zilliz global cluster",
            "give the address of its primary cluster"),
        Wrong.of(
            b -> b.withAddresses("a", "http://b").withTls(),
            "addresses http://b:19530 contradicts TLS"),
        Wrong.of(
            b -> b.withAddresses("http://a", "https://b"),
            "addresses http://a:19530 contradicts TLS"),
        Wrong.of(b -> b.withCredentials(null), "credentials must not be null"),
        Wrong.of(b -> b.withRequestHeaders(null), "requestHeaders must not be null"),
        Wrong.of(b -> b.withAuth("root:secret", "pw"), "user must not contain a colon: root:..."),
        Wrong.of(b -> b.withAuth("a@secret:b", "pw"), "user must not contain a colon: (not"),
        Wrong.of(b -> b.withStandbyAddresses((String[]) null), "standbyAddresses must not be null"),
        Wrong.of(b -> b.withStandbyAddresses("second", null), "standbyAddresses must not be null"),
        Wrong.of(b -> b.withStandbyAddresses("second", " "), "standbyAddresses must not be blank"),
        Wrong.of(b -> b.withStandbyAddresses("a_b"), "standbyAddresses has a host", "a_b"),
        Wrong.of(b -> b.withAuth(null, "secret"), "user must not be null"),
        Wrong.of(b -> b.withAuth(" ", "secret"), "user must not be blank"),
        Wrong.of(b -> b.withAuth("root", null), "password must not be null", "may be empty"),
        Wrong.of(b -> b.withApiKey(null), "apiKey must not be null or blank"),
        Wrong.of(b -> b.withApiKey(" "), "apiKey must not be null or blank"),
        Wrong.of(b -> b.withDatabase(null), "database must not be null", "leave it out"),
        Wrong.of(b -> b.withDatabase(" "), "database must not be blank", "leave it out"),
        Wrong.of(b -> b.withTls(null), "tls must not be null", "withTls()"),
        Wrong.of(
            b -> b.withAddress("http://milvus").withTls(),
            "address http://milvus:19530 contradicts TLS",
            "write https://milvus:19530"),
        Wrong.of(
            b -> b.withAddress("https://milvus").withStandbyAddresses("http://second:1"),
            "standbyAddresses http://second:1 contradicts TLS",
            "write https://second:1"),
        Wrong.of(
            b -> b.withAddress("http://milvus:1").withStandbyAddresses("https://second"),
            "address http://milvus:1 contradicts TLS"),
        Wrong.of(b -> b.withRetry(-1, SECOND), "maxRetries must be at least 0: -1"),
        Wrong.of(b -> b.withConnections(0), "connections must be at least 1: 0"),
        Wrong.of(b -> b.withConnections(-7), "connections must be at least 1: -7"),
        Wrong.of(
            b -> b.withReconnectBackoff(SECOND, Duration.ofMillis(100)),
            "reconnectBackoffMin PT1S must not be above reconnectBackoffMax PT0.1S"));
  }

  @ParameterizedTest
  @MethodSource("wrongValues")
  void aWrongValueIsToldByBuildAndNotBefore(Wrong wrong) {
    ClientOptions.Builder builder = wrong.set.apply(ClientOptions.builder());

    assertThatThrownBy(builder::build)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll(wrong.told.toArray(String[]::new))
        .message()
        .doesNotContain("secret");
  }

  @ParameterizedTest
  @MethodSource("wrongValues")
  void aWrongValueThatIsCorrectedDoesNoHarm(Wrong wrong) {
    ClientOptions.Builder builder = wrong.set.apply(ClientOptions.builder());

    builder
        .withAddress("milvus")
        .withStandbyAddresses()
        .withAuth("root", "")
        .withDatabase("books")
        .withRequestHeaders(Map::of)
        .withTls(TlsOptions.builder().build())
        .withRetry(1, SECOND)
        .withConnections(1)
        .withReconnectBackoff(SECOND, SECOND);

    assertThat(builder.build().address()).isEqualTo("milvus:19530");
  }

  @Test
  void allErrorsAreToldAtOnce() {
    assertThatThrownBy(
            () ->
                ClientOptions.builder()
                    .withAddress("root:secret@milvus")
                    .withStandbyAddresses("milvus/books")
                    .withAuth("", "secret")
                    .withDatabase("")
                    .withTls(null)
                    .withRetry(-1, null)
                    .withConnectTimeout(Duration.ZERO)
                    .withConnections(0)
                    .build())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll(
            "address must not hold credentials",
            "standbyAddresses must not have a path: milvus/books",
            "user must not be blank",
            "database must not be blank",
            "tls must not be null",
            "maxRetries must be at least 0: -1",
            "maxRetryBackoff must not be null",
            "connectTimeout must be above zero: PT0S",
            "connections must be at least 1: 0")
        .message()
        .doesNotContain("secret");
  }
}
