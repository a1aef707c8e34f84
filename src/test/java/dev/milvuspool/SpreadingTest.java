package dev.milvuspool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.milvuspool.ClientConnectException.Reason;
import dev.milvuspool.Events.Kind;
import dev.milvuspool.scripted.ScriptedMilvus;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A client of several proxies of one Milvus, given by their addresses. */
@Timeout(90)
class SpreadingTest {
  private static final Duration SOON = Duration.ofSeconds(30);

  private final ScriptedMilvus a = ScriptedMilvus.start();
  private final ScriptedMilvus b = ScriptedMilvus.start();
  private final ScriptedMilvus c = ScriptedMilvus.start();
  private final List<ScriptedMilvus> all = List.of(a, b, c);
  private final Events events = new Events();
  private final MilvusPool pool = MilvusPool.builder().withListener(events).build();

  @AfterEach
  void close() {
    pool.close();
    all.forEach(ScriptedMilvus::close);
  }

  private Client add(UnaryOperator<ClientOptions.Builder> more) {
    return pool.add(
        "main",
        more.apply(
                ClientOptions.builder()
                    .withAddresses(a.address(), b.address(), c.address())
                    .withReconnectBackoff(Duration.ofMillis(20), Duration.ofMillis(200)))
            .build());
  }

  private List<Integer> spread() {
    return all.stream().map(ScriptedMilvus::transports).toList();
  }

  private void awaitSpread(Integer... connections) {
    await()
        .atMost(SOON)
        .untilAsserted(() -> assertThat(spread()).isEqualTo(Arrays.asList(connections)));
  }

  @Test
  void oneConnectionForEachAddress() {
    Client client = add(options -> options);

    assertThat(client.options().connections()).isEqualTo(3);
    awaitSpread(1, 1, 1);
  }

  @Test
  void moreConnectionsAreSpreadEvenly() {
    add(options -> options.withConnections(7));

    awaitSpread(3, 2, 2);
  }

  @Test
  void fewerConnectionsThanAddressesTakeTheFirst() {
    add(options -> options.withConnections(2));

    awaitSpread(1, 1, 0);
  }

  @Test
  void aDeadOneIsFilledInWhenItIsBack() {
    a.kill();

    Client client =
        add(options -> options.withConnections(6).withHealthCheckInterval(Duration.ofMillis(200)));

    awaitSpread(0, 3, 3);
    try (Load load = Load.of(2, client::listCollections)) {
      a.restart();
      awaitSpread(2, 2, 2);
      load.stopUnharmed();
    }
    assertThat(events.lifeOf("main")).containsExactly(Kind.ADDED);
  }

  @Test
  void aSilentOneDelaysAddByItsShareAndIsFilledInWhenItIsBack() {
    b.stallAccept();

    Outcome adding =
        Outcome.of(
            () ->
                add(
                    options ->
                        options
                            .withConnectTimeout(Duration.ofSeconds(4))
                            .withHealthCheckInterval(Duration.ofMillis(200))));

    assertThat(adding.failure()).isNull();
    assertThat(adding.elapsed()).isLessThan(Duration.ofSeconds(4));
    assertThat(a.transports() + c.transports()).isEqualTo(3);
    b.acceptConnections();
    awaitSpread(1, 1, 1);
  }

  @Test
  void oneThatDiesLeavesItsConnectionsToTheOthers() {
    Client client = add(options -> options.withConnections(6).withHealthCheckInterval(SOON));

    try (Load load = Load.of(4, client::listCollections)) {
      a.kill();
      awaitSpread(0, 3, 3);
      load.awaitMore(200);
      load.stopUnharmed();
    }
    assertThat(events.lifeOf("main")).containsExactly(Kind.ADDED);
  }

  /** What cannot be better is left alone: a check is no reason to move connections about. */
  @Test
  void aSpreadThatCannotBeMendedIsLeftAsItIs() {
    b.kill();
    c.kill();
    add(
        options ->
            options
                .withAddresses(c.address(), b.address(), a.address())
                .withHealthCheckInterval(Duration.ofMillis(100)));
    b.restart();
    awaitSpread(2, 1, 0);
    long swapped = pool.stats().clients().get("main").reconnects();

    a.awaitCalls("GetVersion", a.calls("GetVersion") + 15, SOON);

    assertThat(spread()).isEqualTo(List.of(2, 1, 0));
    assertThat(pool.stats().clients().get("main").reconnects()).isEqualTo(swapped);
  }

  /** One at a time: a proxy that swallows packets is not dialled by each check anew. */
  @Test
  void checksDoNotPileUpDialsToASilentProxy() {
    Client client =
        add(options -> options.withHealthCheckInterval(Duration.ofMillis(100)).withConnections(6));
    b.kill();
    await().atMost(SOON).until(() -> a.transports() + c.transports() == 6);
    b.resetCounts();
    b.restart();
    b.stallAccept();
    long before = a.calls("GetVersion");

    a.awaitCalls("GetVersion", before + 30, SOON);
    b.blackhole(); // takes the dials from the kernel's queue, which are counted now
    a.awaitCalls("GetVersion", before + 40, SOON);

    assertThat(b.acceptedConnections()).isLessThanOrEqualTo(6);
    assertThat(client.state()).isEqualTo(ClientState.UP);
  }

  @Test
  void anErrorNamesEachAddressWithItsReason() {
    a.kill();
    b.stallAccept();
    c.fail(
        "Connect",
        io.milvus.shaded.io.grpc.Status.INTERNAL.withDescription("coordinator is not ready"),
        ScriptedMilvus.ALWAYS);

    assertThatThrownBy(() -> add(options -> options.withConnectTimeout(Duration.ofSeconds(2))))
        .isInstanceOfSatisfying(
            ClientConnectException.class,
            e -> {
              assertThat(e.reason()).isEqualTo(Reason.REFUSED);
              assertThat(e.getMessage())
                  .containsPattern(a.address() + ": REFUSED")
                  .containsPattern(b.address() + ": TIMEOUT")
                  .containsPattern(c.address() + ": SERVER")
                  .contains("coordinator is not ready");
            });
  }

  @Test
  void theLastOneThatIsSilentIsNamedAndNoOtherTwice() {
    a.kill();
    b.kill();
    c.stallAccept();

    assertThatThrownBy(() -> add(options -> options.withConnectTimeout(Duration.ofSeconds(1))))
        .isInstanceOfSatisfying(
            ClientConnectException.class,
            e ->
                assertThat(e.getMessage())
                    .containsOnlyOnce(a.address() + ": ")
                    .containsOnlyOnce(b.address() + ": ")
                    .containsOnlyOnce(c.address() + ": TIMEOUT"));
  }

  /** A proxy that accepts and says nothing holds up the recovery of no client of many. */
  @Test
  void aSilentProxyKeepsNoneOfAHundredClientsFromTheOther() {
    for (int i = 0; i < 100; i++) {
      pool.add("c" + i, options -> options.withAddresses(b.address()).withConnections(1));
    }
    for (int i = 0; i < 100; i++) {
      pool.replace(
          "c" + i,
          ClientOptions.builder()
              .withAddresses(a.address(), b.address())
              .withConnections(1)
              .build());
    }
    await().atMost(SOON).until(() -> a.transports() == 100);

    a.stallAccept();
    a.dropConnections();

    await()
        .atMost(Duration.ofSeconds(12))
        .until(
            () ->
                pool.list().stream().allMatch(name -> pool.get(name).state() == ClientState.UP)
                    && b.transports() == 100);
  }
}
