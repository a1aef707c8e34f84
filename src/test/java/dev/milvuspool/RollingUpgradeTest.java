package dev.milvuspool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.milvuspool.Events.Kind;
import dev.milvuspool.internal.common.Durations;
import dev.milvuspool.scripted.ScriptedMilvus;
import io.milvus.shaded.io.grpc.Status;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Servers, hops and networks that do what they do in production, while they are alive. */
@Timeout(90)
class RollingUpgradeTest {
  private static final Duration SOON = Duration.ofSeconds(20);

  private final ScriptedMilvus server = ClientOperation.server();
  private final Events events = new Events();
  private final MilvusPool pool = MilvusPool.builder().withListener(events).build();
  private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();

  @AfterEach
  void close() {
    timer.shutdownNow();
    pool.close();
    server.close();
  }

  private Client client(UnaryOperator<ClientOptions.Builder> more) {
    return pool.add(
        "main", more.apply(ClientOptions.builder().withAddress(server.address())).build());
  }

  private void after(Duration delay, Runnable action) {
    timer.schedule(action, delay.toMillis(), TimeUnit.MILLISECONDS);
  }

  private long reconnects() {
    return pool.stats().clients().get("main").reconnects();
  }

  // ---- cuts

  @Test
  void aReadSurvivesNineCutsOfItsConnection() {
    Client client = client(options -> options.withRetry(0, Duration.ZERO));
    server.dropConnectionBefore("Search", 9);

    Outcome outcome = Outcome.of(() -> ClientOperation.SEARCH.on(client));

    assertThat(outcome.failure()).isNull();
    assertThat(server.calls("Search")).isEqualTo(10);
    assertThat(server.executed("Search")).isEqualTo(1);
    assertThat(events.of(Kind.DOWN)).isEmpty();
    assertThat(events.of(Kind.RETRY)).as("waiting for a connection is no retry").isEmpty();
  }

  @Test
  void nineReadsSurviveACutEach() {
    Client client = client(options -> options);

    for (int i = 0; i < 9; i++) {
      server.dropConnectionAfterExecuting("Query", 1);
      assertThat(Outcome.of(() -> ClientOperation.QUERY.on(client)).failure()).isNull();
    }

    assertThat(events.of(Kind.DOWN)).isEmpty();
  }

  @Test
  void aHundredClientsWhoseConnectionsAreCutAtOnceStayUp() {
    List<Client> clients = hundredClients();

    server.dropConnections();

    await().atMost(SOON).until(() -> server.transports() == clients.size());
    clients.forEach(client -> assertThat(client.listCollections()).isNotEmpty());
    assertThat(events.of(Kind.DOWN)).isEmpty();
  }

  @Test
  void aHundredClientsThatAreCutUnderLoadFailNoRead() {
    List<Client> clients = hundredClients();
    AtomicLong next = new AtomicLong();

    try (Load load =
        Load.of(
            8,
            () -> clients.get((int) (next.getAndIncrement() % clients.size())).listCollections())) {
      load.awaitMore(200);
      server.dropConnections();
      load.awaitMore(500);
      load.stopUnharmed();
    }

    await().atMost(SOON).until(() -> server.transports() == clients.size());
    assertThat(events.of(Kind.DOWN)).isEmpty();
  }

  /** No reset, no word: the old connections are silent, and every new one is served. */
  @Test
  void aHundredClientsWhoseConnectionsAMiddleboxForgotAtOnceStayUp() {
    List<Client> clients = hundredClients();
    clients.forEach(Client::listCollections);
    server.forgetConnections();

    List<Runnable> calls = new ArrayList<>();
    clients.forEach(client -> calls.add(client::listCollections));
    Thread callers = new Thread(() -> Outcome.ofAll(calls));
    callers.start();

    await()
        .atMost(SOON)
        .until(
            () ->
                pool.stats().clients().values().stream().allMatch(stats -> stats.reconnects() > 0));
    clients.forEach(client -> assertThat(client.listCollections()).isNotEmpty());
    assertThat(events.of(Kind.DOWN)).isEmpty();
    callers.interrupt();
  }

  @Test
  void aHundredIdleClientsWhoseConnectionsAMiddleboxForgotAreMendedByTheirHealthChecks() {
    for (int i = 0; i < 100; i++) {
      pool.add(
          "c" + i,
          options ->
              options.withAddress(server.address()).withHealthCheckInterval(Duration.ofSeconds(3)));
    }
    server.forgetConnections();

    await()
        .atMost(SOON)
        .until(
            () ->
                pool.stats().clients().values().stream().allMatch(stats -> stats.reconnects() > 0));

    pool.list().forEach(name -> assertThat(pool.get(name).listCollections()).isNotEmpty());
    assertThat(events.of(Kind.DOWN)).isEmpty();
  }

  /** The new process listens before the old one is gone, as with SO_REUSEPORT or a service. */
  @Test
  void aRestartUnderLoadFailsOnlyWritesThatWereUnderWay() {
    Client client = client(options -> options);

    try (Load load =
        Load.of(
            8,
            () -> {
              ClientOperation.SEARCH.on(client);
              try {
                ClientOperation.INSERT.on(client);
              } catch (ClientUnavailableException e) {
                assertThat(e.outcomeUnknown()).isTrue();
              }
            })) {
      for (int i = 0; i < 5; i++) {
        load.awaitMore(50);
        server.dropConnections();
      }
      load.awaitMore(50);
      load.stopUnharmed();
    }

    assertThat(events.lifeOf("main")).containsExactly(Kind.ADDED);
  }

  private List<Client> hundredClients() {
    List<Client> clients = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      clients.add(pool.add("c" + i, options -> options.withAddress(server.address())));
    }
    return clients;
  }

  // ---- hops

  @Test
  void aHopThatAnswersTwoPercentWithUnavailableChangesNothing() {
    Client client = client(options -> options);
    server.failOneIn(50, ScriptedMilvus.ALL, Status.UNAVAILABLE.withDescription("upstream reset"));
    AtomicLong writes = new AtomicLong();
    AtomicLong failedWrites = new AtomicLong();

    try (Load load =
        Load.of(
            4,
            () -> {
              ClientOperation.SEARCH.on(client);
              writes.incrementAndGet();
              try {
                ClientOperation.INSERT.on(client);
              } catch (ClientUnavailableException e) {
                failedWrites.incrementAndGet();
                assertThat(e.outcomeUnknown()).isTrue();
              }
            })) {
      load.awaitMore(1_500);
      load.stopUnharmed();
    }

    assertThat(failedWrites.get()).isBetween(1L, writes.get() / 20);
    assertThat(events.lifeOf("main")).containsExactly(Kind.ADDED);
    assertThat(reconnects()).isZero();
    assertThat(server.transportsEver()).isEqualTo(1);
  }

  @Test
  void aMeshThatResetsSingleStreamsChangesNothing() {
    Client client = client(options -> options);

    for (int i = 0; i < 5; i++) {
      server.resetStream("Search", 2);
      ClientOperation.SEARCH.on(client);
      server.resetStream("Insert", 1);
      assertThat(Outcome.of(() -> ClientOperation.INSERT.on(client)).failure())
          .isInstanceOfSatisfying(
              ClientUnavailableException.class,
              e -> assertThat(e.outcomeUnknown()).as("%s", e).isTrue());
    }

    assertThat(server.calls("Search")).isEqualTo(15);
    assertThat(server.calls("Insert")).isEqualTo(5);
    assertThat(events.lifeOf("main")).containsExactly(Kind.ADDED);
    assertThat(reconnects()).isZero();
    assertThat(server.transportsEver()).isEqualTo(1);
  }

  // ---- a server that stops for a while

  @Test
  void aServerThatStopsForThreeSecondsFailsNothing() {
    Client client = client(options -> options);

    try (Load load =
        Load.of(
            8,
            () -> {
              ClientOperation.SEARCH.on(client);
              ClientOperation.INSERT.on(client);
            })) {
      server.freeze();
      after(Duration.ofSeconds(3), server::thaw);
      load.awaitMore(500);
      load.stopUnharmed();
    }

    assertThat(events.lifeOf("main")).containsExactly(Kind.ADDED);
    assertThat(reconnects()).isLessThanOrEqualTo(1);
  }

  @Test
  void aFrozenServerIsNoticedUnderLoad() {
    Client client = client(options -> options);

    try (Load load = Load.of(8, client::listCollections)) {
      assertNoticedOnceFrozen(client);
    }
  }

  @Test
  void aFrozenServerIsNoticedAlsoWhereCallersGiveUpAfter300Ms() {
    Client client = client(options -> options);
    Client impatient = client.withDeadline(Duration.ofMillis(300));

    try (Load load = Load.of(4, impatient::listCollections)) {
      assertNoticedOnceFrozen(client);
    }
  }

  @Test
  void aFrozenServerIsNoticedAlsoWhereCallersAreInterruptedAfter300Ms() {
    Client client = client(options -> options);

    try (Load load =
        Load.of(
            4,
            () -> {
              Thread caller = Thread.currentThread();
              var interrupt = timer.schedule(caller::interrupt, 300, TimeUnit.MILLISECONDS);
              try {
                client.listCollections();
              } finally {
                interrupt.cancel(false);
                Thread.interrupted();
              }
            })) {
      assertNoticedOnceFrozen(client);
    }
  }

  private void assertNoticedOnceFrozen(Client client) {
    server.freeze();
    long frozenAt = System.nanoTime();
    await()
        .atMost(SOON)
        .pollInterval(Duration.ofMillis(10))
        .until(() -> client.state() == ClientState.DOWN);
    assertThat(Durations.since(frozenAt)).isLessThan(Duration.ofMillis(4_500));
  }
}
