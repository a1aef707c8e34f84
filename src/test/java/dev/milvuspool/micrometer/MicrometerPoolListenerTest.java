package dev.milvuspool.micrometer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.milvuspool.Client;
import dev.milvuspool.ClientClosedException;
import dev.milvuspool.ClientOptions;
import dev.milvuspool.ClientState;
import dev.milvuspool.ClientTimeoutException;
import dev.milvuspool.MilvusPool;
import dev.milvuspool.MilvusPoolException;
import dev.milvuspool.scripted.Hold;
import dev.milvuspool.scripted.ScriptedMilvus;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.milvus.v2.exception.ErrorCode;
import io.milvus.v2.exception.MilvusClientException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The meters of a pool's clients: their names, what they say, and when they come and go. */
@Timeout(60)
class MicrometerPoolListenerTest {
  private static final Duration SOON = Duration.ofSeconds(20);

  private final ScriptedMilvus server = ScriptedMilvus.start().collection("items", 4);
  private final MeterRegistry registry = new SimpleMeterRegistry();
  private final ExecutorService threads = Executors.newCachedThreadPool();

  @AfterEach
  void close() {
    threads.shutdownNow();
    server.close();
    registry.close();
  }

  private static MilvusPool poolTelling(MeterRegistry registry) {
    return MilvusPool.builder().withListener(new MicrometerPoolListener(registry)).build();
  }

  private ClientOptions.Builder options() {
    return ClientOptions.builder()
        .withAddress(server.address())
        .withRetry(0, Duration.ZERO)
        .withDrainTimeout(Duration.ofSeconds(5))
        .withReconnectBackoff(Duration.ofMillis(10), Duration.ofMillis(50));
  }

  private Timer timer(String operation, String outcome) {
    return registry
        .get("milvus.client.operation")
        .tags("client", "main", "operation", operation, "outcome", outcome)
        .timer();
  }

  private double gauge(String name) {
    return registry.get(name).tag("client", "main").gauge().value();
  }

  private double counter(String name) {
    return registry.get(name).tag("client", "main").functionCounter().count();
  }

  @Test
  void theMetersOfAClientAreThereFromTheStart() {
    try (MilvusPool pool = poolTelling(registry)) {
      pool.add("main", options().build());

      assertThat(gauge("milvus.client.up")).isOne();
      assertThat(gauge("milvus.client.in.flight")).isZero();
      assertThat(counter("milvus.client.retries")).isZero();
      assertThat(counter("milvus.client.reconnects")).isZero();
    }
  }

  @Test
  void aCallIsTimedByItsMethodAndOutcome() {
    try (MilvusPool pool = poolTelling(registry)) {
      Client client = pool.add("main", options().build());
      server.delay("HasCollection", Duration.ofMillis(20));
      client.hasCollection("items");
      client.hasCollection("items");

      assertThat(timer("hasCollection", "success").count()).isEqualTo(2);
      assertThat(timer("hasCollection", "success").totalTime(TimeUnit.MILLISECONDS))
          .isGreaterThanOrEqualTo(40);
    }
  }

  @Test
  void aCallThatIsCutOffCountsAsClosed() throws Exception {
    try (MilvusPool pool = poolTelling(registry);
        Hold hold = server.hold("HasCollection")) {
      Client client = pool.add("main", options().withDrainTimeout(Duration.ZERO).build());
      Future<Boolean> call = threads.submit(() -> client.hasCollection("items"));
      hold.awaitCalls(1, SOON);
      List<String> closed = new CopyOnWriteArrayList<>();
      registry
          .config()
          .onMeterRemoved(
              meter -> {
                if ("closed".equals(meter.getId().getTag("outcome"))) {
                  closed.add(String.valueOf(meter.getId().getTag("operation")));
                }
              });

      pool.remove("main");

      assertThatThrownBy(() -> call.get(20, TimeUnit.SECONDS))
          .hasCauseInstanceOf(ClientClosedException.class);
      await().atMost(SOON).untilAsserted(() -> assertThat(closed).containsExactly("hasCollection"));
    }
  }

  @Test
  void otherOutcomesHaveTheirNames() {
    try (MilvusPool pool = poolTelling(registry)) {
      Client client = pool.add("main", options().build());
      server.reject("HasCollection", 1, "no", 1);
      assertThatThrownBy(() -> client.hasCollection("items"))
          .isInstanceOf(MilvusClientException.class);
      assertThat(timer("hasCollection", "server_error").count()).isOne();

      server.stall("HasCollection");
      Client hasty = client.withDeadline(Duration.ofMillis(50));
      assertThatThrownBy(() -> hasty.hasCollection("items")).isNotNull();
      assertThat(timer("hasCollection", "timeout").count()).isOne();
      server.resumeAll();

      server.kill();
      await().atMost(SOON).until(() -> fails(client)); // lost under it, or found down: the same
      assertThat(timer("listCollections", "unavailable").count()).isPositive();
    }
  }

  /** What a call ends with that is neither a success nor an answer of the server. */
  static Stream<Arguments> failuresOfTheApplication() {
    return Stream.of(
        arguments(new IllegalStateException("the function's own"), "server_error"),
        arguments(new AssertionError("the function's own"), "server_error"),
        arguments(new Causeless(), "server_error"),
        arguments(new IllegalStateException(timeout()), "timeout"),
        arguments(
            new IllegalStateException(new MilvusClientException(ErrorCode.SERVER_ERROR, "no")),
            "server_error"),
        arguments(
            new MilvusPoolException("the supplier failed", "main", null, null), "unavailable"));
  }

  private static final class Causeless extends RuntimeException {
    private static final long serialVersionUID = 1L;

    @Override
    public synchronized Throwable getCause() {
      throw new IllegalStateException("no cause");
    }
  }

  private static Throwable timeout() {
    return new ClientTimeoutException("late", "main", "localhost:19530", null);
  }

  @ParameterizedTest
  @MethodSource("failuresOfTheApplication")
  void whatTheApplicationThrowsIsNoErrorOfTheServer(Throwable failure, String outcome) {
    try (MilvusPool pool = poolTelling(registry)) {
      Client client = pool.add("main", options().build());

      assertThatThrownBy(
              () ->
                  client.call(
                      sdk -> {
                        if (failure instanceof Error error) {
                          throw error;
                        }
                        throw (RuntimeException) failure;
                      }))
          .isSameAs(failure);

      assertThat(timer("call", outcome).count()).isOne();
      assertThat(registry.get("milvus.client.operation").timers()).hasSize(1);
    }
  }

  @Test
  void aFailedSupplierMakesACallUnavailable() {
    try (MilvusPool pool = poolTelling(registry)) {
      AtomicBoolean fails = new AtomicBoolean();
      Client client =
          pool.add(
              "main",
              options()
                  .withRequestHeaders(
                      () -> {
                        if (fails.get()) {
                          throw new IllegalStateException("no trace");
                        }
                        return Map.of();
                      })
                  .build());
      fails.set(true);

      assertThat(fails(client)).isTrue();

      assertThat(timer("listCollections", "unavailable").count()).isOne();
      assertThat(registry.get("milvus.client.operation").timers()).hasSize(1);
    }
  }

  private static boolean fails(Client client) {
    try {
      client.listCollections();
      return false;
    } catch (RuntimeException e) {
      return true;
    }
  }

  @Test
  void callsInFlightAreSeen() throws Exception {
    try (MilvusPool pool = poolTelling(registry);
        Hold hold = server.hold("HasCollection")) {
      Client client = pool.add("main", options().build());
      Future<Boolean> call = threads.submit(() -> client.hasCollection("items"));
      hold.awaitCalls(1, SOON);

      assertThat(gauge("milvus.client.in.flight")).isOne();

      hold.close();
      assertThat(call.get(20, TimeUnit.SECONDS)).isTrue();
      await().atMost(SOON).until(() -> gauge("milvus.client.in.flight") == 0);
    }
  }

  @Test
  void anOutageARetryAndAReconnectAreSeen() {
    try (MilvusPool pool = poolTelling(registry)) {
      Client client = pool.add("main", options().withRetry(1, Duration.ZERO).build());
      server.reject("HasCollection", 8, "rate limit", 1);
      client.hasCollection("items");
      assertThat(counter("milvus.client.retries")).isOne();

      server.kill();
      await().atMost(SOON).until(() -> fails(client) && client.state() == ClientState.DOWN);
      assertThat(gauge("milvus.client.up")).isZero();
      server.restart();

      await().atMost(SOON).until(() -> gauge("milvus.client.up") == 1);
      await().until(() -> counter("milvus.client.reconnects") == 1);
    }
  }

  @Test
  void aRemovedClientsMetersGoAfterItsLastCall() throws Exception {
    try (MilvusPool pool = poolTelling(registry);
        Hold hold = server.hold("HasCollection")) {
      Client client = pool.add("main", options().build());
      pool.add("other", options().build());
      Future<Boolean> call = threads.submit(() -> client.hasCollection("items"));
      hold.awaitCalls(1, SOON);

      pool.remove("main");

      assertThat(gauge("milvus.client.in.flight")).isOne();
      hold.close();
      assertThat(call.get(20, TimeUnit.SECONDS)).isTrue();
      await().atMost(SOON).until(() -> metersOf("main").isEmpty());
      assertThat(metersOf("other")).hasSize(4);
    }
    assertThat(registry.getMeters()).isEmpty();
  }

  private List<Meter> metersOf(String client) {
    return registry.getMeters().stream()
        .filter(meter -> client.equals(meter.getId().getTag("client")))
        .toList();
  }

  @Test
  void aNameThatIsUsedAgainHasFreshMeters() {
    try (MilvusPool pool = poolTelling(registry)) {
      pool.add("main", options().build()).hasCollection("items");
      pool.remove("main");
      await().atMost(SOON).until(() -> metersOf("main").isEmpty());
      pool.add("main", options().build());

      assertThat(metersOf("main")).hasSize(4);
      assertThat(gauge("milvus.client.up")).isOne();
    }
  }

  @Test
  void aNameThatIsUsedAgainDuringTheDrainHasItsMetersAfterIt() throws Exception {
    try (MilvusPool pool = poolTelling(registry)) {
      Client old = pool.add("main", options().withDrainTimeout(SOON).build());
      try (Hold hold = server.hold("HasCollection")) {
        CompletableFuture<Boolean> call =
            CompletableFuture.supplyAsync(() -> old.hasCollection("items"));
        hold.awaitCalls(1, SOON);
        pool.remove("main");
        pool.add("main", options().build());
        hold.release();
        assertThat(call).succeedsWithin(SOON);
      }
      server.awaitTransports(1, SOON); // the old one has ended
      assertThat(fails(old)).isTrue(); // a handle that was kept

      pool.get("main").hasCollection("items");

      assertThat(timer("hasCollection", "success").count()).isOne();
      assertThat(metersOf("main")).hasSize(5);
      assertThat(gauge("milvus.client.up")).isOne();
    }
  }

  @Test
  void metersAreDescribedAndTaggedWithLowCardinality() {
    try (MilvusPool pool = poolTelling(registry)) {
      pool.add("main", options().build()).hasCollection("items");

      assertThat(registry.getMeters())
          .allSatisfy(
              meter -> {
                assertThat(meter.getId().getDescription()).isNotBlank();
                assertThat(meter.getId().getTags())
                    .extracting(tag -> tag.getKey())
                    .isSubsetOf("client", "operation", "outcome");
              });
      assertThat(registry.find("milvus.client.up").gauge()).isInstanceOf(Gauge.class);
    }
  }

  @Test
  void prometheusScrapesThemUnderItsOwnNames() {
    PrometheusMeterRegistry prometheus = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    try (MilvusPool pool = poolTelling(prometheus)) {
      pool.add("main", options().build()).hasCollection("items");

      assertThat(prometheus.scrape().lines())
          .contains(
              "milvus_client_up{client=\"main\"} 1.0",
              "milvus_client_in_flight{client=\"main\"} 0.0",
              "milvus_client_retries_total{client=\"main\"} 0.0",
              "milvus_client_reconnects_total{client=\"main\"} 0.0",
              "milvus_client_operation_seconds_count{client=\"main\",operation=\"hasCollection\","
                  + "outcome=\"success\"} 1");
    }
    assertThat(prometheus.scrape()).doesNotContain("milvus_client");
  }

  @Test
  void aRegistryIsNeeded() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new MicrometerPoolListener(null))
        .withMessage("registry must not be null");
  }
}
