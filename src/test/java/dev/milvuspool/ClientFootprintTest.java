package dev.milvuspool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.management.UnixOperatingSystemMXBean;
import dev.milvuspool.scripted.ScriptedMilvus;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A client costs its socket, and no thread. */
@Timeout(120)
class ClientFootprintTest {
  private static final Duration SOON = Duration.ofSeconds(30);
  private static final int FEW = 32; // more than gRPC has event loops
  private static final int MORE = 100;

  private final ScriptedMilvus server = ScriptedMilvus.start();
  private final MilvusPool pool = MilvusPool.create();

  @AfterEach
  void close() {
    pool.close();
    server.close();
  }

  private void addUpTo(int clients) {
    for (int i = pool.list().size(); i < clients; i++) {
      pool.add("client-" + i, options -> options.withAddress(server.address()));
    }
    server.awaitTransports(clients, SOON);
  }

  @Test
  void moreClientsCostASocketEachAndNoThread() {
    addUpTo(FEW);
    await().atMost(SOON).until(() -> Threads.named("milvus-pool").size() <= 1);
    int threadsBefore = ManagementFactory.getThreadMXBean().getThreadCount();
    long filesBefore = openFiles();

    addUpTo(FEW + MORE);
    pool.list().forEach(name -> pool.get(name).listCollections());

    await()
        .atMost(SOON)
        .untilAsserted(
            () -> {
              assertThat(ManagementFactory.getThreadMXBean().getThreadCount())
                  .isLessThanOrEqualTo(threadsBefore + 3);
              // The server is in this process: a connection has two ends here.
              assertThat(openFiles() - filesBefore).isBetween(2L * MORE - 5, 2L * MORE + 5);
            });
  }

  @Test
  void closingThePoolGivesBackEverySocketAndThread() {
    addUpTo(FEW);
    pool.list().forEach(name -> pool.get(name).listCollections());

    pool.close();

    server.awaitTransports(0, SOON);
    await().atMost(SOON).until(() -> Threads.named("milvus-pool").isEmpty());
  }

  private static long openFiles() {
    return ((UnixOperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
        .getOpenFileDescriptorCount();
  }
}
