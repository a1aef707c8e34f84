package dev.milvuspool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import dev.milvuspool.Events.Kind;
import dev.milvuspool.scripted.ScriptedMilvus;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A pool that is built with its clients: all or none of them, or all and some of them down. */
@Timeout(60)
class PropertiesPoolTest {
  private static final Duration SOON = Duration.ofSeconds(20);

  private final ScriptedMilvus good = ScriptedMilvus.start();
  private final ScriptedMilvus dead = ScriptedMilvus.start();
  private final ScriptedMilvus alsoDead = ScriptedMilvus.start();
  private final Events events = new Events();
  private final Map<String, String> properties = new HashMap<>();

  @BeforeEach
  void configure() {
    dead.kill();
    alsoDead.kill();
    client("good", good);
  }

  @AfterEach
  void close() {
    good.close();
    dead.close();
    alsoDead.close();
  }

  private void client(String name, ScriptedMilvus server) {
    properties.put("milvus.pool.clients." + name + ".address", server.address());
  }

  private MilvusPool.Builder pool() {
    return MilvusPool.builder().withListener(events).withProperties(properties);
  }

  private static void awaitNoThread() {
    await().atMost(SOON).untilAsserted(() -> assertThat(Threads.named("milvus-pool")).isEmpty());
  }

  @Test
  void theClientsOfThePropertiesAreInThePool() {
    client("other", good);
    properties.put("milvus.pool.clients.other.deadline", "1s");

    try (MilvusPool pool = pool().build()) {
      assertThat(pool.list()).containsExactly("good", "other");
      assertThat(pool.get("other").options().deadline()).isEqualTo(Duration.ofSeconds(1));
      assertThat(pool.get("good").listCollections()).isEmpty();
      assertThat(events.lifeOf("other")).containsExactly(Kind.ADDED);
    }
    assertThat(events.lifeOf("other")).containsExactly(Kind.ADDED, Kind.REMOVED);
  }

  @Test
  void propertiesAddUpAndTheLaterOnesWin() {
    try (MilvusPool pool =
        pool()
            .withProperties(Map.of("milvus.pool.clients.good.deadline", "1s"))
            .withProperties(Map.of("milvus.pool.clients.good.deadline", "2s"))
            .build()) {
      assertThat(pool.get("good").options().deadline()).isEqualTo(Duration.ofSeconds(2));
    }
  }

  @Test
  void oneClientThatCannotBeDialledFailsAllAndLeavesNothingOpen() {
    client("dead", dead);

    ClientConnectException failure =
        catchThrowableOfType(ClientConnectException.class, () -> pool().build());

    assertThat(failure.clientName()).isEqualTo("dead");
    assertThat(failure.reason()).isEqualTo(ClientConnectException.Reason.REFUSED);
    good.awaitTransports(0, SOON);
    await().atMost(SOON).until(() -> events.lifeOf("good").contains(Kind.REMOVED));
    await().atMost(SOON).untilAsserted(() -> assertThat(Threads.named("milvus-pool")).isEmpty());
  }

  @Test
  void everyClientThatCannotBeDialledIsTold() {
    client("dead", dead);
    client("also.dead", alsoDead);

    ClientConnectException failure =
        catchThrowableOfType(ClientConnectException.class, () -> pool().build());

    assertThat(failure.clientName()).isEqualTo("also.dead");
    assertThat(failure.getSuppressed())
        .singleElement()
        .satisfies(
            other -> assertThat(((ClientConnectException) other).clientName()).isEqualTo("dead"));
  }

  @Test
  void withoutFailFastADeadServersClientIsDownAndHeals() {
    client("dead", dead);
    properties.put("milvus.pool.fail-fast", "false");

    try (MilvusPool pool = pool().build()) {
      assertThat(pool.list()).containsExactly("dead", "good");
      assertThat(pool.get("good").listCollections()).isEmpty();
      Client client = pool.get("dead");
      assertThat(client.state()).isEqualTo(ClientState.DOWN);
      assertThat(pool.health().get("dead").lastError())
          .isInstanceOf(ClientConnectException.class)
          .hasMessageContaining(dead.address());
      assertThat(Outcome.of(client::listCollections).failure())
          .isInstanceOf(ClientUnavailableException.class);

      dead.restart();

      await().atMost(SOON).until(() -> client.state() == ClientState.UP);
      assertThat(client.listCollections()).isEmpty();
    }
    assertThat(events.lifeOf("dead")).containsExactly(Kind.ADDED, Kind.DOWN, Kind.UP, Kind.REMOVED);
  }

  @Test
  void wrongPropertiesOpenNothing() {
    properties.put("milvus.pool.clients.good.adress", "a:1");

    Outcome outcome = Outcome.of(() -> pool().build());

    assertThat(outcome.failure())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("milvus.pool.clients.good.adress");
    assertThat(good.transportsEver()).isZero();
  }

  @Test
  void allClientsAreDialledAtTheSameTime() throws Exception {
    ScriptedMilvus[] silent = {ScriptedMilvus.start(), ScriptedMilvus.start()};
    try {
      for (int i = 0; i < silent.length; i++) {
        silent[i].blackhole();
        client("silent" + i, silent[i]);
        properties.put("milvus.pool.clients.silent" + i + ".connect-timeout", "30s");
      }
      Thread builder = new Thread(() -> Outcome.of(() -> pool().build()));
      builder.start();

      for (ScriptedMilvus each : silent) {
        each.awaitAcceptedConnections(1, SOON);
      }

      builder.interrupt();
      builder.join(TimeUnit.SECONDS.toMillis(20));
      assertThat(builder.isAlive()).as("an interrupt ends the building").isFalse();
      good.awaitTransports(0, SOON);
      awaitNoThread();
    } finally {
      for (ScriptedMilvus each : silent) {
        each.close();
      }
    }
  }
}
