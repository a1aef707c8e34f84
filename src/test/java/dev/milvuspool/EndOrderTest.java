package dev.milvuspool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.milvuspool.scripted.Hold;
import dev.milvuspool.scripted.ScriptedMilvus;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Ends that meet on a stalled server: whatever the order of remove, replace, useDatabase, add and
 * both closes, everything returns in time and leaves no thread and no socket.
 */
@Timeout(120)
class EndOrderTest {
  private static final Duration SOON = Duration.ofSeconds(20);
  private static final Duration DRAIN = Duration.ofMillis(300);
  private static final Duration DEADLINE = Duration.ofSeconds(2);

  /** The longest there is: a deadline, then a drain, and time for a busy machine. */
  private static final Duration BOUND = DEADLINE.plus(DRAIN).plusSeconds(6);

  private final ScriptedMilvus server = ClientOperation.server();
  private final List<String> threadsBefore = Threads.named("milvus-pool-");
  private final MilvusPool pool = MilvusPool.create();
  private final ExecutorService threads = Executors.newCachedThreadPool();

  @AfterEach
  void close() {
    threads.shutdownNow();
    pool.close();
    server.close();
  }

  private ClientOptions options(Duration drain) {
    return ClientOptions.builder()
        .withAddress(server.address())
        .withConnectTimeout(DEADLINE)
        .withDeadline(DEADLINE)
        .withAdminDeadline(DEADLINE)
        .withDrainTimeout(drain)
        .build();
  }

  private Future<Outcome> start(Runnable action) {
    return threads.submit(() -> Outcome.of(action));
  }

  private static void assertEndsWith(Future<Outcome> call, Class<? extends Throwable> failure) {
    assertThat(call)
        .succeedsWithin(SOON)
        .satisfies(outcome -> assertThat(outcome.failure()).isInstanceOf(failure))
        .satisfies(outcome -> assertThat(outcome.elapsed()).isLessThan(BOUND));
  }

  private void assertNothingLeft() {
    server.awaitTransports(0, SOON);
    await()
        .atMost(SOON)
        .until(() -> Threads.named("milvus-pool-").stream().allMatch(threadsBefore::contains));
  }

  @Test
  void aCallOfARemovedClientEndsWithTheCloseOfThePool() {
    Client client = pool.add("a", options(DRAIN));
    server.stall("ShowCollections");
    Future<Outcome> call = start(client::listCollections);
    server.awaitInFlight("ShowCollections", 1, SOON);
    pool.remove("a");

    Outcome closing = Outcome.of(pool::close);

    assertThat(closing.failure()).isNull();
    assertThat(closing.elapsed()).isLessThan(BOUND);
    assertEndsWith(call, ClientClosedException.class);
    assertNothingLeft();
  }

  @Test
  void aCallOfARemovedClientEndsAtItsDeadlineThoughThePoolWasClosedInAHurry() {
    Client client = pool.add("a", options(Duration.ofSeconds(60)));
    server.stall("ShowCollections");
    Future<Outcome> call = start(client::listCollections);
    server.awaitInFlight("ShowCollections", 1, SOON);
    pool.remove("a");

    Thread.currentThread().interrupt(); // so that the close does not wait
    pool.close();
    assertThat(Thread.interrupted()).isTrue();

    assertEndsWith(call, ClientTimeoutException.class);
    assertNothingLeft();
  }

  @RepeatedTest(5)
  void aClientAndItsPoolCanBeClosedAtTheSameTime() {
    Client client = pool.add("a", options(DRAIN));
    server.stall("ShowCollections");
    Future<Outcome> call = start(client::listCollections);
    server.awaitInFlight("ShowCollections", 1, SOON);

    List<Outcome> closings = Outcome.ofAll(List.of(client::close, pool::close));

    assertThat(closings)
        .allSatisfy(closing -> assertThat(closing.failure()).isNull())
        .allSatisfy(closing -> assertThat(closing.elapsed()).isLessThan(BOUND));
    assertEndsWith(call, ClientClosedException.class);
    assertNothingLeft();
  }

  @Test
  void aChangeOfTheDatabaseEndsWithTheClose() {
    Client client = pool.add("a", options(DRAIN));
    server.stall("ListDatabases");
    Future<Outcome> change = start(() -> client.useDatabase("other"));
    server.awaitInFlight("ListDatabases", 1, SOON);

    pool.close();

    assertEndsWith(change, ClientClosedException.class);
    assertThat(Outcome.of(client::currentDatabase).failure()).isInstanceOf(Exception.class);
    assertNothingLeft();
  }

  /** At each moment of the dials. */
  @RepeatedTest(5)
  void aReplaceThatIsInterruptedLeavesNothingOpen() throws Exception {
    Client client = pool.add("a", options(DRAIN));
    ClientOptions many = options(DRAIN).toBuilder().withConnections(4).build();
    try (Hold hold = server.hold("Connect")) {
      Thread replacing = new Thread(() -> Outcome.of(() -> pool.replace("a", many)));
      replacing.start();
      hold.awaitCalls(1, SOON);

      replacing.interrupt();
      hold.release(); // so that the answers meet the interrupt

      replacing.join(SOON.toMillis());
      assertThat(replacing.isAlive()).isFalse();
    }
    await()
        .atMost(SOON)
        .until(() -> server.transports() == pool.stats().clients().get("a").connections());
    assertThat(client.listCollections()).contains("items");

    pool.close();

    assertNothingLeft();
  }

  // ---- any order

  private Map<String, Runnable> steps(Client client) {
    Map<String, Runnable> steps = new LinkedHashMap<>();
    steps.put("remove", () -> pool.remove("a"));
    steps.put("replace", () -> pool.replace("a", options(DRAIN)));
    steps.put("useDatabase", () -> client.useDatabase("other"));
    steps.put("add", () -> pool.add("a", options(DRAIN)));
    steps.put("add another", () -> pool.add("b", options(DRAIN)));
    steps.put("client.close", client::close);
    steps.put("pool.close", pool::close);
    return steps;
  }

  /** Each step begins when the one before has begun, or a moment later, on a thread of its own. */
  @RepeatedTest(30)
  void everyOrderOfEndsReturnsAndLeavesNothing() {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    Map<String, Runnable> steps = steps(pool.add("a", options(DRAIN)));
    List<String> order = new ArrayList<>(steps.keySet());
    Collections.shuffle(order, random);
    String told = "seed " + seed + ": " + order;
    server.stall(ScriptedMilvus.ALL);
    Future<Outcome> call = start(pool.get("a")::listCollections);
    server.awaitInFlight("ShowCollections", 1, SOON);
    Map<String, Future<Outcome>> running = new LinkedHashMap<>();

    for (String step : order) {
      running.put(step, start(steps.get(step)));
      Threads.spin(random.nextInt(300_000));
    }

    running.forEach(
        (step, outcome) ->
            assertThat(outcome)
                .as("%s in %s", step, told)
                .succeedsWithin(SOON)
                .satisfies(ended -> assertThat(ended.elapsed()).as(told).isLessThan(BOUND))
                .satisfies(
                    ended ->
                        assertThat(ended.failure())
                            .as(told)
                            .satisfiesAnyOf(
                                failure -> assertThat(failure).isNull(),
                                failure ->
                                    assertThat(failure)
                                        .isInstanceOf(MilvusPoolException.class)
                                        .hasNoSuppressedExceptions())));
    assertThat(call).as(told).succeedsWithin(SOON);
    assertThat(pool.list()).as(told).isEmpty();
    try {
      assertNothingLeft();
    } catch (Throwable e) {
      throw new AssertionError(told, e);
    }
  }
}
