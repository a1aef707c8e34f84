package dev.milvuspool.internal.pool;

import static org.assertj.core.api.Assertions.assertThat;

import dev.milvuspool.Client;
import dev.milvuspool.ClientOptions;
import dev.milvuspool.internal.common.Background;
import dev.milvuspool.internal.common.DeadlineSweeper;
import dev.milvuspool.internal.connect.InMemoryConnector;
import dev.milvuspool.internal.connect.Transport;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The very moment of the swap in a replace, which a transport that is closed for it marks. */
@Timeout(30)
class ReplaceMomentTest {
  private final Background background = new Background();
  private final AtomicReference<Runnable> atTheSwap = new AtomicReference<>(() -> {});
  private final DefaultMilvusPool pool =
      new DefaultMilvusPool(
          List.of(),
          background,
          new DeadlineSweeper(background),
          new InMemoryConnector(background) {
            @Override
            protected Runnable newClosing() {
              return () -> atTheSwap.getAndSet(() -> {}).run();
            }

            @Override
            public CompletableFuture<Transport> connect(
                Target target, Route route, Duration timeout) {
              CompletableFuture<Transport> dial = new CompletableFuture<>();
              background.execute(
                  () -> super.connect(target, route, timeout).thenAccept(dial::complete));
              return dial;
            }
          });
  private Client client;

  @BeforeEach
  void add() {
    client = pool.add("main", ClientOptions.builder().withDatabase("old").build());
  }

  @AfterEach
  void close() {
    pool.close();
  }

  private static ClientOptions others() {
    return ClientOptions.builder().withDatabase("new").build();
  }

  @Test
  void anInterruptThatComesTooLateIsNoFailure() throws Exception {
    AtomicReference<Throwable> failure = new AtomicReference<>();
    AtomicReference<Boolean> flag = new AtomicReference<>();
    Thread replacing =
        new Thread(
            () -> {
              try {
                pool.replace("main", others());
              } catch (Throwable e) {
                failure.set(e);
              }
              flag.set(Thread.currentThread().isInterrupted());
            });
    atTheSwap.set(
        () -> {
          replacing.interrupt();
          if (Thread.currentThread() != replacing) {
            join(replacing, 2_000);
          }
        });

    replacing.start();
    replacing.join();

    assertThat(client.options()).isEqualTo(others());
    assertThat(failure.get()).isNull();
    assertThat(flag.get()).isTrue();
  }

  private static void join(Thread thread, long millis) {
    try {
      thread.join(millis);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Test
  void theDatabaseChangesWithTheOptions() {
    AtomicReference<String> database = new AtomicReference<>();
    atTheSwap.set(() -> database.set(client.currentDatabase()));

    pool.replace("main", others());

    assertThat(database.get()).isEqualTo("new");
  }
}
