package dev.milvuspool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.milvuspool.Events.Kind;
import dev.milvuspool.scripted.Hold;
import dev.milvuspool.scripted.ScriptedMilvus;
import io.milvus.orm.iterator.QueryIterator;
import io.milvus.v2.client.MilvusClientV2;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Calls in flight finish while their connection is swapped out or closed; those that take longer
 * than the drain time are cut off; and the old connections are gone for the server, too.
 */
@Timeout(60)
class DrainTest {
  private static final Duration SOON = Duration.ofSeconds(15);
  private static final Duration SHORT = Duration.ofMillis(300);
  private static final int CALLS = 8;

  private final ScriptedMilvus server = ClientOperation.server();
  private final Events events = new Events();
  private final MilvusPool pool = MilvusPool.builder().withListener(events).build();
  private final ExecutorService threads = Executors.newCachedThreadPool();

  /** What puts a fresh connection in the place of another. */
  enum Swap {
    REPLACE((pool, client) -> pool.replace("main", client.options())),
    REPLACE_DATABASE(
        (pool, client) ->
            pool.replace("main", client.options().toBuilder().withDatabase("default").build()));

    private final BiConsumer<MilvusPool, Client> action;

    Swap(BiConsumer<MilvusPool, Client> action) {
      this.action = action;
    }
  }

  /** What ends a client. */
  enum End {
    REMOVE((pool, client) -> pool.remove("main")),
    CLOSE_CLIENT((pool, client) -> client.close()),
    CLOSE_POOL((pool, client) -> pool.close());

    private final BiConsumer<MilvusPool, Client> action;

    End(BiConsumer<MilvusPool, Client> action) {
      this.action = action;
    }
  }

  @AfterEach
  void close() {
    server.resumeAll();
    threads.shutdownNow();
    pool.close();
    server.close();
  }

  private Client add(Duration drainTimeout) {
    return pool.add(
        "main",
        options ->
            options
                .withAddress(server.address())
                .withRetry(0, Duration.ZERO)
                .withDrainTimeout(drainTimeout));
  }

  private List<Future<?>> inFlight(Client client, Hold hold) {
    List<Future<?>> calls = new ArrayList<>();
    for (int i = 0; i < CALLS; i++) {
      calls.add(threads.submit(() -> ClientOperation.SEARCH.on(client)));
    }
    hold.awaitCalls(CALLS, SOON);
    return calls;
  }

  private static void assertAllSucceed(List<Future<?>> calls) throws Exception {
    for (Future<?> call : calls) {
      call.get(SOON.toSeconds(), TimeUnit.SECONDS);
    }
  }

  // ---- swaps

  @ParameterizedTest
  @EnumSource
  void noCallFailsWhileConnectionsAreSwappedUnderLoad(Swap swap) {
    Client client = add(Duration.ofSeconds(10));
    server.delay("ShowCollections", Duration.ofMillis(5));

    try (Load load = Load.of(8, client::listCollections)) {
      for (int i = 0; i < 5; i++) {
        swap.action.accept(pool, client);
        load.awaitMore(20);
      }
      load.stopUnharmed();
    }

    server.awaitTransports(1, SOON);
  }

  @ParameterizedTest
  @EnumSource
  void callsInFlightFinishOnTheOldConnectionWhileLaterOnesTakeTheNew(Swap swap) throws Exception {
    Client client = add(SOON);
    try (Hold hold = server.hold("Search")) {
      List<Future<?>> calls = inFlight(client, hold);

      swap.action.accept(pool, client);

      server.awaitTransports(2, SOON);
      assertThat(client.listCollections()).contains("items");
      assertThat(hold.inside()).isEqualTo(CALLS);
      hold.release();
      assertAllSucceed(calls);
    }
    server.awaitTransports(1, SOON);
    assertThat(client.state()).isEqualTo(ClientState.UP);
    assertThat(events.of(Kind.DOWN)).isEmpty();
  }

  @ParameterizedTest
  @EnumSource
  void whatOutlivesTheDrainTimeIsCutOffAndToldSo(Swap swap) {
    Client client = add(SHORT);
    server.stall("Search");
    server.stall("Insert");
    Future<Outcome> read =
        threads.submit(() -> Outcome.of(() -> ClientOperation.SEARCH.on(client)));
    Future<Outcome> write =
        threads.submit(() -> Outcome.of(() -> ClientOperation.INSERT.on(client)));
    server.awaitInFlight("Search", 1, SOON);
    server.awaitInFlight("Insert", 1, SOON);

    swap.action.accept(pool, client);

    assertCutOff(read, false);
    assertCutOff(write, true);
    server.awaitTransports(1, SOON);
    server.awaitInFlight("Search", 0, SOON);
    assertThat(client.listCollections()).contains("items");
    assertThat(client.state()).isEqualTo(ClientState.UP);
  }

  private static void assertCutOff(Future<Outcome> call, boolean outcomeUnknown) {
    assertThat(call)
        .succeedsWithin(SOON)
        .satisfies(
            outcome -> {
              assertThat(outcome.failure())
                  .isInstanceOfSatisfying(
                      ClientUnavailableException.class,
                      e -> assertThat(e.outcomeUnknown()).isEqualTo(outcomeUnknown))
                  .hasMessageContaining("drain");
              assertThat(outcome.elapsed()).isGreaterThan(SHORT.minusMillis(50));
            });
  }

  @ParameterizedTest
  @EnumSource
  void zeroDrainTimeCutsOffAtOnce(Swap swap) {
    Client client = add(Duration.ZERO);
    server.stall("Search");
    Future<Outcome> call =
        threads.submit(() -> Outcome.of(() -> ClientOperation.SEARCH.on(client)));
    server.awaitInFlight("Search", 1, SOON);

    swap.action.accept(pool, client);

    assertThat(call)
        .succeedsWithin(Duration.ofSeconds(5))
        .satisfies(
            outcome ->
                assertThat(outcome.failure()).isInstanceOf(ClientUnavailableException.class));
    server.awaitTransports(1, SOON);
  }

  @Test
  void aReplaceThatCannotDialLeavesCallsAndConnectionAlone() throws Exception {
    Client client = add(SOON);
    try (Hold hold = server.hold("Search")) {
      List<Future<?>> calls = inFlight(client, hold);
      server.refuseConnections();

      assertThatThrownBy(() -> pool.replace("main", client.options()))
          .isInstanceOf(ClientConnectException.class);

      hold.release();
      assertAllSucceed(calls);
    }
    assertThat(client.currentDatabase()).isEqualTo("default");
    assertThat(server.transports()).isEqualTo(1);
    assertThat(events.of(Kind.DOWN)).isEmpty();
  }

  @Test
  void connectionsThatReachTheirAgeAreSwappedWithoutAFailedCall() {
    Client client =
        pool.add(
            "main",
            options ->
                options
                    .withAddress(server.address())
                    .withRetry(0, Duration.ZERO)
                    .withMaxConnectionAge(SHORT));
    server.delay("ShowCollections", Duration.ofMillis(5));

    try (Load load = Load.of(4, client::listCollections)) {
      await().atMost(SOON).until(() -> pool.stats().clients().get("main").reconnects() >= 4);
      load.stopUnharmed();
    }

    assertThat(events.lifeOf("main")).containsExactly(Kind.ADDED);
    await().atMost(SOON).until(() -> server.transports() <= 2);
  }

  @Test
  void aDrainDoesNotWaitForAnIterator() {
    Client client = add(Duration.ofSeconds(30));
    QueryIterator rows = client.queryIterator(ClientOperation.allRows());

    pool.replace("main", client.options());

    server.awaitTransports(1, SOON);
    assertThat(Outcome.of(rows::next).elapsed()).isLessThan(Duration.ofSeconds(5));
  }

  // ---- ends

  /** The client has begun to end, and has calls in flight. */
  private Future<?> ending(End end, Client client) {
    Future<?> ending = threads.submit(() -> end.action.accept(pool, client));
    await().until(() -> client.state() == ClientState.CLOSED);
    return ending;
  }

  /** A call whose function has begun; it does the rest when it may go on. */
  private <T> Future<T> begun(
      Client client, CompletableFuture<Void> mayGoOn, Function<MilvusClientV2, T> rest) {
    CompletableFuture<Void> inside = new CompletableFuture<>();
    Future<T> call =
        threads.submit(
            () ->
                client.call(
                    sdk -> {
                      inside.complete(null);
                      mayGoOn.join();
                      return rest.apply(sdk);
                    }));
    inside.join();
    return call;
  }

  @ParameterizedTest
  @EnumSource
  void callsInFlightFinishWhenTheClientEndsWhileLaterOnesAreRefused(End end) throws Exception {
    Client client = add(SOON);
    try (Hold hold = server.hold("Search")) {
      List<Future<?>> calls = inFlight(client, hold);

      Future<?> ending = ending(end, client);

      assertThat(pool.has("main")).isFalse();
      assertThatThrownBy(client::listCollections).isInstanceOf(ClientClosedException.class);
      assertThat(calls).noneMatch(Future::isDone);
      assertThat(events.of(Kind.REMOVED)).as("told after the drain").isEmpty();
      hold.release();
      assertAllSucceed(calls);
      ending.get(SOON.toSeconds(), TimeUnit.SECONDS);
    }
    server.awaitTransports(0, SOON);
    await().until(() -> events.of(Kind.REMOVED).size() == 1);
  }

  @ParameterizedTest
  @EnumSource
  void aCallOfManyRequestsFinishesItsLaterOnesAsWell(End end) {
    Client client = add(Duration.ofSeconds(5));
    server.loadingProgress(10, 20, 30, 40, 50, 60, 70, 80); // asked with growing pauses, for 2 s
    Future<?> load = threads.submit(() -> client.loadCollection("items"));
    server.awaitCalls("GetLoadingProgress", 2, SOON);

    Outcome ended = Outcome.of(() -> end.action.accept(pool, client));

    assertThat(load).succeedsWithin(SOON);
    assertThat(ended.failure()).isNull();
    assertThat(ended.elapsed()).isLessThan(Duration.ofSeconds(5));
    assertThat(server.calls("GetLoadingProgress")).isGreaterThanOrEqualTo(8);
    server.awaitTransports(0, SOON);
  }

  @ParameterizedTest
  @EnumSource
  void aCallThatBeginsAnotherOneOfItsClientFinishesThatAsWell(End end) {
    Client client = add(Duration.ofSeconds(5));
    CompletableFuture<Void> closed = new CompletableFuture<>();
    Future<Boolean> call = begun(client, closed, sdk -> client.hasCollection("items"));

    Future<?> ending = ending(end, client);
    closed.complete(null);

    assertThat(call).succeedsWithin(SOON).isEqualTo(true);
    assertThat(ending).succeedsWithin(SOON);
  }

  @ParameterizedTest
  @EnumSource
  void aCallThatLosesItsConnectionAfterTheEndGetsAnother(End end) {
    Client client = add(SOON);
    server.loadingProgress(10, 20, 30, 40, 50, 60, 70, 80);
    Future<?> load = threads.submit(() -> client.loadCollection("items"));
    server.awaitCalls("GetLoadingProgress", 2, SOON);

    Future<?> ending = ending(end, client);
    server.dropConnections();

    assertThat(load).succeedsWithin(SOON);
    assertThat(ending).succeedsWithin(SOON);
    server.awaitTransports(0, SOON);
    await().until(() -> events.of(Kind.REMOVED).size() == 1);
    assertThat(events.of(Kind.DOWN)).isEmpty();
  }

  @ParameterizedTest
  @EnumSource
  void aCallThatWaitsForItsServerMayDoSoForTheDrainTime(End end) {
    Client client =
        pool.add(
            "main",
            options ->
                options
                    .withAddress(server.address())
                    .withWaitForReady(true)
                    .withDrainTimeout(SOON));
    server.kill();
    await().until(() -> client.state() == ClientState.DOWN);
    CompletableFuture<Void> closed = new CompletableFuture<>();
    Future<?> call = begun(client, closed, MilvusClientV2::listCollections);

    Future<?> ending = ending(end, client);
    closed.complete(null);
    server.restart();

    assertThat(call).succeedsWithin(SOON);
    assertThat(ending).succeedsWithin(SOON);
    server.awaitTransports(0, SOON);
    await().until(() -> events.of(Kind.REMOVED).size() == 1);
    assertThat(events.of(Kind.UP)).isEmpty();
  }

  @ParameterizedTest
  @EnumSource
  void whatOutlivesTheDrainTimeOfAnEndIsCutOff(End end) {
    Client client = add(SHORT);
    server.stall("Search");
    Future<Outcome> call =
        threads.submit(() -> Outcome.of(() -> ClientOperation.SEARCH.on(client)));
    server.awaitInFlight("Search", 1, SOON);

    Outcome ended = Outcome.of(() -> end.action.accept(pool, client));

    assertThat(ended.failure()).isNull();
    assertThat(ended.elapsed()).isLessThan(Duration.ofSeconds(5));
    assertThat(call)
        .succeedsWithin(SOON)
        .satisfies(
            outcome -> {
              assertThat(outcome.failure()).isInstanceOf(ClientClosedException.class);
              assertThat(outcome.elapsed()).isGreaterThan(SHORT.minusMillis(50));
            });
    server.awaitTransports(0, SOON);
  }

  static Stream<Consumer<Client>> stubborn() {
    return Stream.of(
        ClientOperation.INSERT::on,
        ClientOperation.FLUSH::on,
        client -> client.queryIterator(ClientOperation.allRows()),
        client -> client.call(MilvusClientV2::listCollections));
  }

  @ParameterizedTest
  @MethodSource("stubborn")
  void whateverIsInFlightEndsWithAZeroDrain(Consumer<Client> operation) {
    Client client = add(Duration.ZERO);
    ScriptedMilvus stalled = server;
    stalled.stall(ScriptedMilvus.ALL);
    Future<Outcome> call = threads.submit(() -> Outcome.of(() -> operation.accept(client)));
    stalled.awaitInFlight(ScriptedMilvus.ALL, 1, SOON);

    client.close();

    assertThat(call)
        .succeedsWithin(Duration.ofSeconds(5))
        .satisfies(
            outcome -> assertThat(outcome.failure()).isInstanceOf(ClientClosedException.class));
    stalled.awaitTransports(0, SOON);
  }

  @Test
  void aNameIsFreeAtOnceThoughItsOldClientIsStillDraining() throws Exception {
    Client old = add(SOON);
    try (Hold hold = server.hold("Search")) {
      List<Future<?>> calls = inFlight(old, hold);

      pool.remove("main");
      Client fresh = add(SOON);

      assertThat(fresh.listCollections()).contains("items");
      assertThat(calls).noneMatch(Future::isDone);
      hold.release();
      assertAllSucceed(calls);
    }
    server.awaitTransports(1, SOON);
  }

  @Test
  void aPoolDrainsItsClientsInParallel() {
    Duration each = Duration.ofSeconds(1);
    server.stall("Search");
    for (String name : List.of("a", "b", "c", "d")) {
      Client client =
          pool.add(name, options -> options.withAddress(server.address()).withDrainTimeout(each));
      threads.submit(() -> ClientOperation.SEARCH.on(client));
    }
    server.awaitInFlight("Search", 4, SOON);

    Outcome closing = Outcome.of(pool::close);

    assertThat(closing.failure()).isNull();
    assertThat(closing.elapsed()).isBetween(each.minusMillis(100), each.multipliedBy(3));
    server.awaitTransports(0, SOON);
  }
}
