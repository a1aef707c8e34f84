package dev.milvuspool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.milvuspool.Events.Event;
import dev.milvuspool.Events.Kind;
import dev.milvuspool.scripted.Hold;
import dev.milvuspool.scripted.ScriptedMilvus;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a listener is told, in which order, and that it can do no harm. */
@Timeout(60)
class ListenerTest {
  private static final Duration SOON = Duration.ofSeconds(20);

  private final ScriptedMilvus server = ClientOperation.server();
  private final Events events = new Events();
  private final ExecutorService threads = Executors.newCachedThreadPool();

  @AfterEach
  void close() {
    threads.shutdownNow();
    server.close();
  }

  private ClientOptions.Builder options() {
    return ClientOptions.builder()
        .withAddress(server.address())
        .withReconnectBackoff(Duration.ofMillis(10), Duration.ofMillis(50))
        .withRetry(0, Duration.ZERO)
        .withDeadline(Duration.ofSeconds(1)) // of the call that finds its server dead
        .withDrainTimeout(SOON);
  }

  private static MilvusPool poolWith(PoolListener... listeners) {
    MilvusPool.Builder builder = MilvusPool.builder();
    for (PoolListener listener : listeners) {
      builder.withListener(listener);
    }
    return builder.build();
  }

  private void outage(Client client) {
    server.kill();
    await().atMost(SOON).until(() -> Outcome.of(client::listCollections).failure() != null);
    await().atMost(SOON).until(() -> client.state() == ClientState.DOWN);
    server.restart();
    await().atMost(SOON).until(() -> client.state() == ClientState.UP);
  }

  @Test
  void theLifeOfAClientIsToldInOrder() {
    try (MilvusPool pool = poolWith(events)) {
      Client client = pool.add("main", options().build());
      outage(client);
      outage(client);
      pool.replace("main", options().withDeadline(Duration.ofSeconds(5)).build());
      pool.remove("main");
      await().atMost(SOON).until(() -> events.lifeOf("main").contains(Kind.REMOVED));
    }

    assertThat(events.lifeOf("main"))
        .containsExactly(
            Kind.ADDED, Kind.DOWN, Kind.UP, Kind.DOWN, Kind.UP, Kind.REPLACED, Kind.REMOVED);
    assertThat(events.of(Kind.UP))
        .allSatisfy(up -> assertThat(up.duration()).isPositive().isLessThan(SOON));
    assertThat(events.of(Kind.DOWN))
        .allSatisfy(
            down ->
                assertThat(down.reason())
                    .isInstanceOf(MilvusPoolException.class)
                    .hasMessageContaining(server.address()));
  }

  @Test
  void aClientThatIsRemovedTheMomentItIsThereIsToldToBeAddedFirst() throws Exception {
    try (MilvusPool pool = poolWith(events)) {
      for (int i = 0; i < 1_000; i++) {
        String name = "client-" + i;
        Future<?> removal =
            threads.submit(
                () -> {
                  while (!pool.has(name)) {
                    Thread.onSpinWait();
                  }
                  pool.remove(name);
                });
        pool.add(name, ClientOptions.Builder::withLazyConnect);
        removal.get(20, TimeUnit.SECONDS);
        await()
            .atMost(SOON)
            .pollDelay(Duration.ZERO)
            .pollInterval(Duration.ofMillis(1))
            .until(() -> events.lifeOf(name).contains(Kind.REMOVED));

        assertThat(events.lifeOf(name)).containsExactly(Kind.ADDED, Kind.REMOVED);
      }
    }
  }

  @Test
  void aClientIsToldToBeRemovedAfterItsLastCall() throws Exception {
    try (MilvusPool pool = poolWith(events);
        Hold hold = server.hold("Search")) {
      Client client = pool.add("main", options().build());
      Future<Outcome> call =
          threads.submit(() -> Outcome.of(() -> ClientOperation.SEARCH.on(client)));
      hold.awaitCalls(1, SOON);

      pool.remove("main");

      assertThat(pool.has("main")).isFalse();
      assertThat(events.lifeOf("main")).doesNotContain(Kind.REMOVED);
      hold.close();
      assertThat(call.get(20, TimeUnit.SECONDS).failure()).isNull();
      await().atMost(SOON).until(() -> events.lifeOf("main").contains(Kind.REMOVED));
      List<Event> calls = events.of(Kind.CALL);
      assertThat(calls).hasSize(1);
    }
  }

  @Test
  void everyOperationIsToldByItsMethodWithTimeAndOutcome() {
    try (MilvusPool pool = poolWith(events)) {
      Client client = pool.add("main", options().build());
      server.delay("HasCollection", Duration.ofMillis(30));
      client.hasCollection("items");
      server.reject("HasCollection", 1, "no", 1);
      Throwable failure = Outcome.of(() -> client.hasCollection("items")).failure();

      List<Event> calls = events.of(Kind.CALL);

      assertThat(calls).extracting(Event::operation).containsOnly("hasCollection");
      assertThat(calls.get(0).duration()).isGreaterThanOrEqualTo(Duration.ofMillis(30));
      assertThat(calls.get(0).reason()).isNull();
      assertThat(calls.get(1).reason()).isSameAs(failure).isNotNull();
    }
  }

  @Test
  void probesAndDialsAreNoCalls() {
    try (MilvusPool pool = poolWith(events)) {
      Client client =
          pool.add("main", options().withHealthCheckInterval(Duration.ofMillis(20)).build());
      server.awaitCalls("GetVersion", 3, SOON);
      pool.health();
      client.health();

      assertThat(events.of(Kind.CALL)).isEmpty();
      assertThat(pool.stats().clients().get("main").calls()).isZero();
    }
  }

  @Test
  void aFailedDialIsToldWithItsReason() {
    server.kill();
    try (MilvusPool pool = poolWith(events)) {
      Throwable failure = Outcome.of(() -> pool.add("main", options().build())).failure();

      assertThat(events.of(Kind.CONNECT_FAILED))
          .singleElement()
          .satisfies(event -> assertThat(event.reason()).isSameAs(failure));
      assertThat(events.lifeOf("main")).isEmpty();
    }
  }

  @Test
  void failedReconnectsAreTold() {
    try (MilvusPool pool = poolWith(events)) {
      Client client = pool.add("main", options().build());
      server.kill();
      await().atMost(SOON).until(() -> Outcome.of(client::listCollections).failure() != null);

      await().atMost(SOON).until(() -> events.of(Kind.CONNECT_FAILED).size() >= 3);

      assertThat(events.of(Kind.CONNECT_FAILED))
          .extracting(event -> ((ClientConnectException) event.reason()).reason())
          .containsOnly(ClientConnectException.Reason.REFUSED);
    }
  }

  @Test
  void retriesAreToldWithTheirNumberAndReason() {
    try (MilvusPool pool = poolWith(events)) {
      Client client = pool.add("main", options().withRetry(3, Duration.ofMillis(1)).build());
      server.reject("Insert", 8, "rate limit", 2);

      ClientOperation.INSERT.on(client);

      assertThat(events.of(Kind.RETRY)).extracting(Event::retry).containsExactly(1, 2);
      assertThat(events.of(Kind.RETRY)).extracting(Event::operation).containsOnly("insert");
      assertThat(events.of(Kind.RETRY))
          .allSatisfy(retry -> assertThat(retry.reason()).hasMessageContaining("rate limit"));
      assertThat(pool.stats().clients().get("main").retries()).isEqualTo(2);
      assertThat(events.of(Kind.CALL)).hasSize(1);
    }
  }

  @Test
  void aListenerThatThrowsHarmsNothingAndIsLogged() {
    AtomicInteger told = new AtomicInteger();
    PoolListener thrower = throwing(told);
    try (CapturedLog log = new CapturedLog();
        MilvusPool pool = poolWith(thrower, events)) {
      Client client = pool.add("main", options().build());
      assertThat(client.hasCollection("items")).isTrue();
      outage(client);
      pool.replace("main", options().build());
      pool.remove("main");

      await().atMost(SOON).until(() -> events.lifeOf("main").contains(Kind.REMOVED));
      assertThat(events.lifeOf("main"))
          .containsExactly(Kind.ADDED, Kind.DOWN, Kind.UP, Kind.REPLACED, Kind.REMOVED);
      assertThat(told.get()).isGreaterThanOrEqualTo(6);
      assertThat(log.warnings()).anySatisfy(line -> assertThat(line).startsWith("[main] listener"));
    }
  }

  /** Throws from every method. */
  private static PoolListener throwing(AtomicInteger told) {
    InvocationHandler handler =
        (proxy, method, arguments) -> {
          if (method.getDeclaringClass() == Object.class) {
            return method.invoke(told, arguments);
          }
          told.incrementAndGet();
          throw told.get() % 2 == 0 ? new IllegalStateException("boom") : new AssertionError();
        };
    return (PoolListener)
        Proxy.newProxyInstance(
            ListenerTest.class.getClassLoader(), new Class<?>[] {PoolListener.class}, handler);
  }

  @Test
  void aListenerMayUseThePoolAndTheClientThatItIsToldOf() {
    AtomicReference<MilvusPool> used = new AtomicReference<>();
    PoolListener user =
        new PoolListener() {
          @Override
          public void onClientAdded(String client, ClientOptions options) {
            used.get().get(client).listCollections();
          }

          @Override
          public void onClientDown(String client, MilvusPoolException reason) {
            used.get().remove(client);
          }
        };
    try (CapturedLog log = new CapturedLog();
        MilvusPool pool = poolWith(user, events)) {
      used.set(pool);
      Client client = pool.add("main", options().build());
      server.kill();
      await().atMost(SOON).until(() -> Outcome.of(client::listCollections).failure() != null);

      await().atMost(SOON).until(() -> client.state() == ClientState.CLOSED);
      await().atMost(SOON).until(() -> events.lifeOf("main").contains(Kind.REMOVED));
      assertThat(events.lifeOf("main")).containsExactly(Kind.ADDED, Kind.DOWN, Kind.REMOVED);
      assertThat(log.warnings()).noneMatch(line -> line.contains("listener"));
    }
  }

  /** Removing waits for the calls of the client, one of which has just found the server dead. */
  @Test
  void aCallDoesNotWaitForAListenerThatRemovesItsClient() throws Exception {
    AtomicReference<MilvusPool> used = new AtomicReference<>();
    PoolListener remover =
        new PoolListener() {
          @Override
          public void onClientDown(String client, MilvusPoolException reason) {
            used.get().remove(client);
          }
        };
    try (MilvusPool pool = poolWith(remover, events)) {
      used.set(pool);
      Client client = pool.add("main", options().withDeadline(SOON).build());
      Hold hold = server.hold("Search");
      Future<Outcome> call =
          threads.submit(() -> Outcome.of(() -> ClientOperation.SEARCH.on(client)));
      hold.awaitCalls(1, SOON);

      server.kill();

      Outcome outcome = call.get(SOON.toSeconds() / 2, TimeUnit.SECONDS);
      assertThat(outcome.failure())
          .isInstanceOfAny(ClientUnavailableException.class, ClientClosedException.class);
      await().atMost(SOON).until(() -> events.lifeOf("main").contains(Kind.REMOVED));
      assertThat(events.lifeOf("main")).containsExactly(Kind.ADDED, Kind.DOWN, Kind.REMOVED);
    }
  }

  /** More than may run at a time: each waits for dials, which need threads as well. */
  @Test
  void theListenersOfManyClientsMayReplaceThemAllAtOnce() {
    int clients = 80;
    AtomicReference<MilvusPool> used = new AtomicReference<>();
    AtomicInteger replaced = new AtomicInteger();
    try (ScriptedMilvus standby = ClientOperation.server()) {
      ClientOptions moved = options().withAddress(standby.address()).build();
      PoolListener failover =
          new PoolListener() {
            @Override
            public void onClientDown(String client, MilvusPoolException reason) {
              used.get().replace(client, moved);
              replaced.incrementAndGet();
            }
          };
      try (MilvusPool pool = poolWith(failover)) {
        used.set(pool);
        for (int i = 0; i < clients; i++) {
          pool.add("client-" + i, options().build());
        }

        server.kill();

        await().atMost(SOON).until(() -> replaced.get() >= clients);
        assertThat(pool.stats().clients().values())
            .allMatch(client -> client.state() == ClientState.UP);
      }
    }
  }

  @Test
  void aListenerThatBlocksHoldsUpNoOtherClient() throws Exception {
    CountDownLatch release = new CountDownLatch(1);
    CountDownLatch blocked = new CountDownLatch(1);
    PoolListener blocker =
        new PoolListener() {
          @Override
          public void onClientDown(String client, MilvusPoolException reason) {
            blocked.countDown();
            awaitQuietly(release);
          }
        };
    try (ScriptedMilvus healthy = ClientOperation.server();
        MilvusPool pool = poolWith(blocker, events)) {
      Client other = pool.add("other", options().withAddress(healthy.address()).build());
      Client client = pool.add("main", options().build());
      server.kill();
      threads.submit(() -> Outcome.of(client::listCollections));
      assertThat(blocked.await(20, TimeUnit.SECONDS)).isTrue();

      assertThat(other.hasCollection("items")).isTrue();
      assertThat(pool.get("main").state()).isEqualTo(ClientState.DOWN);
      pool.remove("other");
      assertThat(pool.list()).containsExactly("main");
      server.restart();
      await().atMost(SOON).until(() -> client.state() == ClientState.UP);
      assertThat(events.lifeOf("main")).doesNotContain(Kind.UP);

      release.countDown();
      await().atMost(SOON).until(() -> events.lifeOf("main").contains(Kind.UP));
      assertThat(events.lifeOf("main")).containsExactly(Kind.ADDED, Kind.DOWN, Kind.UP);
    } finally {
      release.countDown();
    }
  }

  private static void awaitQuietly(CountDownLatch latch) {
    try {
      latch.await(20, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Also if a listener is still busy with an event of the old client, and for longer than that. */
  @Test
  void theEndOfAClientIsHeardBeforeTheBeginningOfTheNextOneOfItsName() throws Exception {
    CountDownLatch release = new CountDownLatch(1);
    CountDownLatch busy = new CountDownLatch(1);
    PoolListener slow =
        new PoolListener() {
          @Override
          public void onClientReplaced(String client, ClientOptions options) {
            busy.countDown();
            awaitQuietly(release);
          }
        };
    try (MilvusPool pool = poolWith(slow, events)) {
      ClientOptions patient = options().withDrainTimeout(SOON).build();
      Client old = pool.add("main", patient);
      try (Hold hold = server.hold("Search")) {
        threads.submit(() -> ClientOperation.SEARCH.on(old));
        hold.awaitCalls(1, SOON);
        threads.submit(() -> pool.replace("main", patient));
        assertThat(busy.await(20, TimeUnit.SECONDS)).isTrue();
        pool.remove("main"); // it drains

        Client fresh = pool.add("main", patient);

        assertThat(fresh.listCollections()).contains("items");
        assertThat(events.lifeOf("main")).containsExactly(Kind.ADDED);
      }
      release.countDown();
      await().atMost(SOON).until(() -> events.lifeOf("main").size() == 4);
      assertThat(events.lifeOf("main"))
          .containsExactly(Kind.ADDED, Kind.REPLACED, Kind.REMOVED, Kind.ADDED);
    } finally {
      release.countDown();
    }
    assertThat(events.lifeOf("main")).endsWith(Kind.ADDED, Kind.REMOVED);
  }

  @Test
  void aListenerMayAddAClientAgainThatItHearsToBeRemoved() {
    AtomicReference<MilvusPool> used = new AtomicReference<>();
    AtomicInteger again = new AtomicInteger();
    PoolListener adder =
        new PoolListener() {
          @Override
          public void onClientRemoved(String client) {
            if (again.getAndIncrement() == 0) {
              used.get().add(client, options().build());
            }
          }
        };
    try (MilvusPool pool = poolWith(adder, events)) {
      used.set(pool);
      pool.add("main", options().build());

      pool.remove("main");

      await().atMost(SOON).until(() -> events.lifeOf("main").size() == 3);
      assertThat(events.lifeOf("main")).containsExactly(Kind.ADDED, Kind.REMOVED, Kind.ADDED);
      assertThat(pool.get("main").state()).isEqualTo(ClientState.UP);
    }
  }
}
