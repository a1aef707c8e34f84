package dev.milvuspool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.milvuspool.Events.Kind;
import dev.milvuspool.scripted.ScriptedMilvus;
import io.milvus.v2.service.database.request.CreateDatabaseReq;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The moment at which a server dies: who hears of it, and what becomes of calls that begin then.
 */
@Timeout(90)
class ServerDeathTest {
  /** Before keepalive pings could notice (10 s), with which these tests have nothing to do. */
  private static final Duration SOON = Duration.ofSeconds(5);

  /** What no call takes that only finds its server dead: no deadline, no drain. */
  private static final Duration NO_WAIT = Duration.ofSeconds(3);

  private final ScriptedMilvus server = ClientOperation.server();
  private final Events events = new Events();
  private final MilvusPool pool = MilvusPool.builder().withListener(events).build();

  @AfterEach
  void close() {
    pool.close();
    server.close();
  }

  private Client add(UnaryOperator<ClientOptions.Builder> more) {
    return pool.add("main", more.apply(ClientOperation.options(server)).build());
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 4})
  void anIdleClientIsDownAndUpAgainWithoutACallOrAHealthCheck(int connections) {
    Client client = add(options -> options.withConnections(connections));

    for (int deaths = 1; deaths <= 3; deaths++) {
      int times = deaths;
      server.kill();
      await().atMost(SOON).until(() -> client.state() == ClientState.DOWN);
      assertThat(pool.stats().clients().get("main").connections()).isZero();

      server.restart();
      await().atMost(SOON).until(() -> client.state() == ClientState.UP);
      await().atMost(SOON).until(() -> events.of(Kind.UP).size() == times);
    }

    assertThat(events.of(Kind.DOWN)).hasSize(3);
  }

  @Test
  void aTransportThatIsResetWhileIdleIsNoOutage() {
    Client client = add(options -> options);
    server.resetCounts();

    server.dropConnections();

    await().until(() -> pool.stats().clients().get("main").reconnects() == 1);
    server.awaitTransports(1, SOON);
    assertThat(client.listCollections()).contains("items");
    assertThat(client.state()).isEqualTo(ClientState.UP);
    assertThat(events.lifeOf("main")).containsExactly(Kind.ADDED);
  }

  @Test
  void theNextResetIsNoticedToo() {
    Client client = add(options -> options);
    server.dropConnections();
    server.awaitTransports(1, SOON);

    server.kill();

    await().atMost(SOON).until(() -> client.state() == ClientState.DOWN);
  }

  @ParameterizedTest
  @MethodSource("dev.milvuspool.ClientOperation#writes")
  void aWriteThatFindsItsChannelDeadIsToldThatItWasNotSent(ClientOperation write) {
    Client client = add(options -> options);
    breakChannels(client);

    assertThatThrownBy(() -> write.on(client))
        .isInstanceOfSatisfying(
            ClientUnavailableException.class, e -> assertThat(e.outcomeUnknown()).isFalse())
        .hasMessageContaining("was not sent");
    assertThat(client.state()).isEqualTo(ClientState.DOWN);
    assertThat(events.of(Kind.RETRY)).isEmpty();
  }

  @Test
  void theOutcomeIsUnknownWhereAWriteBeforeWasSent() {
    Client client = add(options -> options);

    assertThatThrownBy(
            () ->
                client.call(
                    sdk -> {
                      sdk.createDatabase(CreateDatabaseReq.builder().databaseName("new").build());
                      breakChannels(client);
                      return sdk.listCollections();
                    }))
        .isInstanceOfSatisfying(
            ClientUnavailableException.class, e -> assertThat(e.outcomeUnknown()).isTrue());
  }

  @Test
  void aWriteThatFindsItsChannelDeadAndMayWaitIsSentAfterTheRecovery() {
    Client client = add(options -> options.withWaitForReady(true));
    breakChannels(client);
    Thread writer = new Thread(() -> client.insert("items", Samples.rows(1, 2)));
    writer.start();
    await().atMost(SOON).until(() -> client.state() == ClientState.DOWN);

    server.restart();

    await().atMost(SOON).until(() -> !writer.isAlive());
    assertThat(server.executed("Insert")).isEqualTo(1);
    assertThat(events.of(Kind.RETRY)).isEmpty();
  }

  /** The server dies. */
  private void breakChannels(Client client) {
    server.kill();
    await().atMost(SOON).until(() -> client.state() == ClientState.DOWN);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void whatIsToldOfAWriteIsTrueWheneverItsServerDies(boolean waitForReady) {
    Client client = add(options -> options.withWaitForReady(waitForReady).withConnections(2));
    Map<String, Outcome> outcomes = new ConcurrentHashMap<>();
    AtomicInteger number = new AtomicInteger();
    Runnable write =
        () -> {
          String database = "d" + number.incrementAndGet();
          Outcome outcome = Outcome.of(() -> client.createDatabase(database));
          outcomes.put(database, outcome);
          if (outcome.failure() != null) {
            await().until(() -> client.state() == ClientState.UP);
          }
        };

    try (Load load = Load.of(16, write)) {
      for (int deaths = 1; deaths <= 8; deaths++) {
        load.awaitMore(100);
        server.kill();
        await().atMost(SOON).until(() -> client.state() == ClientState.DOWN);
        server.restart();
      }
      load.awaitMore(100);
      load.stopUnharmed();
    }

    List<String> carriedOut = client.listDatabases();
    outcomes.forEach(
        (database, outcome) -> {
          assertThat(outcome.elapsed()).as(database).isLessThan(NO_WAIT);
          if (outcome.failure() == null) {
            assertThat(carriedOut).contains(database);
          } else {
            assertThat(outcome.failure()).isInstanceOf(ClientUnavailableException.class);
            if (!((ClientUnavailableException) outcome.failure()).outcomeUnknown()) {
              assertThat(waitForReady).isFalse();
              assertThat(carriedOut).doesNotContain(database);
            }
          }
        });
    assertThat(events.of(Kind.RETRY)).isEmpty();
  }
}
