package dev.milvuspool;

import static org.assertj.core.api.Assertions.assertThat;

import dev.milvuspool.internal.common.Background;
import dev.milvuspool.internal.connect.InMemoryConnector;
import dev.milvuspool.internal.pool.TestPools;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Threads that get, add and remove the same name as fast as they can, without a network. */
@Timeout(90)
class NamesUnderLoadTest {
  private static final int THREADS = 4;
  private static final int ROUNDS = 15_000;

  @Test
  void nobodyWaitsForACreationThatWasWithdrawn() throws Exception {
    ClientOptions options = ClientOptions.builder().build();
    Background background = new Background();
    ExecutorService threads = Executors.newFixedThreadPool(THREADS);
    try (MilvusPool pool =
        TestPools.open(List.of(), background, new InMemoryConnector(background))) {
      List<Future<?>> running = new ArrayList<>();
      for (int i = 0; i < THREADS; i++) {
        boolean adds = i == 0;
        running.add(
            threads.submit(
                () -> {
                  for (int round = 0; round < ROUNDS; round++) {
                    try {
                      if (adds) {
                        pool.add("main", options);
                      } else {
                        pool.mustGet("main", options);
                      }
                      pool.remove("main");
                    } catch (ClientAlreadyExistsException | ClientNotFoundException e) {
                      // another thread was faster
                    }
                  }
                }));
      }

      for (Future<?> each : running) {
        each.get(60, TimeUnit.SECONDS);
      }
      assertThat(pool.list()).isEmpty();
    } finally {
      threads.shutdownNow();
    }
  }
}
