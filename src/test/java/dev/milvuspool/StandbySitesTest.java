package dev.milvuspool;

import static dev.milvuspool.scripted.ScriptedMilvus.ALWAYS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.milvuspool.Events.Kind;
import dev.milvuspool.scripted.ScriptedMilvus;
import java.time.Duration;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** All connections of a client are with the addresses, or with one standby, never with both. */
@Timeout(90)
class StandbySitesTest {
  private static final Duration SOON = Duration.ofSeconds(20);

  private final ScriptedMilvus first = ScriptedMilvus.start();
  private final ScriptedMilvus standby =
      ScriptedMilvus.builder().maxConnectionAge(Duration.ofSeconds(2)).start();
  private final ScriptedMilvus last = ScriptedMilvus.start();
  private final Events events = new Events();
  private final MilvusPool pool = MilvusPool.builder().withListener(events).build();

  @AfterEach
  void close() {
    pool.close();
    List.of(first, standby, last).forEach(ScriptedMilvus::close);
  }

  private Client add(ScriptedMilvus second, UnaryOperator<ClientOptions.Builder> more) {
    return pool.add(
        "main",
        more.apply(
                ClientOptions.builder()
                    .withAddress(first.address())
                    .withStandbyAddresses(second.address())
                    .withConnections(2)
                    .withConnectTimeout(Duration.ofSeconds(3))
                    .withReconnectBackoff(Duration.ofMillis(20), Duration.ofMillis(200)))
            .build());
  }

  @Test
  void aLostConnectionOfTwoIsDialledAgainAtTheSameStandby() {
    first.kill();
    Client client = add(last, options -> options);
    assertThat(last.transports()).isEqualTo(2);
    first.restart();
    first.resetCounts();

    for (int i = 0; i < 5; i++) {
      long ever = last.transportsEver();
      last.dropConnectionBefore("Search", 1);
      last.collection("items", Samples.DIMENSION);
      ClientOperation.SEARCH.on(client);
      await().atMost(SOON).until(() -> last.transportsEver() > ever && last.transports() == 2);
    }

    assertThat(first.acceptedConnections()).isZero();
    assertThat(client.health().address()).isEqualTo(last.address());
    assertThat(events.lifeOf("main")).containsExactly(Kind.ADDED);
  }

  @Test
  void ageingNeverReturnsToTheFirst() {
    first.kill();
    Client client = add(last, options -> options.withMaxConnectionAge(Duration.ofMillis(300)));
    first.restart();
    first.resetCounts();

    await().atMost(SOON).until(() -> last.transportsEver() >= 12);

    assertThat(first.acceptedConnections()).isZero();
    assertThat(client.health().address()).isEqualTo(last.address());
  }

  @Test
  void healthChecksNeverReturnToTheFirst() {
    first.kill();
    Client client = add(last, options -> options.withHealthCheckInterval(Duration.ofMillis(100)));
    first.restart();
    first.resetCounts();

    last.awaitCalls("GetVersion", 20, SOON);

    assertThat(first.acceptedConnections()).isZero();
    assertThat(client.health().address()).isEqualTo(last.address());
  }

  /** GOAWAY: the standby is not down, it only asks for another transport. */
  @Test
  void aStandbyThatAsksForAnotherTransportKeepsItsClient() {
    first.kill();
    Client client = add(standby, options -> options.withConnections(1));
    first.restart();
    first.resetCounts();

    await()
        .atMost(SOON)
        .until(
            () -> {
              client.listCollections();
              return standby.transportsEver() >= 3 || first.transports() > 0;
            });

    assertThat(first.acceptedConnections()).isZero();
    assertThat(client.health().address()).isEqualTo(standby.address());
    assertThat(events.lifeOf("main")).containsExactly(Kind.ADDED);
  }

  /** Its proxy answers, its coordinators do not: Connect needs them, GetVersion does not. */
  @Test
  void aFirstThatAnswersProbesButNotConnectLeavesItsPlaceToTheStandby() {
    first.reject("Connect", 1, "service not ready", ALWAYS);

    Client added = add(last, options -> options);

    assertThat(added.health().address()).isEqualTo(last.address());
    assertThat(first.transports()).isZero();
  }

  @Test
  void aFirstThatHangsInConnectAfterALossLeavesItsPlaceToTheStandby() {
    Client client = add(last, options -> options);
    assertThat(client.health().address()).isEqualTo(first.address());
    first.stall("Connect");

    first.dropConnections();

    await().atMost(SOON).until(() -> last.transports() == 2);
    assertThat(client.listCollections()).isNotNull();
    assertThat(client.health().address()).isEqualTo(last.address());
  }

  @Test
  void aFirstThatRejectsConnectAfterALossLeavesItsPlaceToTheStandby() {
    Client client = add(last, options -> options);
    first.reject("Connect", 1, "service not ready", ALWAYS);

    first.dropConnections();

    await().atMost(SOON).until(() -> last.transports() == 2);
    assertThat(client.listCollections()).isNotNull();
    assertThat(client.health().address()).isEqualTo(last.address());
  }

  /** That many clients come at once is no reason to leave the first. */
  @Test
  void ourOwnLimitsMoveNobodyToTheStandby() {
    for (int i = 0; i < 100; i++) {
      pool.add(
          "c" + i,
          options -> options.withAddress(first.address()).withStandbyAddresses(last.address()));
    }

    first.dropConnections();

    await().atMost(SOON).until(() -> first.transports() == 100);
    assertThat(last.acceptedConnections()).isZero();
    assertThat(events.of(Kind.DOWN)).isEmpty();
  }

  @Test
  void anErrorNamesEachAddressWithItsReason() {
    first.kill();
    last.reject("Connect", 1, "service not ready", ALWAYS);

    assertThatThrownBy(() -> add(last, options -> options))
        .isInstanceOf(ClientConnectException.class)
        .hasMessageContaining(first.address() + ": REFUSED")
        .hasMessageContaining(last.address() + ": SERVER")
        .hasMessageContaining("service not ready");
  }
}
