package dev.milvuspool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import dev.milvuspool.Events.Kind;
import dev.milvuspool.internal.common.Background;
import dev.milvuspool.internal.pool.TestPools;
import dev.milvuspool.scripted.ScriptedMilvus;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.slf4j.LoggerFactory;

/** A thousand clients whose servers are gone: what they cost while they try to come back. */
@Timeout(120)
class DeadClientsTest {
  private static final int DEAD = 1_000;
  private static final Duration SOON = Duration.ofSeconds(60);

  private final ScriptedMilvus dead = ScriptedMilvus.start();
  private final ScriptedMilvus alive = ScriptedMilvus.start();
  private final Events events = new Events();
  private final Background background = new Background();
  private final MilvusPool pool = TestPools.open(List.of(events), background);
  private final ExecutorService callers = Executors.newFixedThreadPool(20);

  @BeforeAll
  static void keepQuiet() {
    ((Logger) LoggerFactory.getLogger(MilvusPool.class)).setLevel(Level.ERROR);
  }

  @AfterAll
  static void speakAgain() {
    ((Logger) LoggerFactory.getLogger(MilvusPool.class)).setLevel(null);
  }

  @AfterEach
  void close() {
    callers.shutdownNow();
    pool.close();
    dead.close();
    alive.close();
  }

  /** Each is made down by its first call. */
  private void addDeadClients() {
    dead.kill();
    for (int i = 0; i < DEAD; i++) {
      Client client =
          pool.add("dead-" + i, options -> options.withAddress(dead.address()).withLazyConnect());
      callers.submit(() -> Outcome.of(client::listCollections));
    }
    await()
        .atMost(SOON)
        .until(
            () ->
                pool.stats().clients().values().stream()
                        .filter(client -> client.state() == ClientState.DOWN)
                        .count()
                    == DEAD);
  }

  private void awaitFailedDials(int more) {
    int before = events.of(Kind.CONNECT_FAILED).size();
    await().atMost(SOON).until(() -> events.of(Kind.CONNECT_FAILED).size() >= before + more);
  }

  private int scheduledTasks() {
    return TestPools.scheduledTasks(background);
  }

  @Test
  void theyCostOneSchedulerThreadAndATaskEach() {
    addDeadClients();
    awaitFailedDials(DEAD / 4);

    await()
        .atMost(SOON)
        .untilAsserted(() -> assertThat(Threads.named("milvus-pool-")).hasSizeLessThanOrEqualTo(6));
    assertThat(Threads.named("milvus-pool-"))
        .filteredOn(name -> name.contains("scheduler"))
        .hasSize(1);
    int scheduled = scheduledTasks();
    awaitFailedDials(DEAD / 4);
    assertThat(scheduled).isLessThanOrEqualTo(2 * DEAD);
    assertThat(scheduledTasks()).as("no pile-up").isLessThanOrEqualTo(2 * DEAD);
  }

  @Test
  void aHealthyOneAmongThemDoesNotFeelThem() {
    Client healthy = pool.add("alive", options -> options.withAddress(alive.address()));
    addDeadClients();

    try (Load load = Load.of(2, healthy::listCollections)) {
      awaitFailedDials(DEAD / 4);
      load.awaitMore(100);
      load.stopUnharmed();
    }
    assertThat(pool.get("dead-0").state()).isEqualTo(ClientState.DOWN);
    assertThat(pool.list()).hasSize(DEAD + 1);
  }

  @Test
  void closingThemIsQuickAndLeavesNothing() {
    addDeadClients();

    Outcome closing = Outcome.of(pool::close);

    assertThat(closing.failure()).isNull();
    assertThat(closing.elapsed()).isLessThan(Duration.ofSeconds(10));
    await().atMost(SOON).until(() -> scheduledTasks() == 0);
    await().atMost(SOON).until(() -> Threads.named("milvus-pool-").isEmpty());
    assertThat(events.of(Kind.REMOVED)).hasSize(DEAD);
  }

  @Test
  void theyAllComeBackWhenTheirServerDoes() {
    addDeadClients();
    dead.restart();

    await()
        .atMost(SOON)
        .until(
            () ->
                pool.stats().clients().values().stream()
                    .allMatch(client -> client.state() == ClientState.UP));

    dead.awaitTransports(DEAD, SOON);
    assertThat(dead.calls("Connect"))
        .as("one dial each, and again what came to nothing in the rush")
        .isBetween((long) DEAD, 2L * DEAD);
  }

  /** Eighty clients whose dials hang in the handshake, on two servers. */
  @Test
  void serversThatHangInTheHandshakeDelayNoRecoveryOfAnother() {
    try (ScriptedMilvus one = ScriptedMilvus.start();
        ScriptedMilvus two = ScriptedMilvus.start();
        ScriptedMilvus sound = ScriptedMilvus.start();
        MilvusPool crowded = MilvusPool.create()) {
      for (ScriptedMilvus hanging : List.of(one, two)) {
        for (int i = 0; i < 40; i++) {
          crowded.add(hanging.port() + "-" + i, o -> o.withAddress(hanging.address()));
        }
      }
      Duration most = Duration.ofMillis(500);
      Client client =
          crowded.add(
              "sound",
              o ->
                  o.withAddress(sound.address())
                      .withReconnectBackoff(Duration.ofMillis(100), most));
      for (ScriptedMilvus hanging : List.of(one, two)) {
        hanging.stall("Connect");
        hanging.dropConnections();
        hanging.awaitInFlight("Connect", 20, SOON);
      }
      sound.kill();
      await().atMost(SOON).until(() -> client.state() == ClientState.DOWN);

      sound.restart();

      // By contract the longest backoff and half a second; twice that for a busy machine.
      await()
          .pollInterval(Duration.ofMillis(10))
          .atMost(most.plusMillis(1_000))
          .until(() -> client.state() == ClientState.UP);
    }
  }
}
