package dev.milvuspool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.milvuspool.Events.Kind;
import dev.milvuspool.micrometer.MicrometerPoolListener;
import dev.milvuspool.scripted.ScriptedMilvus;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A name that is removed and added again: the end of the old is heard before the new begins. */
@Timeout(60)
class ListenerOrderTest {
  private static final Duration SOON = Duration.ofSeconds(15);

  private final ScriptedMilvus server = ClientOperation.server();
  private final ExecutorService threads = Executors.newCachedThreadPool();

  @AfterEach
  void close() {
    threads.shutdownNow();
    server.close();
  }

  private ClientOptions options() {
    return ClientOperation.options(server).withDrainTimeout(Duration.ofMillis(300)).build();
  }

  @Test
  void duringTheDrainAndAfterIt() throws Exception {
    Events events = new Events();
    SimpleMeterRegistry meters = new SimpleMeterRegistry();
    try (MilvusPool pool =
        MilvusPool.builder()
            .withListener(events)
            .withListener(new MicrometerPoolListener(meters))
            .build()) {
      Client client = pool.add("main", options());
      for (int i = 0; i < 10; i++) {
        server.stall("Search");
        Client draining = client;
        Future<Outcome> search =
            threads.submit(() -> Outcome.of(() -> ClientOperation.SEARCH.on(draining)));
        server.awaitInFlight("Search", 1, SOON);
        pool.remove("main");
        if (i % 2 == 0) {
          server.resumeAll(); // its drain ends while the name is added again
        }
        client = pool.add("main", options());
        server.resumeAll();
        search.get(10, TimeUnit.SECONDS);
      }
      await().atMost(SOON).until(() -> events.of(Kind.REMOVED).size() == 10);
      client.listCollections();

      List<Kind> life = events.lifeOf("main");
      for (int i = 0; i < life.size(); i++) {
        assertThat(life.get(i)).as("%s", life).isEqualTo(i % 2 == 0 ? Kind.ADDED : Kind.REMOVED);
      }
      for (String name : List.of("milvus.client.up", "milvus.client.in.flight")) {
        assertThat(meters.find(name).tag("client", "main").gauges()).as(name).hasSize(1);
      }
      assertThat(meters.get("milvus.client.up").tag("client", "main").gauge().value()).isEqualTo(1);
      assertThat(
              meters
                  .get("milvus.client.operation")
                  .tag("operation", "listCollections")
                  .timer()
                  .count())
          .isEqualTo(1);
    }
    assertThat(meters.getMeters()).isEmpty();
  }

  @Test
  void aListenerThatIsStillHearingOfTheEndHearsOfTheBeginningAfterwards() throws Exception {
    CountDownLatch entered = new CountDownLatch(1);
    CountDownLatch release = new CountDownLatch(1);
    Events events = new Events();
    PoolListener slow =
        new PoolListener() {
          @Override
          public void onClientRemoved(String client) {
            entered.countDown();
            try {
              release.await(20, TimeUnit.SECONDS);
            } catch (InterruptedException e) {
              Thread.currentThread().interrupt();
            }
          }
        };
    try (MilvusPool pool = MilvusPool.builder().withListener(slow).withListener(events).build()) {
      pool.add("main", options());
      Future<?> removing = threads.submit(() -> pool.remove("main"));
      assertThat(entered.await(10, TimeUnit.SECONDS)).isTrue();

      pool.add("main", options());
      assertThat(events.lifeOf("main")).containsExactly(Kind.ADDED);
      release.countDown();
      removing.get(10, TimeUnit.SECONDS);

      await()
          .atMost(SOON)
          .untilAsserted(
              () ->
                  assertThat(events.lifeOf("main"))
                      .containsExactly(Kind.ADDED, Kind.REMOVED, Kind.ADDED));
    }
  }

  @Test
  void aListenerMayAddTheNameAgainThatItHearsTheEndOf() {
    MilvusPool[] self = new MilvusPool[1];
    Events events = new Events();
    PoolListener adding =
        new PoolListener() {
          @Override
          public void onClientRemoved(String client) {
            if (client.equals("main") && events.of(Kind.REMOVED).isEmpty()) {
              self[0].add("main", options());
            }
          }
        };
    try (MilvusPool pool = MilvusPool.builder().withListener(adding).withListener(events).build()) {
      self[0] = pool;
      pool.add("main", options());

      pool.remove("main");

      assertThat(pool.has("main")).isTrue();
      await()
          .atMost(SOON)
          .untilAsserted(
              () ->
                  assertThat(events.lifeOf("main"))
                      .containsExactly(Kind.ADDED, Kind.REMOVED, Kind.ADDED));
    }
  }
}
