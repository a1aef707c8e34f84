package dev.milvuspool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.milvuspool.Events.Kind;
import dev.milvuspool.scripted.Hold;
import dev.milvuspool.scripted.ScriptedMilvus;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** How a client learns that it is down, what its callers get then, and what it does not mistake. */
@Timeout(60)
class StateTest {
  private static final Duration SOON = Duration.ofSeconds(20);

  private final ScriptedMilvus server = ClientOperation.server();
  private final Events events = new Events();
  private final MilvusPool pool = MilvusPool.builder().withListener(events).build();
  private final ExecutorService threads = Executors.newCachedThreadPool();

  @AfterEach
  void close() {
    threads.shutdownNow();
    server.close();
    pool.close();
  }

  private Client add(UnaryOperator<ClientOptions.Builder> more) {
    return pool.add(
        "main",
        more.apply(
                ClientOptions.builder()
                    .withAddress(server.address())
                    .withConnectTimeout(Duration.ofSeconds(1))
                    .withDeadline(SOON)
                    .withRetry(0, Duration.ZERO)
                    .withDrainTimeout(Duration.ZERO)
                    .withHealthCheckInterval(Duration.ZERO))
            .build());
  }

  private static void awaitState(Client client, ClientState state) {
    await().atMost(SOON).until(() -> client.state() == state);
  }

  // ---- down

  @Test
  void aConnectionLostUnderACallMakesTheClientDown() throws Exception {
    Client client = add(options -> options);
    Future<Outcome> call;
    try (Hold hold = server.hold("Search")) {
      call = threads.submit(() -> Outcome.of(() -> ClientOperation.SEARCH.on(client)));
      hold.awaitCalls(1, SOON);
      server.kill();
    }

    assertThat(call.get(20, TimeUnit.SECONDS).failure())
        .isInstanceOf(ClientUnavailableException.class);
    awaitState(client, ClientState.DOWN);
    await().until(() -> events.of(Kind.DOWN).size() == 1);
    assertThat(events.of(Kind.DOWN).get(0).reason())
        .isInstanceOf(ClientUnavailableException.class)
        .hasMessageContaining(server.address());
  }

  @Test
  void aProbeBehindAPendingCallFindsAServerThatWentSilent() {
    Client client = add(options -> options);
    server.blackhole();

    Future<Outcome> pending =
        threads.submit(() -> Outcome.of(() -> ClientOperation.SEARCH.on(client)));

    awaitState(client, ClientState.DOWN);
    assertThat(Outcome.of(client::listCollections).failure())
        .as("a call behind the first learns early")
        .isInstanceOf(ClientUnavailableException.class);
    assertThat(pending)
        .succeedsWithin(SOON)
        .satisfies(
            outcome ->
                assertThat(outcome.failure()).isInstanceOf(ClientUnavailableException.class));
  }

  @Test
  void oneCallThatEndsAtAShortDeadlineIsEnoughToFindADeadServer() {
    Duration tooLate = Duration.ofMinutes(5);
    Client client =
        add(
            options ->
                options
                    .withDeadline(Duration.ofMillis(200))
                    .withKeepAlive(tooLate, tooLate, false));
    server.blackhole();

    assertThat(Outcome.of(client::listCollections).failure())
        .isInstanceOf(ClientTimeoutException.class);

    awaitState(client, ClientState.DOWN);
  }

  @Test
  void aCallOnAServerThatDiedWhileIdleLeadsToDownLongBeforeItsDeadline() {
    Client client = add(options -> options);
    server.kill();

    Outcome first = Outcome.of(client::listCollections);

    assertThat(first.failure()).isInstanceOf(ClientUnavailableException.class);
    assertThat(first.elapsed()).isLessThan(SOON.dividedBy(2));
    awaitState(client, ClientState.DOWN);
  }

  @Test
  void theHealthCheckOfAnIdleClientFindsAServerThatDied() {
    Client client = add(options -> options.withHealthCheckInterval(Duration.ofMillis(200)));

    server.kill();

    awaitState(client, ClientState.DOWN);
    await().until(() -> events.of(Kind.DOWN).size() == 1);
  }

  @Test
  void theHealthCheckOfAnIdleClientFindsAServerThatWentSilent() {
    Client client = add(options -> options.withHealthCheckInterval(Duration.ofMillis(200)));

    server.blackhole();

    awaitState(client, ClientState.DOWN);
  }

  @Test
  void aZeroIntervalSwitchesTheHealthCheckOff() {
    try (ScriptedMilvus unasked = ScriptedMilvus.start()) {
      add(options -> options.withHealthCheckInterval(Duration.ofMillis(50)));
      pool.add(
          "unasked",
          options -> options.withAddress(unasked.address()).withHealthCheckInterval(Duration.ZERO));
      server.resetCounts();
      unasked.resetCounts();

      server.awaitCalls("GetVersion", 5, SOON);

      assertThat(unasked.calls(ScriptedMilvus.ALL)).isZero();
    }
  }

  @Test
  void aLazyClientIsUpUntilItsFirstDialFails() {
    server.kill();
    Client client = add(ClientOptions.Builder::withLazyConnect);
    assertThat(client.state()).isEqualTo(ClientState.UP);

    assertThatThrownBy(client::listCollections).isInstanceOf(ClientUnavailableException.class);

    assertThat(client.state()).isEqualTo(ClientState.DOWN);
    server.restart();
    awaitState(client, ClientState.UP);
    assertThat(client.listCollections()).contains("items");
  }

  // ---- what callers get

  private Client addAndKill(UnaryOperator<ClientOptions.Builder> more) {
    Client client = add(more);
    server.kill();
    await()
        .atMost(SOON)
        .until(() -> client.health(Duration.ofMillis(200)).state() == ClientState.DOWN);
    return client;
  }

  /** By contract in under 10 ms; asserted of half of the calls, because the machine may be busy. */
  @Test
  void callsOnADownClientFailAtOnceAndSayWhy() {
    Client client = addAndKill(options -> options);
    List<Duration> elapsed = new ArrayList<>();

    for (int i = 0; i < 200; i++) {
      Outcome outcome = Outcome.of(() -> ClientOperation.INSERT.on(client));

      assertThat(outcome.failure())
          .isInstanceOfSatisfying(
              ClientUnavailableException.class,
              e -> {
                assertThat(e.outcomeUnknown()).isFalse();
                assertThat(e.clientName()).isEqualTo("main");
                assertThat(e.address()).isEqualTo(server.address());
              })
          .hasMessageContainingAll("main", "DOWN", "insert", server.address(), "refused");
      elapsed.add(outcome.elapsed());
    }

    elapsed.sort(Duration::compareTo);
    assertThat(elapsed.get(100)).isLessThan(Duration.ofMillis(10));
    assertThat(client.health().healthy()).isFalse();
    assertThat(client.health().lastError())
        .isInstanceOfSatisfying(
            ClientConnectException.class,
            e -> assertThat(e.reason()).isEqualTo(ClientConnectException.Reason.REFUSED));
  }

  @Test
  void callsThatWaitForRecoveryAreServedByIt() throws Exception {
    Client client = addAndKill(options -> options.withWaitForReady(true));
    List<Future<?>> waiting = new ArrayList<>();
    for (int i = 0; i < 50; i++) {
      waiting.add(threads.submit(client::listCollections));
    }

    server.restart();

    for (Future<?> each : waiting) {
      each.get(20, TimeUnit.SECONDS);
    }
    assertThat(client.state()).isEqualTo(ClientState.UP);
  }

  @Test
  void callsThatWaitForRecoveryEndWithTheClient() {
    Client client = addAndKill(options -> options.withWaitForReady(true));
    Future<Outcome> waiting = threads.submit(() -> Outcome.of(client::listCollections));
    Future<Outcome> changing = threads.submit(() -> Outcome.of(() -> client.useDatabase("other")));

    client.close();

    for (Future<Outcome> each : List.of(waiting, changing)) {
      assertThat(each)
          .succeedsWithin(Duration.ofSeconds(5))
          .satisfies(
              outcome -> assertThat(outcome.failure()).isInstanceOf(ClientClosedException.class));
    }
  }

  @Test
  void aDeadClientDoesNotTouchAnother() {
    try (ScriptedMilvus other = ScriptedMilvus.start()) {
      Client healthy = pool.add("healthy", options -> options.withAddress(other.address()));
      Client dead = add(options -> options);
      server.blackhole();
      threads.submit(() -> ClientOperation.SEARCH.on(dead));

      try (Load load = Load.of(2, healthy::listCollections)) {
        awaitState(dead, ClientState.DOWN);
        load.awaitMore(100);
        load.stopUnharmed();
      }
    }
  }

  // ---- what is no reason

  @Test
  void aSlowServerWhoseProbesAreAnsweredIsNeitherDownNorLeft() throws Exception {
    Client client = add(options -> options);
    server.resetCounts();
    List<Future<?>> pending;
    try (Hold hold = server.hold("Search")) {
      pending =
          Arrays.asList(
              threads.submit(() -> ClientOperation.SEARCH.on(client)),
              threads.submit(() -> ClientOperation.SEARCH.on(client)));

      server.awaitCalls("GetVersion", 3, SOON);
    }
    for (Future<?> each : pending) {
      each.get(20, TimeUnit.SECONDS);
    }
    assertThat(events.lifeOf("main")).containsExactly(Kind.ADDED);
    assertThat(server.transportsEver()).as("transports since").isZero();
    assertThat(pool.stats().clients().get("main").reconnects()).isZero();
  }

  @Test
  void aProbeThatIsNotAnsweredInTimeLeadsToAFreshConnectionWhereThatIsAnswered() {
    Client client = add(options -> options.withConnectTimeout(Duration.ofSeconds(10)));
    server.stall("Search");
    server.delay("GetVersion", Duration.ofMillis(1_500));

    threads.submit(() -> ClientOperation.SEARCH.on(client));

    await().atMost(SOON).until(() -> pool.stats().clients().get("main").reconnects() >= 1);
    assertThat(client.listCollections()).contains("items");
    assertThat(events.lifeOf("main")).containsExactly(Kind.ADDED);
  }

  // ---- the life of a client

  @Test
  void anOutageIsToldOnceHoweverManyCallsFailInIt() {
    Client client = add(options -> options);
    try (Hold hold = server.hold("Search")) {
      for (int i = 0; i < 20; i++) {
        threads.submit(() -> ClientOperation.SEARCH.on(client));
      }
      hold.awaitCalls(20, SOON);
      server.kill();
    }
    awaitState(client, ClientState.DOWN);
    for (int i = 0; i < 100; i++) {
      Outcome.of(client::listCollections);
    }
    server.restart();
    awaitState(client, ClientState.UP);
    pool.remove("main");

    await()
        .untilAsserted(
            () ->
                assertThat(events.lifeOf("main"))
                    .containsExactly(Kind.ADDED, Kind.DOWN, Kind.UP, Kind.REMOVED));
    assertThat(events.of(Kind.UP).get(0).duration()).isPositive();
  }

  @Test
  void aDownClientClosesAtOnceAndStaysClosed() {
    Client client = addAndKill(options -> options.withDrainTimeout(Duration.ofSeconds(10)));

    Outcome closing = Outcome.of(client::close);
    server.restart();

    assertThat(closing.failure()).isNull();
    assertThat(closing.elapsed()).isLessThan(Duration.ofSeconds(3));
    assertThatThrownBy(client::listCollections).isInstanceOf(ClientClosedException.class);
    await()
        .untilAsserted(
            () ->
                assertThat(events.lifeOf("main"))
                    .containsExactly(Kind.ADDED, Kind.DOWN, Kind.REMOVED));
    assertThat(client.state()).isEqualTo(ClientState.CLOSED);
  }

  /** An RPC that its caller gives up is no answer, however often that happens. */
  @Test
  void aFrozenServerIsNoticedThoughCallersGiveUpAgainAndAgain() throws Exception {
    Client client = add(options -> options);
    server.blackhole();
    CountDownLatch interrupting = new CountDownLatch(1);
    for (int i = 0; i < 4; i++) {
      threads.submit(
          () -> {
            while (interrupting.getCount() > 0) {
              Thread caller = Thread.currentThread();
              Future<?> interrupt =
                  CompletableFuture.runAsync(
                      caller::interrupt,
                      CompletableFuture.delayedExecutor(300, TimeUnit.MILLISECONDS, threads));
              Outcome.of(client::listCollections);
              interrupt.get();
              Thread.interrupted();
            }
            return null;
          });
    }

    await().atMost(Duration.ofSeconds(7)).until(() -> client.state() == ClientState.DOWN);

    interrupting.countDown();
  }
}
