package dev.milvuspool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.milvuspool.ClientConnectException.Reason;
import dev.milvuspool.Events.Kind;
import dev.milvuspool.internal.common.Durations;
import dev.milvuspool.scripted.ScriptedMilvus;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A client with several addresses of the same data: which one serves, and when that changes. */
@Timeout(60)
class StandbyAddressesTest {
  private static final Duration SOON = Duration.ofSeconds(20);
  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(5);

  private final ScriptedMilvus first = ScriptedMilvus.start();
  private final ScriptedMilvus second = ScriptedMilvus.start();
  private final ScriptedMilvus third = ScriptedMilvus.start();
  private final Events events = new Events();
  private final MilvusPool pool = MilvusPool.builder().withListener(events).build();

  @AfterEach
  void close() {
    pool.close();
    List.of(first, second, third).forEach(ScriptedMilvus::close);
  }

  private Client add(UnaryOperator<ClientOptions.Builder> more) {
    return pool.add(
        "main",
        more.apply(
                ClientOptions.builder()
                    .withAddress(first.address())
                    .withStandbyAddresses(second.address(), third.address())
                    .withConnectTimeout(CONNECT_TIMEOUT)
                    .withDeadline(SOON)
                    .withDrainTimeout(Duration.ZERO)
                    .withHealthCheckInterval(Duration.ZERO)
                    .withReconnectBackoff(Duration.ofMillis(20), Duration.ofMillis(200)))
            .build());
  }

  private static void awaitServedBy(Client client, ScriptedMilvus server) {
    await()
        .atMost(SOON)
        .until(
            () ->
                client.state() == ClientState.UP
                    && client.health().address().equals(server.address()));
  }

  private static void assertServes(Client client, ScriptedMilvus server) {
    long before = server.executed("ShowCollections");
    client.listCollections();
    assertThat(server.executed("ShowCollections")).isEqualTo(before + 1);
    assertThat(client.health().address()).isEqualTo(server.address());
    assertThat(client.health().healthy()).isTrue();
  }

  // ---- which one

  @Test
  void theAddressServesAndTheStandbysAreLeftAlone() {
    Client client = add(options -> options);

    assertServes(client, first);
    assertThat(second.acceptedConnections()).isZero();
    assertThat(third.acceptedConnections()).isZero();
  }

  @Test
  void theNextServesWhereTheFirstIsDown() {
    first.kill();

    Outcome adding = Outcome.of(() -> add(options -> options));

    assertThat(adding.failure()).isNull();
    assertThat(adding.elapsed()).isLessThan(CONNECT_TIMEOUT);
    assertServes(pool.get("main"), second);
    assertThat(third.acceptedConnections()).isZero();
  }

  @Test
  void theyAreTriedInOrder() {
    first.kill();
    second.kill();

    assertServes(add(options -> options), third);
  }

  @Test
  void aSilentFirstLeavesTimeForTheNext() {
    first.blackhole();

    Outcome adding = Outcome.of(() -> add(options -> options));

    assertThat(adding.failure()).isNull();
    assertServes(pool.get("main"), second);
    assertThat(adding.elapsed()).as("a third of the timeout").isLessThan(CONNECT_TIMEOUT);
  }

  /** It greets, and hangs in the check of the database that follows. */
  @Test
  void aFirstThatHangsHalfwayLeavesTimeForTheNext() {
    List.of(first, second).forEach(server -> server.databases("orders"));
    first.stall("ListDatabases");

    Outcome adding = Outcome.of(() -> add(options -> options.withDatabase("orders")));

    assertThat(adding.failure()).isNull();
    assertServes(pool.get("main"), second);
    assertThat(adding.elapsed()).as("a third of the timeout").isLessThan(CONNECT_TIMEOUT);
    first.awaitTransports(0, SOON);
  }

  @Test
  void twoThatHangLeaveTimeForTheThird() {
    first.stallAccept();
    second.blackhole();

    assertServes(add(options -> options), third);
  }

  @Test
  void whereAllAreDownTheFailureTellsOfEach() {
    List.of(first, second, third).forEach(ScriptedMilvus::kill);

    assertThatThrownBy(() -> add(options -> options))
        .isInstanceOfSatisfying(
            ClientConnectException.class,
            e -> {
              assertThat(e.reason()).isEqualTo(Reason.REFUSED);
              List<String> told = new ArrayList<>(List.of(e.getMessage()));
              for (Throwable suppressed : e.getSuppressed()) {
                told.add(suppressed.getMessage());
              }
              assertThat(String.join("\n", told))
                  .contains(first.address(), second.address(), third.address());
            });
    assertThat(pool.has("main")).isFalse();
  }

  @Test
  void rejectedCredentialsAreNoReasonToMove() {
    first.requireAuth("root", "other");

    assertThatThrownBy(() -> add(options -> options.withAuth("root", "Milvus")))
        .isInstanceOfSatisfying(
            ClientConnectException.class,
            e -> assertThat(e.reason()).isEqualTo(ClientConnectException.Reason.AUTHENTICATION));

    assertThat(second.acceptedConnections()).isZero();
    first.awaitTransports(0, SOON);
  }

  // ---- when that changes

  @Test
  void theNextTakesOverWithinTheConnectTimeoutWhenTheServingOneDies() {
    Client client = add(options -> options);
    first.kill();
    long diedAt = System.nanoTime();

    Outcome unaware = Outcome.of(client::listCollections);
    awaitServedBy(client, second);

    assertThat(Durations.since(diedAt)).isLessThan(CONNECT_TIMEOUT.plusMillis(500));
    assertServes(client, second);
    assertThat(unaware.elapsed()).isLessThan(SOON);
  }

  @Test
  void theNextTakesOverWhenTheServingOneFallsSilent() {
    Client client = add(options -> options.withHealthCheckInterval(Duration.ofMillis(200)));

    first.blackhole();

    awaitServedBy(client, second);
    assertServes(client, second);
  }

  @Test
  void thereIsNoReturnByItselfButAReplaceReturns() {
    Client client = add(options -> options);
    first.kill();
    Outcome.of(client::listCollections);
    awaitServedBy(client, second);

    first.restart();
    first.resetCounts();

    try (Load load = Load.of(2, client::listCollections)) {
      load.awaitMore(500);
      load.stopUnharmed();
    }
    assertServes(client, second);
    assertThat(first.acceptedConnections()).isZero();

    pool.replace("main", client.options());

    assertServes(client, first);
    second.awaitTransports(0, SOON);
  }

  @Test
  void whicheverComesBackServes() {
    Client client = add(options -> options);
    List.of(second, third, first).forEach(ScriptedMilvus::kill);
    Outcome.of(client::listCollections);
    await().atMost(SOON).until(() -> client.state() == ClientState.DOWN);

    third.restart();

    awaitServedBy(client, third);
    assertServes(client, third);
    await()
        .untilAsserted(
            () ->
                assertThat(events.lifeOf("main")).containsExactly(Kind.ADDED, Kind.DOWN, Kind.UP));
  }

  @Test
  void aHangingFirstDoesNotHoldUpTheRecoveryThroughAnother() {
    Client client = add(options -> options);
    second.kill();
    third.kill();
    first.blackhole();
    await()
        .atMost(SOON)
        .until(() -> client.health(Duration.ofMillis(200)).state() == ClientState.DOWN);

    second.restart();
    long backAt = System.nanoTime();

    awaitServedBy(client, second);
    assertThat(Durations.since(backAt)).isLessThan(CONNECT_TIMEOUT);
  }

  @Test
  void aServingStandbyThatDiesGivesWayToTheFirst() {
    first.kill();
    Client client = add(options -> options);
    first.restart();
    second.kill();

    Outcome.of(client::listCollections);

    awaitServedBy(client, first);
    assertServes(client, first);
  }
}
