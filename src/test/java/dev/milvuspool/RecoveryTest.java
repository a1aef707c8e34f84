package dev.milvuspool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.milvuspool.ClientConnectException.Reason;
import dev.milvuspool.Events.Kind;
import dev.milvuspool.internal.common.Backoff;
import dev.milvuspool.internal.common.Durations;
import dev.milvuspool.scripted.ScriptedMilvus;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** How a client comes back once its server does, and what it costs the server until then. */
@Timeout(90)
class RecoveryTest {
  private static final Duration SOON = Duration.ofSeconds(20);
  private static final Duration MAX_BACKOFF = Duration.ofMillis(300);

  /** By contract, after the server is back. */
  private static final Duration AT_ONCE = MAX_BACKOFF.plusMillis(500);

  private final ScriptedMilvus server = ClientOperation.server();
  private final Events events = new Events();
  private final MilvusPool pool = MilvusPool.builder().withListener(events).build();
  private final ExecutorService threads = Executors.newCachedThreadPool();

  /** How a server goes and comes. */
  enum Outage {
    KILLED {
      @Override
      void begin(ScriptedMilvus server) {
        server.kill();
      }

      @Override
      void end(ScriptedMilvus server) {
        server.restart();
      }
    },
    /** Its packets are lost, those of new connections too. */
    SILENT {
      @Override
      void begin(ScriptedMilvus server) {
        server.blackhole();
      }

      @Override
      void end(ScriptedMilvus server) {
        server.unblackhole();
      }
    },
    /** It hangs: the kernel takes connections for it, and it says nothing. */
    HANGING {
      @Override
      void begin(ScriptedMilvus server) {
        server.stallAccept(); // first, so that nobody comes back in between
        server.dropConnections();
        server.awaitTransports(0, SOON);
      }

      @Override
      void end(ScriptedMilvus server) {
        server.acceptConnections();
      }
    };

    abstract void begin(ScriptedMilvus server);

    abstract void end(ScriptedMilvus server);
  }

  @AfterEach
  void close() {
    threads.shutdownNow();
    pool.close();
    server.close();
  }

  private Client add(UnaryOperator<ClientOptions.Builder> more) {
    return pool.add(
        "main",
        more.apply(
                ClientOptions.builder()
                    .withAddress(server.address())
                    .withDeadline(SOON)
                    .withConnectTimeout(Duration.ofSeconds(2))
                    .withRetry(0, Duration.ZERO)
                    .withDrainTimeout(Duration.ZERO)
                    .withHealthCheckInterval(Duration.ZERO)
                    .withReconnectBackoff(Duration.ofMillis(20), MAX_BACKOFF))
            .build());
  }

  private static void awaitState(Client client, ClientState state) {
    await().atMost(SOON).pollInterval(Duration.ofMillis(5)).until(() -> client.state() == state);
  }

  private void awaitDown(Client client) {
    await()
        .atMost(SOON)
        .until(
            () ->
                client.state() == ClientState.DOWN
                    || client.health(Duration.ofMillis(200)).state() == ClientState.DOWN);
  }

  /** The length of an outage, counted in dials that failed. */
  private void awaitFailedDials(int more) {
    int before = events.of(Kind.CONNECT_FAILED).size();
    await()
        .atMost(Duration.ofSeconds(40))
        .until(() -> events.of(Kind.CONNECT_FAILED).size() >= before + more);
  }

  // ---- how soon

  /** Asserted of the best of two outages, because the machine may be busy. */
  @ParameterizedTest
  @EnumSource
  void theFirstSuccessComesWithinTheLongestBackoffAndHalfASecond(Outage outage) {
    Client client = add(options -> options);
    List<Duration> elapsed = new ArrayList<>();

    for (int round = 0; round < 2; round++) {
      outage.begin(server);
      awaitDown(client);
      awaitFailedDials(outage == Outage.KILLED ? 12 : 2);
      outage.end(server);
      long backAt = System.nanoTime();
      awaitState(client, ClientState.UP);
      client.listCollections();
      elapsed.add(Durations.since(backAt));
    }

    assertThat(elapsed).anySatisfy(each -> assertThat(each).isLessThan(AT_ONCE));
    await().untilAsserted(() -> assertThat(events.of(Kind.UP)).hasSize(2));
  }

  @Test
  void theFirstSuccessComesAsSoonUnderTraffic() {
    Client client = add(options -> options);
    List<Duration> elapsed = new ArrayList<>();

    try (Load load = Load.of(4, () -> listOrPause(client))) {
      for (int round = 0; round < 2; round++) {
        server.kill();
        awaitState(client, ClientState.DOWN);
        awaitFailedDials(8);
        server.resetCounts();
        server.restart();
        long backAt = System.nanoTime();
        server.awaitExecuted("ShowCollections", 1, SOON);
        elapsed.add(Durations.since(backAt));
        awaitState(client, ClientState.UP);
      }
      load.stop();

      assertThat(load.failures())
          .isNotEmpty()
          .allSatisfy(
              failure -> assertThat(failure).isInstanceOf(ClientUnavailableException.class));
    }
    assertThat(elapsed).anySatisfy(each -> assertThat(each).isLessThan(AT_ONCE));
    await().untilAsserted(() -> assertThat(events.of(Kind.UP)).hasSize(2));
  }

  private static void listOrPause(Client client) {
    try {
      client.listCollections();
    } catch (ClientUnavailableException e) {
      Thread.yield();
      throw e;
    }
  }

  /** A knock, a look whether something listens, and the dial: the first attempt succeeds. */
  @Test
  void theFirstAttemptAfterTheReturnSucceeds() {
    Client client = add(options -> options);
    server.kill();
    awaitDown(client);
    awaitFailedDials(5);
    server.resetCounts();

    server.restart();
    awaitState(client, ClientState.UP);

    assertThat(server.acceptedConnections()).isLessThanOrEqualTo(4);
    assertThat(server.calls("Connect")).isEqualTo(1);
    server.awaitTransports(1, SOON);
  }

  @Test
  void aServerThatFlapsIsFollowedEveryTime() {
    Client client = add(options -> options);

    for (int round = 1; round <= 6; round++) {
      server.kill();
      awaitDown(client);
      server.restart();
      awaitState(client, ClientState.UP);
    }

    assertThat(client.listCollections()).contains("items");
    server.awaitTransports(1, SOON);
    assertThat(pool.stats().clients().get("main").reconnects()).isEqualTo(6);
  }

  // ---- what keeps it down

  @Test
  void oldCredentialsRejectedOnTheReturnKeepItDownUntilReplaced() {
    server.requireAuth("root", "old");
    Client client = add(options -> options.withAuth("root", "old"));
    server.kill();
    awaitDown(client);
    server.requireAuth("root", "new");

    server.restart();

    await()
        .atMost(SOON)
        .untilAsserted(() -> assertThat(reasonOf(client)).isEqualTo(Reason.AUTHENTICATION));
    awaitFailedDials(5);
    assertThat(client.state()).isEqualTo(ClientState.DOWN);
    assertThat(client.health().healthy()).isFalse();
    assertThat(Outcome.of(client::listCollections).failure())
        .isInstanceOf(ClientUnavailableException.class)
        .hasMessageContaining("credentials")
        .hasMessageNotContaining("old");
    assertThat(events.of(Kind.UP)).isEmpty();

    pool.replace("main", client.options().toBuilder().withAuth("root", "new").build());

    assertThat(client.listCollections()).contains("items");
    assertThat(client.health().healthy()).isTrue();
    assertThat(client.health().lastError()).isNull();
    server.awaitTransports(1, SOON);
  }

  @Test
  void aDatabaseThatIsMissingOnTheReturnKeepsNobodyDown() {
    Client client = add(options -> options.withDatabase("other"));
    server.kill();
    awaitDown(client);
    server.databases("default");

    server.restart();

    awaitState(client, ClientState.UP);
    assertThat(client.currentDatabase()).isEqualTo("other");
    server.awaitTransports(1, SOON);
  }

  private static Reason reasonOf(Client client) {
    assertThat(client.health().lastError()).isInstanceOf(ClientConnectException.class);
    return ((ClientConnectException) client.health().lastError()).reason();
  }

  // ---- what it costs the server

  @Test
  void twoDialsAtATimeHoweverManyCallersThereAre() throws Exception {
    Client client = add(options -> options.withWaitForReady(true));
    server.kill();
    awaitDown(client);
    server.resetCounts();
    server.stall("Connect");
    List<Future<?>> callers = new ArrayList<>();
    for (int i = 0; i < 50; i++) {
      callers.add(threads.submit(client::listCollections));
    }

    server.restart();
    server.awaitCalls("Connect", 4, SOON); // there are fresh ones beside the one that hangs

    assertThat(server.maxInFlight("Connect")).isEqualTo(2);
    server.resume("Connect");
    for (Future<?> caller : callers) {
      caller.get(20, TimeUnit.SECONDS);
    }
    server.awaitTransports(1, SOON);
    assertThat(server.maxInFlight("Connect")).isEqualTo(2);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aThousandCallersOfADeadClientCauseNoDialStorm(boolean waitForReady) throws Exception {
    Duration deadline = Duration.ofSeconds(3);
    Client client =
        add(
            options ->
                options
                    .withWaitForReady(waitForReady)
                    .withDeadline(deadline)
                    .withReconnectBackoff(MAX_BACKOFF, MAX_BACKOFF));
    server.blackhole();
    awaitDown(client);
    server.resetCounts();
    long startedAt = System.nanoTime();

    List<Runnable> callers = new ArrayList<>();
    for (int i = 0; i < 1_000; i++) {
      callers.add(client::listCollections);
    }
    List<Outcome> outcomes = Outcome.ofAll(callers);

    long shortestBackoff = MAX_BACKOFF.toNanos() / 2;
    long mostDials = Durations.nanos(Durations.since(startedAt)) / shortestBackoff + 2;
    assertThat(server.acceptedConnections()).isLessThanOrEqualTo(mostDials);
    assertThat(outcomes)
        .allSatisfy(
            outcome ->
                assertThat(outcome.failure())
                    .isInstanceOf(
                        waitForReady
                            ? ClientTimeoutException.class
                            : ClientUnavailableException.class));
  }

  @Test
  void callersThatWaitAreServedAfterTheRecoveryAndSentOnce() throws Exception {
    Client client = add(options -> options.withWaitForReady(true));
    server.kill();
    awaitDown(client);
    server.resetCounts();
    List<Future<?>> writes = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      writes.add(threads.submit(() -> ClientOperation.INSERT.on(client)));
    }
    awaitFailedDials(3);
    assertThat(writes).noneMatch(Future::isDone);

    server.restart();

    for (Future<?> write : writes) {
      write.get(20, TimeUnit.SECONDS);
    }
    assertThat(server.calls("Insert")).isEqualTo(200);
    assertThat(server.executed("Insert")).isEqualTo(200);
    assertThat(pool.stats().clients().get("main").retries()).isZero();
  }

  // ---- backoff

  @Test
  void theBackoffDoublesFromTheLeastToTheMostWithJitter() {
    Random random = new Random(11);
    Duration min = Duration.ofMillis(100);
    Duration max = Duration.ofSeconds(1);
    List<Duration> ceilings =
        List.of(min, Duration.ofMillis(200), Duration.ofMillis(400), Duration.ofMillis(800), max);

    for (int attempt = 0; attempt < 60; attempt++) {
      Duration ceiling = ceilings.get(Math.min(attempt, ceilings.size() - 1));
      List<Duration> drawn = new ArrayList<>();
      for (int i = 0; i < 200; i++) {
        drawn.add(Backoff.beforeReconnect(attempt, min, max, random));
      }

      assertThat(drawn)
          .allSatisfy(each -> assertThat(each).isBetween(ceiling.dividedBy(2), ceiling))
          .doesNotHaveDuplicates()
          .anySatisfy(each -> assertThat(each).isLessThan(ceiling.multipliedBy(6).dividedBy(10)))
          .anySatisfy(
              each -> assertThat(each).isGreaterThan(ceiling.multipliedBy(9).dividedBy(10)));
    }
  }
}
