package dev.milvuspool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.milvuspool.scripted.ScriptedMilvus;
import java.time.Duration;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The threads of a pool: none that idles but its scheduler, few for many clients in trouble. */
@Timeout(120)
class PoolThreadsTest {
  private static final Duration SOON = Duration.ofSeconds(30);
  private static final int CLIENTS = 300;
  private static final int FEW = 5;

  private final ScriptedMilvus server = ScriptedMilvus.start();
  private final MilvusPool pool = MilvusPool.create();

  @AfterEach
  void close() {
    pool.close();
    server.close();
  }

  private void add(int clients) {
    for (int i = 0; i < clients; i++) {
      pool.add("client-" + i, options -> options.withAddress(server.address()));
    }
  }

  /** The threads of this process but those of gRPC, of the server, and of the waiting test. */
  private static Set<Thread> others() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> !thread.getName().startsWith("grpc-"))
        .filter(thread -> !thread.getName().startsWith("scripted-"))
        .filter(thread -> !thread.getName().startsWith("awaitility"))
        .collect(Collectors.toSet());
  }

  private long down() {
    return pool.stats().clients().values().stream()
        .filter(client -> client.state() == ClientState.DOWN)
        .count();
  }

  @Test
  void aCrowdOfClientsOfADeadServerAddsFewThreads() {
    Set<Thread> before = others();
    add(CLIENTS);

    server.kill();
    await().atMost(SOON).until(() -> down() == CLIENTS);

    await() // while they all reconnect, again and again
        .during(Duration.ofSeconds(5))
        .atMost(SOON)
        .pollInterval(Duration.ofMillis(20))
        .untilAsserted(() -> assertThat(added(before)).isLessThanOrEqualTo(FEW));
  }

  @Test
  void aCrowdOfClientsOfASilentServerAddsFewThreads() {
    Set<Thread> before = others();
    add(CLIENTS);

    server.blackhole();
    server.dropConnections();
    await().atMost(SOON).until(() -> down() == CLIENTS);

    await()
        .during(Duration.ofSeconds(5))
        .atMost(SOON)
        .pollInterval(Duration.ofMillis(20))
        .untilAsserted(() -> assertThat(added(before)).isLessThanOrEqualTo(FEW));
  }

  private static long added(Set<Thread> before) {
    return others().stream().filter(thread -> !before.contains(thread)).count();
  }

  @Test
  void anIdlePoolHasNoThreadButItsScheduler() {
    assertThat(Threads.named("milvus-pool")).isEmpty();

    add(3);
    pool.list().forEach(name -> pool.get(name).listDatabases());

    await()
        .atMost(SOON)
        .untilAsserted(
            () ->
                assertThat(Threads.named("milvus-pool"))
                    .singleElement()
                    .asString()
                    .contains("-scheduler-"));
  }
}
