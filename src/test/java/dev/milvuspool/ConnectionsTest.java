package dev.milvuspool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.milvuspool.Events.Kind;
import dev.milvuspool.internal.channel.ServingConnection;
import dev.milvuspool.internal.common.Backoff;
import dev.milvuspool.internal.common.Durations;
import dev.milvuspool.scripted.Hold;
import dev.milvuspool.scripted.ScriptedMilvus;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Several connections behind one client: how they share the load, and how they are renewed. */
@Timeout(60)
class ConnectionsTest {
  private static final Duration SOON = Duration.ofSeconds(15);

  private final ScriptedMilvus server = ClientOperation.server();
  private final Events events = new Events();
  private final MilvusPool pool = MilvusPool.builder().withListener(events).build();
  private final ExecutorService threads = Executors.newCachedThreadPool();

  @AfterEach
  void close() {
    threads.shutdownNow();
    pool.close();
    server.close();
  }

  private Client add(UnaryOperator<ClientOptions.Builder> more) {
    return pool.add("main", more.apply(ClientOperation.options(server)).build());
  }

  private static List<ServingConnection> serving(Client client) {
    return ServingConnection.of(client);
  }

  private static List<Integer> inFlight(Client client) {
    return serving(client).stream().map(ServingConnection::inFlight).sorted().toList();
  }

  private ClientStats stats() {
    return pool.stats().clients().get("main");
  }

  @Test
  void callsAreSpreadEvenly() throws Exception {
    Client client = add(options -> options.withConnections(3));
    try (Hold hold = server.hold("Search")) {
      List<Future<?>> calls = new ArrayList<>();
      for (int i = 0; i < 9; i++) {
        calls.add(threads.submit(() -> ClientOperation.SEARCH.on(client)));
        hold.awaitCalls(i + 1, SOON);
      }

      assertThat(inFlight(client)).containsExactly(3, 3, 3);
      assertThat(server.transports()).isEqualTo(3);
      assertThat(stats().connections()).isEqualTo(3);
      assertThat(stats().inFlight()).isEqualTo(9);
      hold.release();
      for (Future<?> call : calls) {
        call.get(15, TimeUnit.SECONDS);
      }
    }
    assertThat(inFlight(client)).containsExactly(0, 0, 0);
  }

  @Test
  void smallSearchesKeepClearOfABulkInsert() {
    Client client = add(options -> options.withConnections(2));
    try (Hold inserts = server.hold("Insert");
        Hold searches = server.hold("Search")) {
      threads.submit(() -> client.insert("items", Samples.rows(0, 500)));
      inserts.awaitCalls(1, SOON);
      for (int i = 0; i < 6; i++) {
        threads.submit(() -> ClientOperation.SEARCH.on(client));
        searches.awaitCalls(i + 1, SOON);
      }

      assertThat(inFlight(client)).containsExactly(1, 6);
      assertThat(serving(client))
          .extracting(ServingConnection::load)
          .containsExactlyInAnyOrder(500L, 6L);
    }
    await().until(() -> inFlight(client).equals(List.of(0, 0)));
    assertThat(serving(client)).extracting(ServingConnection::load).containsOnly(0L);
  }

  @Test
  void aBrokenOneIsReplacedWhileTheOthersServe() throws Exception {
    Client client = add(options -> options.withConnections(3));
    Set<ServingConnection> before = new HashSet<>(serving(client));
    try (Hold hold = server.hold("Search")) {
      List<Future<?>> calls = new ArrayList<>();
      for (int i = 0; i < 2; i++) {
        calls.add(threads.submit(() -> ClientOperation.SEARCH.on(client)));
        hold.awaitCalls(i + 1, SOON);
      }
      server.dropConnectionBefore("Query", 1);

      ClientOperation.QUERY.on(client);

      await().atMost(SOON).until(() -> stats().connections() == 3);
      assertThat(serving(client)).filteredOn(before::contains).hasSize(2);
      hold.release();
      for (Future<?> call : calls) {
        call.get(15, TimeUnit.SECONDS);
      }
    }
    server.awaitTransports(3, SOON);
    assertThat(events.of(Kind.DOWN)).isEmpty();
    assertThat(stats().retries()).isZero();
    assertThat(stats().reconnects()).isEqualTo(1);
  }

  @Test
  void theClientIsUpWhileOneServesAndDownWhenNoneDoes() {
    Client client = add(options -> options.withConnections(3).withRetry(5, Duration.ofMillis(20)));
    server.refuseConnections();

    server.dropConnectionBefore("Query", 2);
    ClientOperation.QUERY.on(client);

    assertThat(client.state()).isEqualTo(ClientState.UP);
    assertThat(stats().connections()).isEqualTo(1);
    assertThat(events.of(Kind.DOWN)).isEmpty();

    server.dropConnectionBefore("Insert", 1);
    assertThat(Outcome.of(() -> ClientOperation.INSERT.on(client)).failure())
        .isInstanceOf(ClientUnavailableException.class);
    await().until(() -> client.state() == ClientState.DOWN);
    assertThat(stats().connections()).isZero();

    server.acceptConnections();
    await().atMost(SOON).until(() -> stats().connections() == 3);
    await()
        .untilAsserted(
            () ->
                assertThat(events.lifeOf("main")).containsExactly(Kind.ADDED, Kind.DOWN, Kind.UP));
  }

  @Test
  void idleConnectionsAreRenewedAtTheirAgeToo() {
    Client client =
        add(options -> options.withConnections(2).withMaxConnectionAge(Duration.ofMillis(300)));
    Set<ServingConnection> before = new HashSet<>(serving(client));

    await().atMost(SOON).until(() -> serving(client).stream().noneMatch(before::contains));

    assertThat(stats().connections()).isEqualTo(2);
    assertThat(stats().reconnects()).isGreaterThanOrEqualTo(2);
    assertThat(events.lifeOf("main")).containsExactly(Kind.ADDED);
  }

  /** Not before four fifths of it; how soon after the whole is asserted of the best of four. */
  @Test
  void underLoadTheyAreRenewedAtTheirAgeWithoutAFailedCall() {
    Duration age = Duration.ofMillis(600);
    server.delay("ShowCollections", Duration.ofMillis(5));
    long lastAt = System.nanoTime();
    Client client = add(options -> options.withMaxConnectionAge(age).withRetry(0, Duration.ZERO));
    List<Duration> ages = new ArrayList<>();

    try (Load load = Load.of(4, client::listCollections)) {
      for (int swap = 1; swap <= 4; swap++) {
        int swaps = swap;
        await()
            .atMost(SOON)
            .pollInterval(Duration.ofMillis(5))
            .until(() -> stats().reconnects() >= swaps);
        ages.add(Durations.since(lastAt));
        lastAt = System.nanoTime();
      }
      load.stopUnharmed();
    }

    assertThat(ages.get(0)).isGreaterThanOrEqualTo(age.multipliedBy(4).dividedBy(5));
    assertThat(ages).anySatisfy(each -> assertThat(each).isLessThan(age.plusMillis(500)));
    await().atMost(SOON).until(() -> server.transports() <= 2);
    assertThat(events.lifeOf("main")).containsExactly(Kind.ADDED);
  }

  @Test
  void anAgedConnectionServesOnWhileNoneCanTakeItsPlace() {
    Client client = add(options -> options.withMaxConnectionAge(Duration.ofMillis(300)));
    List<ServingConnection> before = serving(client);
    server.refuseConnections();

    await().atMost(SOON).until(() -> events.of(Kind.CONNECT_FAILED).size() >= 3);

    assertThat(serving(client)).isEqualTo(before);
    assertThat(client.listCollections()).contains("items");
    assertThat(events.of(Kind.DOWN)).isEmpty();

    server.acceptConnections();
    await().atMost(SOON).until(() -> !serving(client).equals(before));
    server.awaitTransports(1, SOON);
  }

  @Test
  void agesAreSpreadBetweenFourFifthsAndTheWhole() {
    Random random = new Random(7);
    Duration age = Duration.ofMinutes(10);
    List<Duration> drawn = new ArrayList<>();
    for (int i = 0; i < 1_000; i++) {
      drawn.add(Backoff.spread(age, random));
    }

    assertThat(drawn)
        .allSatisfy(each -> assertThat(each).isBetween(Duration.ofMinutes(8), age))
        .anySatisfy(each -> assertThat(each).isLessThan(Duration.ofSeconds(500)))
        .anySatisfy(each -> assertThat(each).isGreaterThan(Duration.ofSeconds(580)));
  }

  /** Swaps that follow each other faster than the interval must not put the checks off. */
  @Test
  void aConnectionIsCheckedThoughItsSiblingIsSwappedAllTheTime() {
    try (ScriptedMilvus flapping = ClientOperation.server()) {
      Client client =
          pool.add(
              "checked",
              ClientOptions.builder()
                  .withAddresses(server.address(), flapping.address())
                  .withHealthCheckInterval(Duration.ofMillis(400))
                  .withReconnectBackoff(Duration.ofMillis(10), Duration.ofMillis(20))
                  .build());
      server.awaitTransports(1, SOON);
      long before = server.calls("GetVersion");

      await()
          .pollInterval(Duration.ofMillis(50))
          .atMost(SOON)
          .until(
              () -> {
                flapping.dropConnections();
                return server.calls("GetVersion") >= before + 3
                    && pool.stats().clients().get("checked").reconnects() > 5;
              });
      assertThat(client.state()).isEqualTo(ClientState.UP);
    }
  }

  @Test
  void anIntervalThatIsReplacedHoldsAtOnceAndReplacesDoNotPutTheChecksOff() {
    Client client =
        pool.add("checked", o -> o.withAddress(server.address()).withHealthCheckInterval(SOON));
    ClientOptions often =
        client.options().toBuilder().withHealthCheckInterval(Duration.ofMillis(100)).build();
    long before = server.calls("GetVersion");

    pool.replace("checked", often);

    server.awaitCalls("GetVersion", before + 3, Duration.ofSeconds(10));
  }
}
