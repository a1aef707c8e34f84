package dev.milvuspool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.milvuspool.internal.common.Background;
import dev.milvuspool.internal.connect.InMemoryConnector;
import dev.milvuspool.internal.connect.Transport;
import dev.milvuspool.internal.pool.TestPools;
import dev.milvuspool.scripted.ScriptedMilvus;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Listeners and suppliers that hang, and those and dials that throw errors, beside other work. */
@Timeout(120)
class ForeignCodeTest {
  private static final Duration SOON = Duration.ofSeconds(20);
  private static final Duration DEADLINE = Duration.ofMillis(500);

  /** 200 ms by contract; more here, where a machine may be busy. A hang lasts much longer. */
  private static final Duration LATEST = DEADLINE.plusMillis(1_500);

  private final ScriptedMilvus server = ClientOperation.server();
  private final ScriptedMilvus stalled = ClientOperation.server();
  private final CountDownLatch release = new CountDownLatch(1);
  private final CountDownLatch hanging = new CountDownLatch(1);
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final List<AutoCloseable> opened = new ArrayList<>(List.of(server, stalled));

  @AfterEach
  void close() throws Exception {
    release.countDown();
    threads.shutdownNow();
    for (int i = opened.size() - 1; i >= 0; i--) {
      opened.get(i).close();
    }
  }

  private MilvusPool poolWith(PoolListener listener) {
    MilvusPool pool = MilvusPool.builder().withListener(listener).build();
    opened.add(pool);
    return pool;
  }

  private ClientOptions.Builder options() {
    return ClientOptions.builder()
        .withAddress(server.address())
        .withDeadline(DEADLINE)
        .withDrainTimeout(Duration.ZERO)
        .withHealthCheckInterval(Duration.ofMillis(50));
  }

  private void hang() {
    hanging.countDown();
    boolean interrupted = false;
    while (release.getCount() > 0) {
      try {
        release.await();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private void awaitHanging() throws InterruptedException {
    assertThat(hanging.await(20, TimeUnit.SECONDS)).isTrue();
  }

  /** Of a client on a stalled server. */
  private void assertDeadlinesOf(Client other) {
    for (int i = 0; i < 3; i++) {
      Outcome call = Outcome.of(other::listCollections);
      assertThat(call.failure()).isInstanceOf(ClientTimeoutException.class);
      assertThat(call.elapsed()).isBetween(DEADLINE.minusMillis(1), LATEST);
    }
  }

  private Client addStalled(MilvusPool pool) {
    Client other = pool.add("other", options().withAddress(stalled.address()).build());
    stalled.stall("ShowCollections");
    return other;
  }

  /** Calls this for each event of the client "main". */
  private static PoolListener onEventsOfMain(Runnable action) {
    InvocationHandler handler =
        (proxy, method, arguments) -> {
          if (method.getDeclaringClass() == Object.class) {
            return method.invoke(action, arguments);
          }
          if ("main".equals(arguments[0]) && !method.getName().equals("onClientAdded")) {
            action.run();
          }
          return null;
        };
    return (PoolListener)
        Proxy.newProxyInstance(
            ForeignCodeTest.class.getClassLoader(), new Class<?>[] {PoolListener.class}, handler);
  }

  // ---- what hangs

  @Test
  void aListenerThatHangsInOnClientRemovedMakesNoDeadlineLate() throws Exception {
    MilvusPool pool =
        poolWith(
            new PoolListener() {
              @Override
              public void onClientRemoved(String client) {
                if (client.startsWith("main")) {
                  hang();
                }
              }
            });
    Client other = addStalled(pool);
    for (int i = 0; i < 8; i++) { // twice as many as there are threads at first
      Client main = pool.add("main" + i, options().build());
      threads.submit(main::close);
    }
    awaitHanging();

    assertDeadlinesOf(other);
  }

  @Test
  void aListenerThatHangsInAnyEventMakesNoDeadlineLate() throws Exception {
    MilvusPool pool = poolWith(onEventsOfMain(this::hang));
    Client other = addStalled(pool);
    pool.add("main", options().build());

    server.kill();

    awaitHanging();
    assertDeadlinesOf(other);
  }

  @Test
  void aSupplierOfCredentialsThatHangsMakesNoDeadlineLate() throws Exception {
    MilvusPool pool = poolWith(new PoolListener() {});
    Client other = addStalled(pool);
    AtomicBoolean hangs = new AtomicBoolean();
    Supplier<Credentials> slow =
        () -> {
          if (hangs.get()) {
            hang();
          }
          return Credentials.ofApiKey("key");
        };
    for (int i = 0; i < 8; i++) {
      pool.add("main" + i, options().withCredentials(slow).build());
    }
    hangs.set(true); // in a probe, by the short interval
    awaitHanging();
    server.dropConnections(); // and in dials of the reconnect

    assertDeadlinesOf(other);
  }

  @Test
  void aSupplierOfHeadersThatHangsMakesNoDeadlineLate() throws Exception {
    MilvusPool pool = poolWith(new PoolListener() {});
    Client other = addStalled(pool);
    Supplier<Map<String, String>> slow =
        () -> {
          hang();
          return Map.of();
        };
    Client main = pool.add("main", options().withRequestHeaders(slow).build());
    List<Future<Outcome>> calls = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      calls.add(threads.submit(() -> Outcome.of(main::listCollections)));
    }
    awaitHanging();

    assertDeadlinesOf(other);

    release.countDown();
    for (Future<Outcome> call : calls) { // late, hence unsent
      assertThat(call)
          .succeedsWithin(SOON)
          .satisfies(
              outcome -> assertThat(outcome.failure()).isInstanceOf(ClientTimeoutException.class));
    }
    assertThat(server.calls("ShowCollections")).isZero();
  }

  // ---- what throws errors

  @Test
  void errorsOfListenersAndSuppliersEndNeitherDeadlinesNorReconnects() {
    AtomicBoolean broken = new AtomicBoolean();
    AtomicInteger thrown = new AtomicInteger();
    Runnable thrower =
        () -> {
          if (broken.get()) {
            throw thrown.getAndIncrement() % 2 == 0
                ? new StackOverflowError()
                : new AssertionError("of a listener or a supplier");
          }
        };
    MilvusPool pool = poolWith(onEventsOfMain(thrower));
    Client other = addStalled(pool);
    Client main =
        pool.add(
            "main",
            options()
                .withReconnectBackoff(Duration.ofMillis(10), Duration.ofMillis(50))
                .withCredentials(
                    () -> {
                      thrower.run();
                      return Credentials.ofApiKey("key");
                    })
                .build());
    broken.set(true);
    server.kill();
    await().atMost(SOON).until(() -> main.state() == ClientState.DOWN);
    server.restart();
    int before = thrown.get();
    await().atMost(SOON).until(() -> thrown.get() > before + 5); // dials go on, in vain
    assertDeadlinesOf(other);

    broken.set(false);

    await().atMost(SOON).until(() -> main.state() == ClientState.UP);
    assertThat(main.withDeadline(SOON).listCollections()).contains("items");
    assertDeadlinesOf(other);
  }

  /** Throws an error instead of dialling, for a while. */
  private static final class BrokenConnector extends InMemoryConnector {
    private final AtomicBoolean broken = new AtomicBoolean();
    private final AtomicInteger thrown = new AtomicInteger();

    BrokenConnector(Background background) {
      super(background);
    }

    @Override
    public CompletableFuture<Transport> connect(Target target, Route route, Duration timeout) {
      if (broken.get()) {
        thrown.incrementAndGet();
        throw new StackOverflowError("in a dial");
      }
      return super.connect(target, route, timeout);
    }
  }

  private MilvusPool poolOver(BrokenConnector connector, Background background) {
    MilvusPool pool = TestPools.open(List.of(), background, connector);
    opened.add(pool);
    return pool;
  }

  @Test
  void anErrorInADialFailsAnAddAndTheNameIsFreeAgain() {
    Background background = new Background();
    BrokenConnector connector = new BrokenConnector(background);
    MilvusPool pool = poolOver(connector, background);
    connector.broken.set(true);

    for (int i = 0; i < 2; i++) {
      assertThat(Outcome.of(() -> pool.add("main", options().build())).failure())
          .isInstanceOf(StackOverflowError.class);
      assertThat(Outcome.of(() -> pool.mustGet("main", options().build())).failure())
          .isInstanceOf(StackOverflowError.class);
    }
    connector.broken.set(false);

    assertThat(pool.add("main", options().build()).state()).isEqualTo(ClientState.UP);
  }

  @Test
  void anErrorInADialDoesNotEndTheRenewalOfAgedConnections() {
    Background background = new Background();
    BrokenConnector connector = new BrokenConnector(background);
    MilvusPool pool = poolOver(connector, background);
    pool.add(
        "main",
        options()
            .withMaxConnectionAge(Duration.ofMillis(20))
            .withReconnectBackoff(Duration.ofMillis(10), Duration.ofMillis(20))
            .build());
    connector.broken.set(true);
    await().atMost(SOON).until(() -> connector.thrown.get() > 0);

    connector.broken.set(false);

    int before = connector.dials();
    await().atMost(SOON).until(() -> connector.dials() > before + 3);
  }
}
