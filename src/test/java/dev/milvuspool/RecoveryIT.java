package dev.milvuspool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.milvuspool.server.RealMilvus;
import dev.milvuspool.server.RestartableMilvus;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** A real server is killed, restarted, frozen and thawed under a client. */
class RecoveryIT {
  private static final String ROWS = "recovery_rows";

  @Test
  void anOutageCostsNoAcknowledgedRowAndHealsByItself() throws Exception {
    ExecutorService threads = Executors.newSingleThreadExecutor();
    try (RestartableMilvus server = RealMilvus.restartable();
        MilvusPool pool = MilvusPool.create()) {
      Client client =
          pool.add("main", Samples.options(server).withDeadline(Duration.ofSeconds(5)).build());
      Samples.createLoaded(client, ROWS);
      Set<Long> acknowledged = ConcurrentHashMap.newKeySet();
      AtomicBoolean stop = new AtomicBoolean();
      AtomicLong next = new AtomicLong();
      Future<?> inserts =
          threads.submit(
              () -> {
                while (!stop.get()) {
                  long id = next.getAndIncrement();
                  try {
                    client.insert(ROWS, Samples.rows(id, 1));
                    acknowledged.add(id);
                  } catch (ClientUnavailableException | ClientTimeoutException outage) {
                    // not acknowledged
                  } catch (io.milvus.v2.exception.MilvusClientException notYetReady) {
                    // the server answers before it takes writes
                  }
                }
              });
      Awaitility.await().until(() -> acknowledged.size() > 20);

      server.kill();
      Awaitility.await()
          .atMost(Duration.ofSeconds(10))
          .until(() -> client.state() == ClientState.DOWN);
      assertThatThrownBy(client::listCollections)
          .isInstanceOfSatisfying(
              ClientUnavailableException.class, e -> assertThat(e.outcomeUnknown()).isFalse());
      server.start();

      Awaitility.await()
          .atMost(Duration.ofSeconds(10))
          .until(() -> client.state() == ClientState.UP);
      int before = acknowledged.size();
      Awaitility.await()
          .atMost(Duration.ofSeconds(90))
          .until(() -> acknowledged.size() > before + 20);
      stop.set(true);
      inserts.get();
      Awaitility.await()
          .atMost(Duration.ofSeconds(90))
          .ignoreExceptions()
          .untilAsserted(
              () -> assertThat(Samples.ids(client, ROWS, "id >= 0")).containsAll(acknowledged));
    } finally {
      threads.shutdownNow();
    }
  }

  @Test
  void aFrozenServerCostsNoMoreThanTheDeadline() {
    try (RestartableMilvus server = RealMilvus.restartable();
        MilvusPool pool = MilvusPool.create()) {
      Client client =
          pool.add("main", Samples.options(server).withDeadline(Duration.ofSeconds(2)).build());

      server.freeze();
      long startedAt = System.nanoTime();
      assertThatThrownBy(client::listCollections).isInstanceOf(MilvusPoolException.class);
      assertThat(Nanos.since(startedAt)).isLessThan(Duration.ofMillis(2_700));
      Awaitility.await()
          .atMost(Duration.ofSeconds(15))
          .until(() -> client.state() == ClientState.DOWN);
      assertThat(client.health().healthy()).isFalse();
      server.thaw();

      Awaitility.await()
          .atMost(Duration.ofSeconds(10))
          .until(() -> client.state() == ClientState.UP);
      Awaitility.await()
          .atMost(Duration.ofSeconds(30))
          .ignoreExceptions()
          .until(() -> client.listCollections().isEmpty());
    }
  }
}
