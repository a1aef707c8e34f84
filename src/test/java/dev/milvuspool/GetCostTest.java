package dev.milvuspool;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.lang.management.ThreadMXBean;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Getting a client is a read of a map: it allocates nothing and waits for nobody. */
@Timeout(60)
class GetCostTest {
  private static final int MANY = 100_000;
  private static final int THREADS = 8;

  /**
   * Asked for once: {@link ManagementFactory} has a lock that the measured threads would meet at.
   */
  private static final ThreadMXBean MEASURE = ManagementFactory.getThreadMXBean();

  private final MilvusPool pool = MilvusPool.create();
  private final ExecutorService threads = Executors.newCachedThreadPool();

  @BeforeEach
  void addClients() {
    for (int i = 0; i < 100; i++) {
      pool.add("client-" + i, ClientOptions.Builder::withLazyConnect);
    }
  }

  @AfterEach
  void close() {
    threads.shutdownNow();
    pool.close();
  }

  private void getMany() {
    for (int i = 0; i < MANY; i++) {
      pool.get("client-50");
    }
  }

  @Test
  void getAllocatesNothing() {
    getMany();

    long allocated = Allocation.least(5, this::getMany);

    assertThat(allocated).isZero();
  }

  /**
   * Eight threads at a lock, and one who takes it again and again: they would wait many times. Once
   * in a while a thread waits for the JVM itself, which loads a class.
   */
  @Test
  void getNeverWaitsWhileClientsComeAndGo() throws Exception {
    getMany();
    waitsOfThisThread();
    CountDownLatch begin = new CountDownLatch(1);
    Future<?> changes =
        threads.submit(
            () -> {
              begin.await();
              while (!Thread.currentThread().isInterrupted()) {
                pool.add("other", ClientOptions.Builder::withLazyConnect);
                pool.remove("other");
              }
              return null;
            });
    List<Future<Long>> waits = new ArrayList<>();
    for (int i = 0; i < THREADS; i++) {
      waits.add(
          threads.submit(
              () -> {
                begin.await();
                long before = waitsOfThisThread();
                for (int round = 0; round < 20; round++) {
                  getMany();
                }
                return waitsOfThisThread() - before;
              }));
    }

    begin.countDown();

    long sum = 0;
    for (Future<Long> each : waits) {
      sum += each.get(30, TimeUnit.SECONDS);
    }
    changes.cancel(true);
    assertThat(sum).isLessThan(THREADS);
  }

  /** How often this thread waited for a monitor, or parked at a lock. */
  private static long waitsOfThisThread() {
    ThreadInfo info = MEASURE.getThreadInfo(Thread.currentThread().getId());
    return info.getBlockedCount() + info.getWaitedCount();
  }

  @Test
  void getWorksWhileAnotherThreadHoldsEveryMonitorOfThePool() throws Exception {
    List<Object> monitors = new ArrayList<>(List.of(pool, pool.get("client-50")));
    for (Field field : pool.getClass().getDeclaredFields()) {
      if (!Modifier.isStatic(field.getModifiers())) {
        field.setAccessible(true);
        monitors.add(field.get(pool));
      }
    }

    holding(
        monitors,
        () -> {
          Future<Client> got = threads.submit(() -> pool.get("client-50"));
          assertThat(got).succeedsWithin(10, TimeUnit.SECONDS);
        });
  }

  private static void holding(List<Object> monitors, Runnable action) {
    if (monitors.isEmpty()) {
      action.run();
      return;
    }
    synchronized (monitors.get(0)) {
      holding(monitors.subList(1, monitors.size()), action);
    }
  }
}
