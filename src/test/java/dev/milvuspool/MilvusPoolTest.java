package dev.milvuspool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.milvuspool.Events.Kind;
import dev.milvuspool.scripted.ScriptedMilvus;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The operations of a pool, one at a time; {@link PoolCreationTest} has them race. */
@Timeout(60)
class MilvusPoolTest {
  private static final Duration SOON = Duration.ofSeconds(15);

  private final ScriptedMilvus server = ScriptedMilvus.start().databases("default", "books");
  private final Events events = new Events();
  private final MilvusPool pool = MilvusPool.builder().withListener(events).build();

  @AfterEach
  void close() {
    pool.close();
    server.close();
  }

  private ClientOptions.Builder options() {
    return ClientOptions.builder()
        .withAddress(server.address())
        .withConnectTimeout(Duration.ofSeconds(10))
        .withDrainTimeout(Duration.ofMillis(500));
  }

  /** Of a port on which nothing listens. */
  private ClientOptions unreachable() {
    try (ScriptedMilvus gone = ScriptedMilvus.start()) {
      return options().withAddress(gone.address()).build();
    }
  }

  // ---- get and add

  @Test
  void whatWasAddedIsFoundByItsName() {
    Client added = pool.add("main", options().build());

    assertThat(pool.get("main")).isSameAs(added).isSameAs(pool.get("main"));
    assertThat(added.name()).isEqualTo("main");
    assertThat(added.options()).isEqualTo(options().build());
    assertThat(added.state()).isEqualTo(ClientState.UP);
    assertThat(added.listDatabases()).contains("books");
    assertThat(events.lifeOf("main")).containsExactly(Kind.ADDED);
  }

  @Test
  void aNameThatIsNotThereIsNotFound() {
    List<Consumer<String>> operations =
        List.of(pool::get, pool::remove, name -> pool.replace(name, options().build()));

    assertThat(operations)
        .allSatisfy(
            operation ->
                assertThatThrownBy(() -> operation.accept("main"))
                    .isInstanceOfSatisfying(
                        ClientNotFoundException.class,
                        e -> assertThat(e.clientName()).isEqualTo("main"))
                    .hasMessage("client main not found"));
    assertThat(pool.has("main")).isFalse();
    assertThat(server.acceptedConnections()).isZero();
  }

  @Test
  void aNameThatIsTakenIsNotAddedAgain() {
    Client first = pool.add("main", options().build());
    long connections = server.acceptedConnections();

    assertThatThrownBy(() -> pool.add("main", options().withDatabase("books").build()))
        .isInstanceOfSatisfying(
            ClientAlreadyExistsException.class, e -> assertThat(e.clientName()).isEqualTo("main"))
        .hasMessage("client main already exists");

    assertThat(pool.get("main")).isSameAs(first);
    assertThat(first.options()).isEqualTo(options().build());
    assertThat(first.listDatabases()).contains("books");
    assertThat(server.acceptedConnections()).isEqualTo(connections);
  }

  @Test
  void aDialThatFailsLeavesTheNameFree() {
    ClientOptions unreachable = unreachable();
    List<Runnable> ways =
        List.of(() -> pool.add("main", unreachable), () -> pool.mustGet("main", unreachable));

    for (Runnable way : ways) {
      assertThatThrownBy(way::run)
          .isInstanceOfSatisfying(
              ClientConnectException.class,
              e -> assertThat(e.reason()).isEqualTo(ClientConnectException.Reason.REFUSED))
          .hasMessageContainingAll("client main", unreachable.address());
      assertThat(pool.has("main")).isFalse();
      assertThat(pool.list()).isEmpty();
      assertThat(pool.stats().clients()).isEmpty();
    }
    pool.add("main", options().build());

    assertThat(pool.get("main").listDatabases()).contains("books");
    assertThat(events.of(Kind.CONNECT_FAILED)).hasSize(2);
    assertThat(events.lifeOf("main")).containsExactly(Kind.ADDED);
  }

  @Test
  void optionsBuiltOnTheSpotStartWithTheDefaults() {
    Client added = pool.add("added", o -> o.withAddress(server.address()));
    Client got = pool.mustGet("got", o -> o.withAddress(server.address()).withConnections(2));

    assertThat(added.options())
        .isEqualTo(ClientOptions.builder().withAddress(server.address()).build());
    assertThat(got.options().connections()).isEqualTo(2);
  }

  @Test
  void optionsThatCannotBeBuiltLeaveTheNameFree() {
    IllegalStateException own = new IllegalStateException("no configuration");

    assertThatThrownBy(() -> pool.add("main", o -> o.withConnections(0)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("connections must be at least 1: 0");
    assertThatThrownBy(
            () ->
                pool.mustGet(
                    "main",
                    o -> {
                      throw own;
                    }))
        .isSameAs(own);

    assertThat(pool.has("main")).isFalse();
    assertThat(pool.add("main", options().build()).state()).isEqualTo(ClientState.UP);
  }

  // ---- mustGet

  @Test
  void mustGetMakesTheClientThatIsNotThereAndReturnsTheOneThatIs() {
    Client made = pool.mustGet("main", options().build());
    long connections = server.acceptedConnections();

    try (CapturedLog log = new CapturedLog()) {
      assertThat(pool.mustGet("main", options().build())).isSameAs(made).isSameAs(pool.get("main"));
      assertThat(log.warnings()).isEmpty();
    }
    assertThat(server.acceptedConnections()).isEqualTo(connections);
  }

  @Test
  void mustGetWithOtherOptionsReturnsTheClientAsItIsAndWarnsOnce() {
    Client made = pool.mustGet("main", options().withAuth("root", "s3cret").build());

    try (CapturedLog log = new CapturedLog()) {
      Client got = pool.mustGet("main", options().withAuth("reader", "s3cret").build());
      pool.mustGet("main", options().withAuth("reader", "s3cret").build());

      assertThat(got).isSameAs(made);
      assertThat(got.options().username()).contains("root");
      assertThat(log.warnings())
          .singleElement()
          .asString()
          .contains("[main]", "root", "reader", "replace")
          .doesNotContain("s3cret");
    }
  }

  // ---- replace

  @Test
  void replaceChangesTheClientBehindAReferenceThatWasHandedOut() {
    try (ScriptedMilvus other = ScriptedMilvus.start().databases("default", "films")) {
      Client client = pool.add("main", options().build());
      ClientOptions moved = options().withAddress(other.address()).withDatabase("films").build();

      assertThat(pool.replace("main", moved)).isSameAs(client);

      assertThat(client.options()).isEqualTo(moved);
      assertThat(client.currentDatabase()).isEqualTo("films");
      assertThat(client.listDatabases()).contains("films");
      assertThat(pool.get("main")).isSameAs(client);
      assertThat(events.lifeOf("main")).containsExactly(Kind.ADDED, Kind.REPLACED);
      server.awaitTransports(0, SOON);
    }
  }

  @Test
  void aReplaceThatCannotDialKeepsTheClientAsItWas() {
    Client client = pool.add("main", options().build());
    ClientOptions unreachable = unreachable();

    assertThatThrownBy(() -> pool.replace("main", unreachable))
        .isInstanceOf(ClientConnectException.class)
        .hasMessageContainingAll("client main", unreachable.address());

    assertThat(client.options()).isEqualTo(options().build());
    assertThat(client.state()).isEqualTo(ClientState.UP);
    assertThat(client.listDatabases()).contains("books");
    assertThat(server.calls("Connect")).as("dials").isEqualTo(1);
    assertThat(events.lifeOf("main")).containsExactly(Kind.ADDED);
    assertThat(events.of(Kind.CONNECT_FAILED)).hasSize(1);
  }

  @Test
  void replaceBringsAClientThatIsDownToAServerThatLives() {
    try (ScriptedMilvus dying = ScriptedMilvus.start()) {
      Client client = pool.add("main", options().withAddress(dying.address()).build());
      dying.kill();
      await().atMost(SOON).until(() -> client.health().state() == ClientState.DOWN);

      pool.replace("main", options().build());

      assertThat(client.state()).isEqualTo(ClientState.UP);
      assertThat(client.listDatabases()).contains("books");
    }
  }

  // ---- remove

  @Test
  void whatWasRemovedIsGoneAndClosed() {
    Client client = pool.add("main", options().build());

    pool.remove("main");

    assertThat(pool.has("main")).isFalse();
    assertThat(pool.list()).isEmpty();
    assertThatThrownBy(() -> pool.get("main")).isInstanceOf(ClientNotFoundException.class);
    assertThatThrownBy(() -> pool.remove("main")).hasMessage("client main not found");
    assertThat(client.state()).isEqualTo(ClientState.CLOSED);
    assertThatThrownBy(client::listDatabases)
        .isInstanceOf(ClientClosedException.class)
        .hasMessage("client main is closed");
    server.awaitTransports(0, SOON);
    await().untilAsserted(() -> assertThat(events.lifeOf("main")).endsWith(Kind.REMOVED));
  }

  @Test
  void aClientThatIsClosedLeavesItsPoolButNotItsSuccessor() {
    Client first = pool.add("main", options().build());

    first.close();
    assertThat(pool.has("main")).isFalse();
    Client second = pool.add("main", options().build());
    first.close();

    assertThat(pool.get("main")).isSameAs(second).isNotSameAs(first);
    assertThat(second.listDatabases()).contains("books");
    assertThat(first.state()).isEqualTo(ClientState.CLOSED);
  }

  // ---- has, list, stats, health

  @Test
  void aClientThatIsDownIsStillThere() {
    try (ScriptedMilvus dying = ScriptedMilvus.start()) {
      Client client = pool.add("main", options().withAddress(dying.address()).build());
      dying.kill();

      await().atMost(SOON).until(() -> client.health().state() == ClientState.DOWN);

      assertThat(pool.has("main")).isTrue();
      assertThat(pool.list()).containsExactly("main");
      assertThat(pool.get("main")).isSameAs(client);
      assertThat(pool.stats().clients().get("main").state()).isEqualTo(ClientState.DOWN);
      pool.remove("main");
      assertThat(pool.has("main")).isFalse();
    }
  }

  @Test
  void theListIsASortedSnapshotThatNobodyCanChange() {
    List.of("b", "a", "C", "aa").forEach(name -> pool.add(name, lazy()));

    List<String> list = pool.list();
    pool.remove("a");

    assertThat(list).containsExactly("C", "a", "aa", "b");
    assertThat(pool.list()).containsExactly("C", "aa", "b");
    assertThatThrownBy(() -> list.add("d")).isInstanceOf(UnsupportedOperationException.class);
    assertThatThrownBy(() -> list.remove("b")).isInstanceOf(UnsupportedOperationException.class);
  }

  private ClientOptions lazy() {
    return options().withLazyConnect().build();
  }

  @Test
  void statsCountCallsAndFailuresWithoutAskingTheServer() {
    Client client = pool.add("main", options().withConnections(2).build());
    pool.add("lazy", lazy());
    client.listDatabases();
    Outcome.of(() -> client.describeCollection("missing"));
    server.resetCounts();

    PoolStats stats = pool.stats();

    assertThat(server.calls(ScriptedMilvus.ALL)).isZero();
    assertThat(stats.clients()).containsOnlyKeys("lazy", "main");
    assertThat(stats.clients().get("main"))
        .returns("main", ClientStats::name)
        .returns(ClientState.UP, ClientStats::state)
        .returns(2, ClientStats::connections)
        .returns(0, ClientStats::inFlight)
        .returns(2L, ClientStats::calls)
        .returns(1L, ClientStats::failures)
        .returns(0L, ClientStats::retries)
        .returns(0L, ClientStats::reconnects);
    assertThat(stats.clients().get("lazy").connections()).isZero();
    assertThatThrownBy(() -> stats.clients().clear())
        .isInstanceOf(UnsupportedOperationException.class);
  }

  @Test
  void healthAsksAllServersAtOnceAndThrowsForNone() {
    try (ScriptedMilvus silent = ScriptedMilvus.start()) {
      pool.add("up", options().build());
      for (String name : List.of("a", "b", "c", "d", "e")) {
        pool.add(name, options().withAddress(silent.address()).build());
      }
      silent.blackhole();
      List<Map<String, ClientHealth>> health = new ArrayList<>();

      Outcome asking = Outcome.of(() -> health.add(pool.health(Duration.ofSeconds(2))));

      assertThat(asking.elapsed()).isLessThan(Duration.ofSeconds(8)); // five in a row take ten
      assertThat(health.get(0).keySet()).containsExactly("a", "b", "c", "d", "e", "up");
      assertThat(health.get(0).get("up").healthy()).isTrue();
      assertThat(health.get(0).get("up").serverVersion()).isEqualTo(ScriptedMilvus.VERSION);
      assertThat(health.get(0).get("a").healthy()).isFalse();
      assertThat(health.get(0).get("a").lastError()).hasMessageContaining(silent.address());
    }
  }

  // ---- bad arguments

  static Stream<Consumer<MilvusPool>> badArguments() {
    ClientOptions options = ClientOptions.builder().build();
    Consumer<ClientOptions.Builder> built = o -> {};
    Stream<Consumer<MilvusPool>> ofNames =
        Stream.of((String) null, "", " ")
            .flatMap(
                name ->
                    Stream.of(
                        pool -> pool.get(name),
                        pool -> pool.mustGet(name, options),
                        pool -> pool.mustGet(name, built),
                        pool -> pool.add(name, options),
                        pool -> pool.add(name, built),
                        pool -> pool.replace(name, options),
                        pool -> pool.remove(name),
                        pool -> pool.has(name)));
    return Stream.concat(
        ofNames,
        Stream.of(
            pool -> pool.mustGet("options", (ClientOptions) null),
            pool -> pool.mustGet("options", (Consumer<ClientOptions.Builder>) null),
            pool -> pool.add("options", (ClientOptions) null),
            pool -> pool.add("options", (Consumer<ClientOptions.Builder>) null),
            pool -> pool.replace("options", null),
            pool -> pool.health(null),
            pool -> pool.health(Duration.ZERO),
            pool -> pool.health(Duration.ofSeconds(-1)),
            pool -> MilvusPool.builder().withListener(null),
            pool -> MilvusPool.builder().withProperties(null)));
  }

  @ParameterizedTest
  @MethodSource("badArguments")
  void aBadArgumentIsToldAtOnceByItsName(Consumer<MilvusPool> operation) {
    assertThatThrownBy(() -> operation.accept(pool))
        .isInstanceOf(IllegalArgumentException.class)
        .message()
        .containsPattern("^(name|options|timeout|listener|properties) must ");
    assertThat(pool.list()).isEmpty();
  }
}
