package dev.milvuspool;

import static org.assertj.core.api.Assertions.assertThat;

import dev.milvuspool.scripted.Hold;
import dev.milvuspool.scripted.ScriptedMilvus;
import io.milvus.shaded.io.grpc.Status;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A call ends in the database in which it began, whatever happens to its client meanwhile. */
@Timeout(60)
class CallDatabaseTest {
  private static final Duration SOON = Duration.ofSeconds(15);

  private final ScriptedMilvus server = ClientOperation.server().databases("default", "db1", "db2");
  private final MilvusPool pool = MilvusPool.create();
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final Client client = pool.add("main", ClientOperation.options(server).build());

  @AfterEach
  void close() {
    server.resumeAll();
    threads.shutdownNow();
    pool.close();
    server.close();
  }

  private void begunInDb1() {
    client.withDatabase("db1").createCollection("one", Samples.schema(), 1);
    client.withDatabase("db2").createCollection("two", Samples.schema(), 1);
    client.useDatabase("db1");
    server.resetCounts();
  }

  @Test
  void aReadThatChangesItsConnectionStaysInTheDatabaseInWhichItBegan() {
    begunInDb1();
    Future<List<String>> read;
    try (Hold hold = server.hold("ShowCollections")) {
      read = threads.submit(client::listCollections);
      hold.awaitCalls(1, SOON);
      client.useDatabase("db2");
      server.dropConnections();
      server.awaitCalls("ShowCollections", 2, SOON);
    }

    assertThat(read).succeedsWithin(SOON).isEqualTo(List.of("one"));
  }

  @Test
  void aLoadIsPolledInTheDatabaseInWhichItBegan() {
    begunInDb1();
    server.loadingProgress(10, 20, 30);
    Future<?> load;
    try (Hold hold = server.hold("GetLoadState")) {
      load = threads.submit(() -> client.loadCollection("one"));
      hold.awaitCalls(1, SOON);
      client.useDatabase("db2");
    }

    assertThat(load).succeedsWithin(SOON);
    assertThat(server.calls("GetLoadState")).isGreaterThan(2);
    assertThat(server.lastHeader("GetLoadState", "dbname")).contains("db1");
  }

  @Test
  void aReadThatIsSentAgainKeepsItsDatabase() throws Exception {
    server.fail("Search", Status.UNAVAILABLE, 1);
    Future<?> search;
    try (Hold hold = server.hold("Search")) {
      search = threads.submit(() -> ClientOperation.SEARCH.on(client));
      hold.awaitCalls(1, SOON);
      client.useDatabase("db2");
    }

    assertThat(search).succeedsWithin(SOON);
    assertThat(server.calls("Search")).isEqualTo(2);
    assertThat(server.lastHeader("Search", "dbname").orElse("default")).isEqualTo("default");
  }
}
