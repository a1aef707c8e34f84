package dev.milvuspool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.milvuspool.scripted.ScriptedMilvus;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Whatever the order of the ends, and whatever is in flight: all calls end, and all threads. */
@Timeout(120)
class ClosingOrdersTest {
  private static final Duration SOON = Duration.ofSeconds(15);
  private static final Duration DEADLINE = Duration.ofMillis(1500);
  private static final Duration DRAIN = Duration.ofMillis(400);

  /** What a call may take beyond its deadline on a machine that is busy with other things. */
  private static final Duration SLACK = Duration.ofMillis(1500);

  private final List<String> othersThreads = Threads.named("milvus-pool-");
  private final ScriptedMilvus server = ClientOperation.server();
  private final ExecutorService threads = Executors.newCachedThreadPool();

  @AfterEach
  void close() {
    threads.shutdownNow();
    server.close();
  }

  private ClientOptions options() {
    return ClientOperation.options(server)
        .withDeadline(DEADLINE)
        .withAdminDeadline(DEADLINE)
        .withConnectTimeout(DEADLINE)
        .withDrainTimeout(DRAIN)
        .build();
  }

  private Future<Outcome> run(Runnable action) {
    return threads.submit(() -> Outcome.of(action));
  }

  private void assertNothingIsLeft() {
    server.awaitTransports(0, SOON);
    await().atMost(SOON).until(() -> othersThreads.containsAll(Threads.named("milvus-pool-")));
  }

  @RepeatedTest(12)
  void anyOrderOfEndsLeavesNothingWithAStalledServer() throws Exception {
    long seed = new Random().nextLong();
    Random random = new Random(seed);
    String seedText = "seed " + seed;
    System.out.println("ClosingOrdersTest: " + seedText);
    MilvusPool pool = MilvusPool.create();
    Client a = pool.add("a", options());
    Client b = pool.add("b", options());
    boolean stallDials = random.nextBoolean();
    server.stall("Search");
    server.stall("ListDatabases");
    List<Future<Outcome>> calls = new ArrayList<>();
    for (Client each : List.of(a, b)) {
      calls.add(run(() -> ClientOperation.SEARCH.on(each)));
      calls.add(run(() -> each.call(sdk -> sdk.listDatabases())));
      calls.add(run(() -> each.unwrap().listDatabases()));
    }
    server.awaitInFlight("Search", 2, SOON);
    if (stallDials) {
      server.stall("Connect");
    }

    List<Runnable> actions =
        new ArrayList<>(
            List.of(
                () -> pool.remove("a"),
                () -> pool.replace("a", options()),
                () -> pool.replace("b", options()),
                () -> a.useDatabase("other"),
                () -> pool.add("a", options()),
                () -> pool.add("c", options()),
                () -> pool.mustGet("d", options()),
                a::close,
                b::close,
                pool::close,
                pool::close,
                () -> pool.remove("b")));
    Collections.shuffle(actions, random);
    for (Runnable action : actions) {
      calls.add(run(action));
      Threads.spin(random.nextInt(200_000));
    }
    calls.add(run(pool::close));

    for (Future<Outcome> call : calls) {
      Outcome outcome = call.get(60, TimeUnit.SECONDS);
      assertThat(outcome.elapsed())
          .as("%s: %s", seedText, outcome.failure())
          .isLessThan(DEADLINE.plus(SLACK));
      if (outcome.failure() != null) {
        assertThat(outcome.failure())
            .as(seedText)
            .isInstanceOfAny(
                MilvusPoolException.class, io.milvus.v2.exception.MilvusClientException.class);
      }
    }
    assertThat(pool.list()).as(seedText).isEmpty();
    server.clearFaults(ScriptedMilvus.ALL);
    assertNothingIsLeft();
  }

  @Test
  void aCallThatDrainsWhenItsPoolIsClosedEndsInTime() throws Exception {
    MilvusPool pool = MilvusPool.create();
    Client client = pool.add("a", options());
    server.stall("Search");
    Future<Outcome> search = run(() -> ClientOperation.SEARCH.on(client));
    server.awaitInFlight("Search", 1, SOON);

    pool.remove("a");
    Future<Outcome> closing = run(pool::close);
    Future<Outcome> closingClient = run(client::close);

    for (Future<Outcome> each : List.of(search, closing, closingClient)) {
      assertThat(each.get(30, TimeUnit.SECONDS).elapsed()).isLessThan(DEADLINE.plus(SLACK));
    }
    assertThat(search.get().failure()).isInstanceOf(ClientClosedException.class);
    assertNothingIsLeft();
  }

  @Test
  void useDatabaseInFlightAcrossACloseEndsInTime() throws Exception {
    MilvusPool pool = MilvusPool.create();
    Client client = pool.add("a", options());
    server.stall("ListDatabases");
    Future<Outcome> changing = run(() -> client.useDatabase("other"));
    server.awaitInFlight("ListDatabases", 1, SOON);

    pool.close();

    assertThat(changing.get(30, TimeUnit.SECONDS).failure())
        .isInstanceOf(ClientClosedException.class);
    assertNothingIsLeft();
  }

  @Test
  void aReplaceThatDialsWhenItsPoolIsClosedEndsAtOnce() throws Exception {
    MilvusPool pool = MilvusPool.create();
    pool.add("a", options());
    server.stall("Connect");
    ClientOptions patient = options().toBuilder().withConnectTimeout(Duration.ofMinutes(1)).build();
    Future<Outcome> replacing = run(() -> pool.replace("a", patient));
    server.awaitInFlight("Connect", 1, SOON);

    pool.remove("a");
    pool.close();

    assertThat(replacing.get(10, TimeUnit.SECONDS).failure())
        .isInstanceOf(ClientClosedException.class);
    assertNothingIsLeft();
  }

  @Test
  void aQuestionForHealthEndsWithItsClient() throws Exception {
    MilvusPool pool = MilvusPool.create();
    Client client = pool.add("a", options());
    server.stall("GetVersion");
    Future<Outcome> asking = run(() -> client.health(Duration.ofMinutes(1)));
    server.awaitInFlight("GetVersion", 1, SOON);

    pool.close();

    assertThat(asking.get(10, TimeUnit.SECONDS).failure()).isNull();
    assertNothingIsLeft();
  }

  @Test
  void anInterruptedReplaceLeavesNoTransport() throws Exception {
    try (MilvusPool pool = MilvusPool.create()) {
      ClientOptions many = options().toBuilder().withConnections(4).build();
      pool.add("a", many);
      server.delay("Connect", Duration.ofMillis(30));
      for (int i = 0; i < 10; i++) {
        long dials = server.calls("Connect");
        Thread[] thread = new Thread[1];
        Future<Outcome> replacing =
            threads.submit(
                () -> {
                  thread[0] = Thread.currentThread();
                  Outcome outcome = Outcome.of(() -> pool.replace("a", many));
                  Thread.interrupted();
                  return outcome;
                });
        server.awaitCalls("Connect", dials + 1 + i % 4, SOON);
        thread[0].interrupt();
        replacing.get(30, TimeUnit.SECONDS);
      }

      server.awaitTransports(4, SOON);
      assertThat(pool.get("a").listCollections()).contains("items");
    }
    assertNothingIsLeft();
  }

  @Test
  void aFunctionMayCloseItsOwnClient() {
    MilvusPool pool = MilvusPool.create();
    Client client = pool.add("a", options());

    Outcome outcome =
        Outcome.of(
            () ->
                client.call(
                    sdk -> {
                      client.close();
                      return sdk.listCollections();
                    }));

    assertThat(outcome.failure()).isInstanceOf(ClientClosedException.class);
    assertThat(outcome.elapsed()).isLessThan(DRAIN.plus(SLACK));
    assertThat(Thread.interrupted()).isFalse();
    pool.close();
    assertNothingIsLeft();
  }

  @Test
  void aListenerMayCloseThePool() {
    MilvusPool[] self = new MilvusPool[1];
    self[0] =
        MilvusPool.builder()
            .withListener(
                new PoolListener() {
                  @Override
                  public void onClientDown(String client, MilvusPoolException reason) {
                    self[0].close();
                  }
                })
            .build();
    Client client = self[0].add("a", options());

    server.kill();

    await().atMost(SOON).until(() -> client.state() == ClientState.CLOSED);
    await().atMost(SOON).until(() -> othersThreads.containsAll(Threads.named("milvus-pool-")));
  }
}
