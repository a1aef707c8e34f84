package dev.milvuspool;

import static org.assertj.core.api.Assertions.assertThat;

import dev.milvuspool.internal.common.Durations;
import dev.milvuspool.server.RealMilvus;
import dev.milvuspool.server.RestartableMilvus;
import io.milvus.v2.exception.MilvusClientException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAccumulator;
import java.util.concurrent.atomic.LongAdder;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/**
 * Three real servers are killed, frozen and restarted at random under ten clients and eight
 * threads. The system properties {@code soak.seconds} and {@code soak.seed} set its length and
 * repeat a run.
 */
class SoakIT {
  private static final org.slf4j.Logger logger = LoggerFactory.getLogger(SoakIT.class);
  private static final Duration DEADLINE = Duration.ofSeconds(2);

  /** 200 ms by contract, and the rest for a machine that three starting servers keep busy. */
  private static final Duration SLACK = Duration.ofMillis(1_000);

  private final AtomicBoolean stop = new AtomicBoolean();
  private final AtomicLong succeeded = new AtomicLong();
  private final Map<String, LongAdder> failed = new ConcurrentHashMap<>();
  private final LongAccumulator worstExcess = new LongAccumulator(Math::max, Long.MIN_VALUE);
  private final Queue<String> violations = new ConcurrentLinkedQueue<>();

  @Test
  void noCallOutlivesItsDeadlineAndNothingStaysOpen() throws Exception {
    long seed = Long.getLong("soak.seed", System.nanoTime());
    long seconds = Long.getLong("soak.seconds", 120);
    logger.warn("soak for {} s with -Dsoak.seed={}", seconds, seed);
    Random random = new Random(seed);
    Queue<String> orphans = watchForOrphanedChannels();
    List<RestartableMilvus> servers = new ArrayList<>();
    ExecutorService threads = Executors.newFixedThreadPool(8);
    try {
      for (int i = 0; i < 3; i++) {
        servers.add(RealMilvus.restartable());
      }
      MilvusPool pool = MilvusPool.create();
      for (int i = 0; i < 10; i++) {
        pool.add(
            "client-" + i,
            Samples.options(servers.get(i % 3))
                .withDeadline(DEADLINE)
                .withWaitForReady(i == 9)
                .build());
      }
      List<Future<?>> load = new ArrayList<>();
      for (int thread = 0; thread < 8; thread++) {
        Random own = new Random(random.nextLong());
        load.add(threads.submit(() -> callAtRandom(pool, own)));
      }

      long endAt = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
      while (System.nanoTime() - endAt < 0) {
        breakOne(servers.get(random.nextInt(3)), random);
      }
      Awaitility.await()
          .atMost(Duration.ofSeconds(30))
          .until(
              () ->
                  pool.stats().clients().values().stream()
                      .allMatch(client -> client.state() == ClientState.UP));
      stop.set(true);
      for (Future<?> each : load) {
        each.get(20, TimeUnit.SECONDS);
      }
      logger.warn("{}; {}", summary(), pool.stats());
      pool.close();
    } finally {
      stop.set(true);
      threads.shutdownNow();
      servers.forEach(RestartableMilvus::close);
    }

    assertThat(violations).isEmpty();
    assertThat(succeeded.get()).isGreaterThan(1_000);
    Awaitility.await()
        .atMost(Duration.ofSeconds(10))
        .untilAsserted(
            () ->
                assertThat(Thread.getAllStackTraces().keySet())
                    .noneMatch(thread -> thread.getName().startsWith("milvus-pool-")));
    System.gc();
    assertThat(orphans).isEmpty();
  }

  private void callAtRandom(MilvusPool pool, Random random) {
    while (!stop.get()) {
      Client client = pool.get("client-" + random.nextInt(10));
      long startedAt = System.nanoTime();
      try {
        switch (random.nextInt(3)) {
          case 0 -> client.hasCollection("soak");
          case 1 -> client.listCollections();
          default -> client.listDatabases();
        }
        succeeded.incrementAndGet();
      } catch (ClientUnavailableException | ClientTimeoutException | MilvusClientException e) {
        countFailure(e);
        pauseAfterFailure();
      } catch (RuntimeException e) {
        countFailure(e);
        violations.add("outside the contract: " + e);
      }
      Duration elapsed = Durations.since(startedAt);
      worstExcess.accumulate(elapsed.minus(DEADLINE).toMillis());
      if (elapsed.compareTo(DEADLINE.plus(SLACK)) > 0) {
        violations.add(client.name() + " took " + elapsed);
      }
    }
  }

  private void countFailure(RuntimeException failure) {
    failed.computeIfAbsent(failure.getClass().getSimpleName(), type -> new LongAdder()).increment();
  }

  private String summary() {
    long failures = failed.values().stream().mapToLong(LongAdder::sum).sum();
    return "%d calls, %d succeeded, %d failed %s, the longest ended %d ms %s the deadline of %d ms"
        .formatted(
            succeeded.get() + failures,
            succeeded.get(),
            failures,
            new TreeMap<>(failed),
            Math.abs(worstExcess.get()),
            worstExcess.get() > 0 ? "after" : "before",
            DEADLINE.toMillis());
  }

  /** A client that is down fails in microseconds; without a pause the log of the run is that. */
  private static void pauseAfterFailure() {
    pause(Duration.ofMillis(5));
  }

  private static void breakOne(RestartableMilvus server, Random random) {
    if (random.nextBoolean()) {
      server.kill();
      pause(Duration.ofMillis(random.nextInt(3_000)));
      server.start();
    } else {
      server.freeze();
      pause(Duration.ofMillis(500 + random.nextInt(9_000)));
      server.thaw();
    }
    pause(Duration.ofMillis(random.nextInt(3_000)));
  }

  /** Time that passes is part of the scenario here, nothing is waited for. */
  private static void pause(Duration duration) {
    try {
      if (new CountDownLatch(1).await(duration.toMillis(), TimeUnit.MILLISECONDS)) {
        throw new AssertionError();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** gRPC logs a channel that was dropped without being closed. */
  private static Queue<String> watchForOrphanedChannels() {
    Queue<String> orphans = new ConcurrentLinkedQueue<>();
    Logger grpc = Logger.getLogger("io.milvus.shaded.io.grpc.internal.ManagedChannelOrphanWrapper");
    grpc.addHandler(
        new Handler() {
          @Override
          public void publish(LogRecord record) {
            orphans.add(record.getMessage());
          }

          @Override
          public void flush() {}

          @Override
          public void close() {}
        });
    STRONG.add(grpc);
    return orphans;
  }

  /** java.util.logging holds its loggers weakly. */
  private static final List<Logger> STRONG = new ArrayList<>();
}
