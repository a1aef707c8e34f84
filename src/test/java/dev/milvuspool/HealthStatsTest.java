package dev.milvuspool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.milvuspool.scripted.Hold;
import dev.milvuspool.scripted.ScriptedMilvus;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What an operator can ask: numbers without the network, and health with it. */
@Timeout(120)
class HealthStatsTest {
  private static final Duration SOON = Duration.ofSeconds(20);

  private final ScriptedMilvus server = ClientOperation.server();
  private final MilvusPool pool = MilvusPool.create();
  private final ExecutorService threads = Executors.newCachedThreadPool();

  @AfterEach
  void close() {
    threads.shutdownNow();
    server.close();
    pool.close();
  }

  private ClientOptions.Builder options() {
    return ClientOptions.builder()
        .withAddress(server.address())
        .withRetry(0, Duration.ZERO)
        .withDrainTimeout(Duration.ZERO)
        .withHealthCheckInterval(Duration.ZERO);
  }

  private void goDown(Client client) {
    server.kill();
    await().atMost(SOON).until(() -> Outcome.of(client::listCollections).failure() != null);
    await().atMost(SOON).until(() -> client.state() == ClientState.DOWN);
  }

  // ---- stats

  @Test
  void statsCountWhatAUserCalled() {
    Client client = pool.add("main", options().withRetry(2, Duration.ZERO).build());
    client.hasCollection("items");
    server.reject("Insert", 8, "rate limit", 1);
    ClientOperation.INSERT.on(client);
    server.reject("HasCollection", 1100, "no", 1);
    assertThat(Outcome.of(() -> client.hasCollection("items")).failure()).isNotNull();

    ClientStats stats = pool.stats().clients().get("main");

    assertThat(stats.name()).isEqualTo("main");
    assertThat(stats.state()).isEqualTo(ClientState.UP);
    assertThat(stats.since()).isBefore(Instant.now().plusMillis(1));
    assertThat(stats.connections()).isOne();
    assertThat(stats.inFlight()).isZero();
    assertThat(stats.calls()).isEqualTo(3);
    assertThat(stats.failures()).isOne();
    assertThat(stats.retries()).isOne();
    assertThat(stats.reconnects()).isZero();
  }

  @Test
  void statsShowCallsInFlightAlsoOnADrainingConnection() {
    Client client = pool.add("main", options().withDrainTimeout(SOON).build());
    try (Hold hold = server.hold("Search")) {
      Future<?> call = threads.submit(() -> ClientOperation.SEARCH.on(client));
      hold.awaitCalls(1, SOON);
      assertThat(pool.stats().clients().get("main").inFlight()).isOne();

      pool.replace("main", options().withConnections(2).build());

      assertThat(pool.stats().clients().get("main").inFlight()).isOne();
      assertThat(pool.stats().clients().get("main").connections()).isEqualTo(2);
      hold.close();
      assertThat(call).succeedsWithin(SOON);
    }
    await().atMost(SOON).until(() -> pool.stats().clients().get("main").inFlight() == 0);
  }

  @Test
  void statsShowAnOutageAndTheReconnect() {
    Client client = pool.add("main", options().build());
    Instant up = pool.stats().clients().get("main").since();
    goDown(client);

    ClientStats down = pool.stats().clients().get("main");
    assertThat(down.state()).isEqualTo(ClientState.DOWN);
    assertThat(down.since()).isAfterOrEqualTo(up);
    assertThat(down.connections()).isZero();

    server.restart();
    await().atMost(SOON).until(() -> client.state() == ClientState.UP);
    ClientStats again = pool.stats().clients().get("main");
    assertThat(again.reconnects()).isOne();
    assertThat(again.since()).isAfterOrEqualTo(down.since());
  }

  @Test
  void statsAskNoServerAndAreThereAfterTheClosing() {
    pool.add("main", options().build());
    server.blackhole();

    assertThat(pool.stats().clients()).containsOnlyKeys("main");
    pool.close();
    assertThat(pool.stats().clients()).isEmpty();
  }

  @Test
  void statsCanBeReadByAnOperator() {
    pool.add("read", options().build()).hasCollection("items");
    pool.add("write", options().build());

    assertThat(pool.stats().toString().lines().toList())
        .satisfiesExactly(
            first -> assertThat(first).isEqualTo("PoolStats of 2 clients"),
            read -> assertThat(read).contains("read", "UP", "calls=1"),
            write -> assertThat(write).contains("write", "UP", "calls=0"));
    assertThat(pool.get("read").toString()).contains("read", server.address(), "UP since");
    assertThat(pool.toString()).isEqualTo("MilvusPool[read, write]");
  }

  // ---- health

  @Test
  void theHealthOfAClientThatIsUp() {
    pool.add("main", options().build());

    ClientHealth health = pool.health().get("main");

    assertThat(health.healthy()).isTrue();
    assertThat(health.name()).isEqualTo("main");
    assertThat(health.address()).isEqualTo(server.address());
    assertThat(health.state()).isEqualTo(ClientState.UP);
    assertThat(health.serverVersion()).isEqualTo(ScriptedMilvus.VERSION);
    assertThat(health.latency()).isPositive();
    assertThat(health.lastError()).isNull();
    assertThat(pool.get("main").health().healthy()).isTrue();
  }

  @Test
  void theHealthOfAClientThatIsDownSaysSinceWhenAndWhy() {
    Client client = pool.add("main", options().build());
    client.health();
    goDown(client);
    await().atMost(SOON).until(() -> client.health().lastError() instanceof ClientConnectException);

    ClientHealth health = client.health();

    assertThat(health.healthy()).isFalse();
    assertThat(health.state()).isEqualTo(ClientState.DOWN);
    assertThat(health.latency()).isNull();
    assertThat(health.serverVersion()).as("as it was").isEqualTo(ScriptedMilvus.VERSION);
    assertThat(((ClientConnectException) health.lastError()).reason())
        .isEqualTo(ClientConnectException.Reason.REFUSED);
  }

  @Test
  void aProbeThatIsNotAnsweredSaysSo() {
    Client client = pool.add("main", options().build());
    server.stall("GetVersion");

    ClientHealth health = client.health(Duration.ofMillis(100));

    assertThat(health.healthy()).isFalse();
    assertThat(health.state()).isEqualTo(ClientState.UP);
    assertThat(health.latency()).isNull();
    assertThat(health.lastError())
        .isInstanceOf(ClientTimeoutException.class)
        .hasMessageContainingAll("main", server.address(), "100 ms");
  }

  @Test
  void aProbeWhoseConnectionIsReplacedAsksOnTheNewOne() {
    Client client = pool.add("main", options().build());
    Future<ClientHealth> health;
    try (Hold hold = server.hold("GetVersion")) {
      health = threads.submit(() -> client.health(SOON));
      hold.awaitCalls(1, SOON);

      pool.replace("main", options().build());
    }

    assertThat(health)
        .succeedsWithin(SOON)
        .satisfies(
            each -> {
              assertThat(each.lastError()).isNull();
              assertThat(each.healthy()).isTrue();
            });
  }

  @Test
  void aProbeThatTheServerRefusesIsAnswered() {
    Client client = pool.add("main", options().build());
    server.reject("GetVersion", 1, "not for you", ScriptedMilvus.ALWAYS);

    assertThat(client.health().healthy()).isTrue();
  }

  @Test
  void aHundredClientsOfWhichHalfAreSilentAreAskedWithinTheTimeout() {
    ScriptedMilvus silent = ScriptedMilvus.start();
    try {
      for (int i = 0; i < 50; i++) {
        pool.add("live" + i, options().build());
        pool.add("dead" + i, options().withAddress(silent.address()).build());
      }
      silent.blackhole();
      Duration timeout = Duration.ofSeconds(3);

      Outcome outcome =
          Outcome.of(
              () -> {
                Map<String, ClientHealth> health = pool.health(timeout);

                assertThat(health).hasSize(100);
                health.forEach(
                    (name, each) ->
                        assertThat(each.healthy()).as(name).isEqualTo(name.startsWith("live")));
              });

      assertThat(outcome.failure()).isNull();
      assertThat(outcome.elapsed()).isLessThan(timeout.plusMillis(1_500));
    } finally {
      silent.close();
    }
  }

  @Test
  void healthOfNothingIsNothingAndOfAClosedPoolAnError() {
    assertThat(pool.health()).isEmpty();
    Client client = pool.add("main", options().build());

    assertThatIllegalArgumentException()
        .isThrownBy(() -> pool.health(Duration.ZERO))
        .withMessageContaining("timeout");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> client.health(Duration.ofMillis(-1)))
        .withMessageContaining("timeout");
    pool.close();
    assertThatThrownBy(pool::health).isInstanceOf(PoolClosedException.class);
    assertThatThrownBy(client::health).isInstanceOf(ClientClosedException.class);
  }

  @Test
  void aLazyClientThatReachesNobodyIsNotHealthyAndSaysWhy() {
    server.kill();
    Client client = pool.add("main", options().withLazyConnect().build());

    ClientHealth first = client.health();
    ClientHealth next = pool.health().get("main");

    for (ClientHealth health : List.of(first, next)) {
      assertThat(health.healthy()).isFalse();
      assertThat(health.latency()).isNull();
      assertThat(health.lastError())
          .isInstanceOfSatisfying(
              ClientConnectException.class,
              reason ->
                  assertThat(reason.reason()).isEqualTo(ClientConnectException.Reason.REFUSED))
          .hasMessageContaining(server.address());
    }
  }

  @Test
  void aLazyClientOfASilentServerIsNotHealthyAndSaysSoInTime() {
    server.blackhole();
    Client client = pool.add("main", options().withLazyConnect().build());

    Outcome asking =
        Outcome.of(
            () -> {
              ClientHealth health = client.health(Duration.ofMillis(300));
              assertThat(health.healthy()).isFalse();
              assertThat(health.lastError()).isInstanceOf(ClientTimeoutException.class);
            });

    assertThat(asking.failure()).isNull();
    assertThat(asking.elapsed()).isLessThan(Duration.ofSeconds(3));
  }
}
