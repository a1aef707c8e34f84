package dev.milvuspool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.milvuspool.ClientConnectException.Reason;
import dev.milvuspool.scripted.Hold;
import dev.milvuspool.scripted.ScriptedMilvus;
import io.milvus.grpc.Status;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The database in use: which it is, how it changes under other threads, and how it stays. */
@Timeout(60)
class DatabaseTest {
  private static final Duration SOON = Duration.ofSeconds(15);

  private final ScriptedMilvus server =
      ScriptedMilvus.start().databases("default", "books", "films");
  private final MilvusPool pool = MilvusPool.create();
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final Client client = pool.add("main", o -> o.withAddress(server.address()));

  @AfterEach
  void close() {
    threads.shutdownNow();
    pool.close();
    server.close();
  }

  /** The collections, and which database the server was asked for them. */
  private String databaseAsked() {
    client.listCollections();
    return server.lastHeader("ShowCollections", "dbname").orElse("default");
  }

  @Test
  void withoutAnyItIsTheServersDefault() {
    assertThat(client.currentDatabase()).isEqualTo("default");
    assertThat(databaseAsked()).isEqualTo("default");
  }

  @Test
  void thatOfTheOptionsIsInUseFromTheBeginning() {
    Client books = pool.add("books", o -> o.withAddress(server.address()).withDatabase("books"));

    books.createCollection("novels", Samples.schema(), 1);

    assertThat(books.currentDatabase()).isEqualTo("books");
    assertThat(books.listCollections()).containsExactly("novels");
    assertThat(client.listCollections()).isEmpty();
  }

  @Test
  void anotherOneIsInUseOnceItWasChosen() {
    client.useDatabase("books");

    assertThat(client.currentDatabase()).isEqualTo("books");
    assertThat(databaseAsked()).isEqualTo("books");
    client.useDatabase("default");
    assertThat(client.currentDatabase()).isEqualTo("default");
    assertThat(databaseAsked()).isEqualTo("default");
  }

  @Test
  void oneThatIsNotThereIsToldAndTheOldOneStaysInUse() {
    client.useDatabase("books");

    assertThatThrownBy(() -> client.useDatabase("missing"))
        .isInstanceOfSatisfying(
            ClientConnectException.class,
            e -> {
              assertThat(e.reason()).isEqualTo(Reason.DATABASE_NOT_FOUND);
              assertThat(e.clientName()).isEqualTo("main");
              assertThat(e.address()).isEqualTo(server.address());
            })
        .hasMessageContainingAll("client main", "database missing not found", "create it first");

    assertThat(client.currentDatabase()).isEqualTo("books");
    assertThat(databaseAsked()).isEqualTo("books");
    assertThat(client.state()).isEqualTo(ClientState.UP);
  }

  /**
   * Since Milvus 2.4 the list of databases is that of the user's grants, but Connect sees them all.
   * On Milvus Lite, Connect takes any name, but the list is complete.
   */
  @ParameterizedTest
  @ValueSource(strings = {"ListDatabases", "Connect"})
  void oneIsFoundAndOneIsMissedThoughOneOfTwoQuestionsSaysNothingOfIt(String saysNothing) {
    server.answer(saysNothing, Status.getDefaultInstance(), ScriptedMilvus.ALWAYS);

    Client books = pool.add("books", o -> o.withAddress(server.address()).withDatabase("books"));
    books.useDatabase("films");

    assertThat(books.currentDatabase()).isEqualTo("films");
    assertMissing(() -> books.useDatabase("missing"));
    assertMissing(
        () -> pool.add("x", o -> o.withAddress(server.address()).withDatabase("missing")));
  }

  private static void assertMissing(Runnable use) {
    assertThat(Outcome.of(use).failure())
        .isInstanceOfSatisfying(
            ClientConnectException.class,
            failure -> assertThat(failure.reason()).isEqualTo(Reason.DATABASE_NOT_FOUND));
  }

  @Test
  void aServerThatFallsSilentWhileItChangesLeavesTheOldOneInUse() {
    client.useDatabase("books");
    try (Hold hold = server.hold("ListDatabases")) {
      Client hasty = client.withDeadline(Duration.ofMillis(300));

      Outcome changing = Outcome.of(() -> hasty.useDatabase("films"));

      assertThat(changing.failure()).isInstanceOf(MilvusPoolException.class);
      assertThat(changing.elapsed()).isLessThan(Duration.ofSeconds(5));
      assertThat(client.currentDatabase()).isEqualTo("books");
      assertThat(databaseAsked()).isEqualTo("books");
    }
  }

  @Test
  void callsOfOtherThreadsAreServedWhileItChanges() {
    client.createCollection("items", Samples.schema(), 1);
    client.useDatabase("books");
    client.createCollection("items", Samples.schema(), 1);
    AtomicInteger turn = new AtomicInteger();

    try (Load load = Load.of(4, () -> ClientOperation.SEARCH.on(client))) {
      for (int i = 0; i < 20; i++) {
        client.useDatabase(List.of("default", "books").get(turn.getAndIncrement() % 2));
        load.awaitMore(8);
      }
      load.stopUnharmed();
    }

    assertThat(client.currentDatabase()).isEqualTo("books");
    server.awaitTransports(1, SOON);
  }

  @Test
  void aCallInFlightEndsInTheDatabaseInWhichItBegan() throws Exception {
    client.createCollection("items", Samples.schema(), 1);
    Future<?> search;
    try (Hold hold = server.hold("Search")) {
      search = threads.submit(() -> ClientOperation.SEARCH.on(client));
      hold.awaitCalls(1, SOON);

      client.useDatabase("books");

      assertThat(search).isNotDone();
      assertThat(client.hasCollection("items")).isFalse();
    }
    assertThat(search).succeedsWithin(SOON);
  }

  @Test
  void manyThatChangeItAtOnceAllSucceedAndOneIsInUse() {
    List<String> names = List.of("default", "books", "films", "books", "films", "default");

    List<Outcome> changes =
        Outcome.ofAll(
            names.stream().<Runnable>map(name -> () -> client.useDatabase(name)).toList());

    assertThat(changes).allSatisfy(change -> assertThat(change.failure()).isNull());
    assertThat(databaseAsked()).isEqualTo(client.currentDatabase());
    server.awaitTransports(1, SOON);
  }

  @Test
  void itStaysInUseThroughAnOutage() {
    client.useDatabase("books");
    server.kill();
    await().atMost(SOON).until(() -> client.health().state() == ClientState.DOWN);

    server.restart();
    await().atMost(SOON).until(() -> client.state() == ClientState.UP);

    assertThat(client.currentDatabase()).isEqualTo("books");
    assertThat(databaseAsked()).isEqualTo("books");
  }

  @Test
  void replaceGoesBackToThatOfTheOptions() {
    client.useDatabase("books");

    pool.replace("main", client.options().toBuilder().withDatabase("films").build());
    assertThat(client.currentDatabase()).isEqualTo("films");
    assertThat(databaseAsked()).isEqualTo("films");

    pool.replace("main", ClientOptions.builder().withAddress(server.address()).build());
    assertThat(client.currentDatabase()).isEqualTo("default");
    assertThat(databaseAsked()).isEqualTo("default");
  }
}
