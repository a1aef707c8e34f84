package dev.milvuspool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.milvuspool.Events.Kind;
import dev.milvuspool.internal.common.Background;
import dev.milvuspool.internal.connect.InMemoryConnector;
import dev.milvuspool.internal.pool.TestPools;
import dev.milvuspool.scripted.Hold;
import dev.milvuspool.scripted.ScriptedMilvus;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The end of a pool: what it closes, what it waits for, and what can be done with it afterwards.
 */
@Timeout(60)
class PoolCloseTest {
  private static final Duration SOON = Duration.ofSeconds(15);

  private final ScriptedMilvus server = ScriptedMilvus.start();
  private final Events events = new Events();
  private final MilvusPool pool = MilvusPool.builder().withListener(events).build();
  private final ExecutorService threads = Executors.newCachedThreadPool();

  @AfterEach
  void close() {
    threads.shutdownNow();
    pool.close();
    server.close();
  }

  private Client add(String name, UnaryOperator<ClientOptions.Builder> more) {
    return pool.add(name, more.apply(options()).build());
  }

  private ClientOptions.Builder options() {
    return ClientOptions.builder().withAddress(server.address());
  }

  @Test
  void closingClosesEveryClientAndItsConnections() {
    List<Client> clients =
        List.of(
            add("one", o -> o),
            add("three", o -> o.withConnections(3)),
            add("lazy", ClientOptions.Builder::withLazyConnect));
    server.awaitTransports(4, SOON);

    pool.close();

    assertThat(clients)
        .allSatisfy(
            client -> {
              assertThat(client.state()).isEqualTo(ClientState.CLOSED);
              assertThatThrownBy(client::listDatabases)
                  .isInstanceOf(ClientClosedException.class)
                  .hasMessage("client " + client.name() + " is closed");
            });
    server.awaitTransports(0, SOON);
    assertThat(events.of(Kind.REMOVED))
        .extracting(Events.Event::client)
        .containsExactlyInAnyOrder("one", "three", "lazy");
  }

  @Test
  void closingAgainDoesNothing() throws Exception {
    add("main", o -> o);
    pool.close();

    pool.close();
    List<Future<?>> more = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      more.add(threads.submit(pool::close));
    }

    for (Future<?> each : more) {
      each.get(15, TimeUnit.SECONDS);
    }
    assertThat(events.lifeOf("main")).containsExactly(Kind.ADDED, Kind.REMOVED);
  }

  @Test
  void whoeverClosesWhileAnotherDoesWaitsForTheSameEnd() {
    add("main", o -> o.withDrainTimeout(Duration.ofSeconds(30)));
    Future<?> first;
    Future<?> second;
    try (Hold hold = server.hold("ListDatabases")) {
      threads.submit(() -> pool.get("main").listDatabases());
      hold.awaitCalls(1, SOON);
      first = threads.submit(pool::close);
      await().until(() -> pool.list().isEmpty());

      second = threads.submit(pool::close);

      assertThat(first).isNotDone();
      assertThat(second).isNotDone();
    }
    assertThat(first).succeedsWithin(SOON);
    assertThat(second).succeedsWithin(SOON);
  }

  @Test
  void closingIsBoundedByTheLongestDrainTimeWhateverTheServersDo() {
    for (int i = 0; i < 8; i++) {
      add("stuck" + i, o -> o.withDrainTimeout(Duration.ofSeconds(1)));
    }
    server.blackhole();
    List<Future<Outcome>> calls = new ArrayList<>();
    for (String name : pool.list()) {
      Client client = pool.get(name);
      calls.add(threads.submit(() -> Outcome.of(client::listDatabases)));
    }
    await()
        .until(
            () ->
                pool.stats().clients().values().stream().allMatch(stats -> stats.inFlight() == 1));

    Outcome closing = Outcome.of(pool::close);

    assertThat(closing.failure()).isNull();
    assertThat(closing.elapsed()).isLessThan(Duration.ofSeconds(7)); // one by one it takes eight
    for (Future<Outcome> call : calls) {
      assertThat(call)
          .succeedsWithin(SOON)
          .satisfies(
              outcome -> assertThat(outcome.failure()).isInstanceOf(MilvusPoolException.class));
    }
  }

  @Test
  void anInterruptEndsTheWaitingButNotTheClosing() throws Exception {
    add("main", o -> o.withDrainTimeout(Duration.ofSeconds(30)));
    try (Hold hold = server.hold("ListDatabases")) {
      threads.submit(() -> pool.get("main").listDatabases());
      hold.awaitCalls(1, SOON);

      Future<Boolean> flagged =
          threads.submit(
              () -> {
                Thread.currentThread().interrupt();
                pool.close();
                return Thread.interrupted();
              });

      assertThat(flagged.get(15, TimeUnit.SECONDS)).isTrue();
      assertThat(pool.list()).isEmpty();
    }
    server.awaitTransports(0, SOON);
    await().untilAsserted(() -> assertThat(events.lifeOf("main")).contains(Kind.REMOVED));
  }

  @Test
  void noThreadOfAPoolOutlivesIt() {
    List<String> others = Threads.named("milvus-pool-");
    MilvusPool closed = MilvusPool.create();
    closed.add("main", options().build()).listDatabases();
    Outcome.of(() -> closed.health(Duration.ofMillis(500)));

    closed.close();

    await()
        .atMost(SOON)
        .until(() -> Threads.named("milvus-pool-").stream().allMatch(others::contains));
  }

  @Test
  void closingWaitsASecondForAllListenersTogether() {
    CountDownLatch release = new CountDownLatch(1);
    PoolListener hanging =
        new PoolListener() {
          @Override
          public void onClientRemoved(String client) {
            try {
              release.await();
            } catch (InterruptedException e) {
              Thread.currentThread().interrupt();
            }
          }
        };
    try (MilvusPool many = MilvusPool.builder().withListener(hanging).build()) {
      for (int i = 0; i < 6; i++) {
        many.add("client" + i, options().build());
      }

      assertThat(Outcome.of(many::close).elapsed())
          .isBetween(Duration.ofMillis(900), Duration.ofSeconds(3));
    } finally {
      release.countDown();
    }
  }

  // ---- what cannot be closed

  /** Transports of which every second one cannot be closed, and told to the same listener. */
  private MilvusPool unclosable() {
    Background background = new Background();
    InMemoryConnector connector =
        new InMemoryConnector(background) {
          @Override
          protected Runnable newClosing() {
            boolean stuck = dials() % 2 == 0;
            return () -> {
              if (stuck) {
                throw new IllegalStateException("the channel is stuck");
              }
            };
          }
        };
    return TestPools.open(List.of(events), background, connector);
  }

  private static void assertStuck(Throwable failure, String name) {
    assertThat(failure)
        .isInstanceOf(MilvusPoolException.class)
        .hasMessageContainingAll("client " + name, "closing", "the channel is stuck")
        .hasCauseInstanceOf(IllegalStateException.class);
    assertThat(((MilvusPoolException) failure).clientName()).isEqualTo(name);
  }

  @RepeatedTest(50)
  void failuresToCloseAreToldTogetherAndTheOtherClientsAreClosed() {
    MilvusPool unclosable = unclosable();
    List<Client> clients =
        Stream.of("one", "two", "three", "four")
            .map(name -> unclosable.add(name, options().build()))
            .toList();

    Outcome closing = Outcome.of(unclosable::close);

    assertThat(closing.failure())
        .isInstanceOf(MilvusPoolException.class)
        .hasMessage("closing clients failed");
    assertThat(closing.failure().getSuppressed())
        .hasSize(2)
        .anySatisfy(failure -> assertStuck(failure, "two"))
        .anySatisfy(failure -> assertStuck(failure, "four"));
    assertThat(unclosable.list()).isEmpty();
    assertThat(clients).extracting(Client::state).containsOnly(ClientState.CLOSED);
    assertThat(clients)
        .allSatisfy(client -> assertThat(events.lifeOf(client.name())).endsWith(Kind.REMOVED));
  }

  @RepeatedTest(50)
  void aClientThatCannotBeClosedIsGoneAllTheSame() {
    try (MilvusPool unclosable = unclosable()) {
      unclosable.add("one", options().build());
      Client two = unclosable.add("two", options().build());

      assertStuck(Outcome.of(() -> unclosable.remove("two")).failure(), "two");

      assertThat(unclosable.has("two")).isFalse();
      assertThat(two.state()).isEqualTo(ClientState.CLOSED);
      assertThat(events.lifeOf("two")).endsWith(Kind.REMOVED);
      assertThat(unclosable.add("two", options().build())).isNotSameAs(two);
    }
  }

  // ---- being created

  @Test
  void whoeverIsCreatingAClientIsToldAtOnceAndNothingIsLeftOpen() {
    Future<Outcome> adding;
    Future<Outcome> waiting;
    ClientOptions patient = options().withConnectTimeout(Duration.ofSeconds(50)).build();
    try (Hold hold = server.hold("Connect")) {
      adding = threads.submit(() -> Outcome.of(() -> pool.add("born", patient)));
      hold.awaitCalls(1, SOON);
      waiting = threads.submit(() -> Outcome.of(() -> pool.mustGet("born", patient)));

      Outcome closing = Outcome.of(pool::close);

      assertThat(closing.failure()).isNull();
      assertThat(closing.elapsed()).isLessThan(SOON);
      for (Future<Outcome> each : List.of(adding, waiting)) {
        assertThat(each)
            .succeedsWithin(SOON)
            .satisfies(
                outcome ->
                    assertThat(outcome.failure())
                        .isInstanceOf(PoolClosedException.class)
                        .hasMessageContainingAll("the pool is closed", "born"));
      }
      await().atMost(SOON).until(() -> hold.inside() == 0); // the dial was given up, too
    }
    server.awaitTransports(0, SOON);
    assertThat(pool.list()).isEmpty();
    assertThat(events.lifeOf("born")).isEmpty();
  }

  @RepeatedTest(10)
  void addsThatRaceWithTheCloseEndWithAClosedClientOrAreRefused() throws Exception {
    List<Future<Client>> adding = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      String name = "c" + i;
      adding.add(threads.submit(() -> pool.add(name, options().build())));
    }
    await().until(() -> !pool.list().isEmpty());

    pool.close();

    for (Future<Client> each : adding) {
      try {
        Client client = each.get(20, TimeUnit.SECONDS);
        await()
            .pollDelay(Duration.ZERO)
            .atMost(SOON)
            .until(() -> client.state() == ClientState.CLOSED);
      } catch (ExecutionException e) {
        assertThat(e.getCause()).isInstanceOf(PoolClosedException.class);
      }
    }
    server.awaitTransports(0, SOON);
    assertThat(pool.list()).isEmpty();
    await()
        .untilAsserted(
            () -> assertThat(events.of(Kind.REMOVED)).hasSameSizeAs(events.of(Kind.ADDED)));
  }

  @Test
  void aReplaceUnderWayIsEndedByTheClose() {
    add("main", o -> o);
    Future<Outcome> replacing;
    try (Hold hold = server.hold("Connect")) {
      replacing =
          threads.submit(
              () ->
                  Outcome.of(
                      () -> pool.replace("main", options().withDatabase("default").build())));
      hold.awaitCalls(1, SOON);

      pool.close();
    }
    assertThat(replacing)
        .succeedsWithin(SOON)
        .satisfies(
            outcome ->
                assertThat(outcome.failure())
                    .isInstanceOfAny(ClientClosedException.class, PoolClosedException.class));
    server.awaitTransports(0, SOON);
  }

  // ---- afterwards

  static Stream<Consumer<MilvusPool>> operations() {
    ClientOptions options = ClientOptions.builder().build();
    Consumer<ClientOptions.Builder> built = o -> {};
    return Stream.of(
        pool -> pool.get("main"),
        pool -> pool.mustGet("main", options),
        pool -> pool.mustGet("main", built),
        pool -> pool.add("main", options),
        pool -> pool.add("main", built),
        pool -> pool.replace("main", options),
        pool -> pool.remove("main"),
        MilvusPool::health,
        pool -> pool.health(Duration.ofSeconds(1)));
  }

  @ParameterizedTest
  @MethodSource("operations")
  void aClosedPoolRefusesToWork(Consumer<MilvusPool> operation) {
    add("main", o -> o);
    pool.close();
    server.resetCounts();

    assertThatThrownBy(() -> operation.accept(pool))
        .isInstanceOf(PoolClosedException.class)
        .hasMessageStartingWith("the pool is closed");

    assertThat(server.acceptedConnections()).isZero();
  }

  @Test
  void aClosedPoolIsEmptyAndSaysSo() {
    add("main", o -> o);

    pool.close();

    assertThat(pool.has("main")).isFalse();
    assertThat(pool.list()).isEmpty();
    assertThat(pool.stats().clients()).isEmpty();
    assertThat(pool.toString()).contains("closed");
  }

  @Test
  void theLongestDurationsDoNoHarm() {
    Duration longest = Duration.ofSeconds(Long.MAX_VALUE);
    ClientOptions patient =
        options()
            .withConnectTimeout(longest)
            .withDeadline(longest)
            .withAdminDeadline(longest)
            .withKeepAlive(longest, longest, true)
            .withReconnectBackoff(longest, longest)
            .withRetry(3, longest)
            .withHealthCheckInterval(longest)
            .withMaxConnectionAge(longest)
            .withDrainTimeout(longest)
            .build();
    Client client = pool.add("patient", patient);

    client.useDatabase("default");
    pool.replace("patient", patient);

    assertThat(client.withDeadline(longest).listDatabases()).contains("default");
    assertThat(client.health(longest).healthy()).isTrue();
    pool.close();
    server.awaitTransports(0, SOON);
  }
}
