package dev.milvuspool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.milvuspool.Events.Kind;
import dev.milvuspool.scripted.Hold;
import dev.milvuspool.scripted.ScriptedMilvus;
import dev.milvuspool.server.Certificates;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What one client, listener or supplier does, however badly, harms no other. */
@Timeout(120)
class IsolationTest {
  private static final Duration SOON = Duration.ofSeconds(15);

  private final ScriptedMilvus server = ClientOperation.server();
  @TempDir private Path directory;

  private final ExecutorService threads = Executors.newCachedThreadPool();

  @AfterEach
  void close() {
    threads.shutdownNow();
    server.close();
  }

  private static void awaitQuietly(CountDownLatch latch) {
    try {
      latch.await(30, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Blocks in whatever the background tells it. */
  private static final class Slow implements PoolListener {
    private final CountDownLatch release = new CountDownLatch(1);
    private final CountDownLatch entered = new CountDownLatch(3);

    private void block(String client) {
      if (client.startsWith("slow")) {
        entered.countDown();
        awaitQuietly(release);
      }
    }

    @Override
    public void onClientRemoved(String client) {
      block(client);
    }

    @Override
    public void onClientDown(String client, MilvusPoolException reason) {
      block(client);
    }

    @Override
    public void onConnectFailed(String client, ClientConnectException reason) {
      block(client);
    }
  }

  @Test
  void slowListenersMakeNoDeadlineLate() throws Exception {
    Slow slow = new Slow();
    try (ScriptedMilvus dying = ClientOperation.server();
        MilvusPool pool = MilvusPool.builder().withListener(slow).build()) {
      Client sound = pool.add("sound", ClientOperation.options(server).build());
      for (int i = 0; i < 8; i++) {
        pool.add("slow" + i, ClientOperation.options(dying).build());
      }
      Client removed =
          pool.add("slow", ClientOperation.options(server).withDrainTimeout(Duration.ZERO).build());
      server.stall("Search");
      Future<?> search = threads.submit(() -> Outcome.of(() -> ClientOperation.SEARCH.on(removed)));
      server.awaitInFlight("Search", 1, SOON);

      dying.kill();
      pool.remove("slow");
      assertThat(slow.entered.await(15, TimeUnit.SECONDS)).isTrue();
      Outcome outcome =
          Outcome.of(() -> ClientOperation.SEARCH.on(sound.withDeadline(Duration.ofMillis(500))));

      assertThat(outcome.failure()).isInstanceOf(ClientTimeoutException.class);
      assertThat(outcome.elapsed()).isLessThan(Duration.ofMillis(1200));
      search.get(10, TimeUnit.SECONDS);
      slow.release.countDown();
    }
  }

  @Test
  void serversThatHangInConnectDoNotDelayTheRecoveryOfAnother() {
    try (ScriptedMilvus one = ClientOperation.server();
        ScriptedMilvus two = ClientOperation.server();
        MilvusPool pool = MilvusPool.create()) {
      List<Client> hanging = new ArrayList<>();
      for (ScriptedMilvus each : List.of(one, two)) {
        for (int i = 0; i < 40; i++) {
          hanging.add(
              pool.add(
                  each.port() + "-" + i,
                  ClientOptions.builder()
                      .withAddress(each.address())
                      .withReconnectBackoff(Duration.ofMillis(10), Duration.ofMillis(200))
                      .build()));
        }
      }
      Client sound =
          pool.add(
              "sound",
              ClientOperation.options(server)
                  .withReconnectBackoff(Duration.ofMillis(10), Duration.ofMillis(200))
                  .build());
      for (ScriptedMilvus each : List.of(one, two)) {
        each.stall("Connect");
        each.dropConnections();
      }
      await()
          .atMost(SOON)
          .until(() -> hanging.stream().allMatch(each -> each.state() == ClientState.DOWN));
      server.kill();
      await().atMost(SOON).until(() -> sound.state() == ClientState.DOWN);

      server.restart();
      long startedAt = System.nanoTime();
      await()
          .pollInterval(Duration.ofMillis(10))
          .atMost(SOON)
          .until(() -> sound.state() == ClientState.UP);

      assertThat(Duration.ofNanos(System.nanoTime() - startedAt)).isLessThan(Duration.ofSeconds(2));
      one.resumeAll();
      two.resumeAll();
    }
  }

  @Test
  void aClientWhoseFilesAreGoneTellsNoOtherThatTheServerCannotBeReached() throws Exception {
    Certificates certificates = Certificates.get();
    Path ca = Files.copy(certificates.ca(), directory.resolve("ca.pem"));
    Events events = new Events();
    try (ScriptedMilvus tls =
            ScriptedMilvus.startTls(
                certificates.serverCertificate().toFile(), certificates.serverKey().toFile());
        MilvusPool pool = MilvusPool.builder().withListener(events).build()) {
      ClientOptions.Builder options =
          ClientOptions.builder()
              .withAddress("localhost:" + tls.port())
              .withReconnectBackoff(Duration.ofMillis(5), Duration.ofMillis(20));
      for (int i = 0; i < 20; i++) {
        pool.add("gone" + i, options.withTls(TlsOptions.builder().withCaFile(ca).build()).build());
      }
      Client sound =
          pool.add(
              "sound",
              options.withTls(TlsOptions.builder().withCaFile(certificates.ca()).build()).build());
      Files.delete(ca);
      tls.kill();
      await().atMost(SOON).until(() -> events.of(Kind.CONNECT_FAILED).size() > 200);
      tls.restart();
      await().atMost(SOON).until(() -> sound.state() == ClientState.UP);

      assertThat(events.of(Kind.CONNECT_FAILED))
          .filteredOn(event -> event.client().equals("sound"))
          .isNotEmpty()
          .allSatisfy(event -> assertThat(event.reason()).hasMessageNotContaining("caFile"));
    }
  }

  // ---- Errors

  private static final class Throwing implements PoolListener {
    private static void fail() {
      throw new StackOverflowError("a listener's");
    }

    @Override
    public void onClientAdded(String client, ClientOptions options) {
      fail();
    }

    @Override
    public void onClientRemoved(String client) {
      fail();
    }

    @Override
    public void onClientDown(String client, MilvusPoolException reason) {
      throw new NoClassDefFoundError("a listener's");
    }

    @Override
    public void onClientUp(String client, Duration outage) {
      throw new AssertionError("a listener's");
    }

    @Override
    public void onConnectFailed(String client, ClientConnectException reason) {
      fail();
    }

    @Override
    public void onRetry(String client, String operation, int retry, Throwable reason) {
      fail();
    }

    @Override
    public void onCall(
        String client,
        String operation,
        Duration elapsed,
        @org.jspecify.annotations.Nullable Throwable error) {
      fail();
    }

    @Override
    public CallScope onCallStart(CallInfo call) {
      throw new StackOverflowError("a listener's");
    }
  }

  @Test
  void aListenerThatThrowsErrorsHarmsNothing() {
    List<String> before = Threads.named("milvus-pool-");
    try (CapturedLog log = new CapturedLog();
        MilvusPool pool = MilvusPool.builder().withListener(new Throwing()).build()) {
      Client client = pool.add("main", ClientOperation.options(server).build());
      server.kill();
      await().atMost(SOON).until(() -> client.state() == ClientState.DOWN);
      assertThatThrownBy(client::listCollections).isInstanceOf(ClientUnavailableException.class);
      server.restart();
      await().atMost(SOON).until(() -> client.state() == ClientState.UP);

      server.reject("ShowCollections", 8, "rate limit exceeded", 1);
      assertThat(client.listCollections()).contains("items");
      server.stall("Search");
      assertThat(
              Outcome.of(
                      () -> ClientOperation.SEARCH.on(client.withDeadline(Duration.ofMillis(300))))
                  .failure())
          .isInstanceOf(ClientTimeoutException.class);
      pool.remove("main");
      assertThat(log.warnings()).anySatisfy(line -> assertThat(line).contains("listener"));
    }
    await().atMost(SOON).until(() -> before.containsAll(Threads.named("milvus-pool-")));
  }

  @Test
  void aCredentialsSupplierThatThrowsErrorsFailsItsCallsUnsentAndIsAskedAgain() {
    AtomicBoolean broken = new AtomicBoolean();
    server.requireAuth("root", "Milvus");
    try (MilvusPool pool = MilvusPool.create()) {
      Client client =
          pool.add(
              "main",
              ClientOperation.options(server)
                  .withHealthCheckInterval(Duration.ofMillis(50))
                  .withCredentials(
                      () -> {
                        if (broken.get()) {
                          throw new StackOverflowError("a supplier's");
                        }
                        return Credentials.ofPassword("root", "Milvus");
                      })
                  .build());
      broken.set(true);
      server.resetCounts();

      assertThatThrownBy(client::listCollections)
          .hasStackTraceContaining("withCredentials")
          .hasStackTraceContaining("StackOverflowError");
      assertThat(server.calls("ShowCollections")).isZero();
      assertThat(client.health(Duration.ofSeconds(2)).healthy()).isFalse();
      server.dropConnections(); // the redials fail for it as well
      await().atMost(SOON).until(() -> client.state() == ClientState.DOWN);

      broken.set(false);
      await().atMost(SOON).until(() -> client.state() == ClientState.UP);
      assertThat(client.listCollections()).contains("items");
      server.stall("Search");
      assertThat(
              Outcome.of(
                      () -> ClientOperation.SEARCH.on(client.withDeadline(Duration.ofMillis(300))))
                  .elapsed())
          .isLessThan(Duration.ofSeconds(2));
    }
  }

  // ---- signs of life

  @Test
  void interruptedCallersAreNoSignOfLifeOfAFrozenServer() throws Exception {
    try (MilvusPool pool = MilvusPool.create()) {
      Client client = pool.add("main", ClientOperation.options(server).build());
      AtomicBoolean stop = new AtomicBoolean();
      try (Hold frozen = server.hold(ScriptedMilvus.ALL)) {
        Thread caller =
            new Thread(
                () -> {
                  while (!stop.get()) {
                    try {
                      client.listCollections();
                    } catch (RuntimeException e) {
                      Thread.interrupted();
                    }
                  }
                });
        caller.start();
        long startedAt = System.nanoTime();
        await()
            .pollInterval(Duration.ofMillis(300))
            .atMost(SOON)
            .until(
                () -> {
                  caller.interrupt();
                  return client.state() == ClientState.DOWN;
                });

        assertThat(Duration.ofNanos(System.nanoTime() - startedAt))
            .isLessThan(Duration.ofSeconds(7));
        stop.set(true);
        caller.interrupt();
        caller.join();
      }
    }
  }
}
