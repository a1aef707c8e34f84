package dev.milvuspool;

import static dev.milvuspool.scripted.ScriptedMilvus.ALWAYS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.milvuspool.Events.Kind;
import dev.milvuspool.scripted.ScriptedMilvus;
import io.milvus.shaded.io.grpc.Status;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The one of several proxies that fails fastest must not get the most calls. */
@Timeout(90)
class EjectionTest {
  private static final Duration WORK = Duration.ofMillis(50);

  private final ScriptedMilvus sick = ScriptedMilvus.start();
  private final ScriptedMilvus sound = ScriptedMilvus.start();
  private final Events events = new Events();
  private final MilvusPool pool = MilvusPool.builder().withListener(events).build();
  private Client client;

  @BeforeEach
  void connect() {
    for (ScriptedMilvus server : List.of(sick, sound)) {
      server.collection("items", Samples.DIMENSION);
      server.delay("Search", WORK);
      server.delay("Delete", WORK);
    }
    client = pool.add("main", options -> options.withAddresses(sick.address(), sound.address()));
  }

  @AfterEach
  void close() {
    pool.close();
    sick.close();
    sound.close();
  }

  /** Searches and deletes with 8 threads; the share of calls that failed. */
  private double failedOf(int calls, Runnable call) {
    AtomicLong all = new AtomicLong();
    AtomicLong failed = new AtomicLong();
    try (Load load =
        Load.of(
            8,
            () -> {
              all.incrementAndGet();
              try {
                call.run();
              } catch (RuntimeException e) {
                failed.incrementAndGet();
              }
            })) {
      load.awaitMore(calls);
      load.stop();
    }
    return (double) failed.get() / all.get();
  }

  private void rejectAtOnce(String method, int code) {
    sick.delay(method, Duration.ZERO);
    sick.reject(method, code, "service not ready", ALWAYS);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void aProxyThatStopsFailsNoReads(int code) {
    rejectAtOnce("Search", code);

    assertThat(failedOf(1_000, () -> ClientOperation.SEARCH.on(client))).isZero();

    assertThat(sick.calls("Search")).isLessThan(sound.calls("Search") / 5);
    assertThat(events.lifeOf("main")).containsExactly(Kind.ADDED);
  }

  /** Writes are passed on: only those that are with it when its turn comes. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void aProxyThatStopsFailsFewWrites(int code) {
    rejectAtOnce("Delete", code);

    assertThat(failedOf(1_000, () -> client.delete("items", "id > 0"))).isLessThan(0.05);
  }

  /** What one connection to it has heard spares the others. */
  @Test
  void aProxyThatStopsFailsFewWritesHoweverManyConnectionsItHas() {
    pool.replace("main", client.options().toBuilder().withConnections(12).build());
    rejectAtOnce("Delete", 1);

    assertThat(failedOf(1_000, () -> client.delete("items", "id > 0"))).isLessThan(0.03);
  }

  /** In front of it stands a hop that says so in its place. */
  @Test
  void aHopWithoutItsProxyFailsFewWrites() {
    sick.delay("Delete", Duration.ZERO);
    sick.fail(ScriptedMilvus.ALL, Status.UNAVAILABLE.withDescription("no upstream"), ALWAYS);

    assertThat(failedOf(1_000, () -> client.delete("items", "id > 0"))).isLessThan(0.05);

    assertThat(events.lifeOf("main")).containsExactly(Kind.ADDED);
  }

  @ParameterizedTest
  @ValueSource(ints = {4, 12, 103, 106, 202, 8})
  void aReadThatIsToBeTriedLaterIsTriedOnTheOtherProxy(int code) {
    rejectAtOnce("Search", code);

    for (int i = 0; i < 20; i++) {
      long before = sick.calls("Search");
      ClientOperation.SEARCH.on(client);
      assertThat(sick.calls("Search") - before).isLessThanOrEqualTo(1);
    }
  }

  @Test
  void whenAllAreEjectedNoneIs() {
    for (ScriptedMilvus server : List.of(sick, sound)) {
      server.reject("Search", 1, "service not ready", 3);
    }

    for (int i = 0; i < 5; i++) {
      ClientOperation.SEARCH.on(client);
    }

    assertThat(sick.executed("Search") + sound.executed("Search")).isEqualTo(5);
  }

  /** Its calls wait for their deadline; those that come later go to the other. */
  @Test
  void aFrozenProxyHoldsUpOnlyTheCallsThatAreWithIt() {
    AtomicLong slow = new AtomicLong();
    try (Load load =
        Load.of(
            8,
            () -> {
              Outcome outcome =
                  Outcome.of(
                      () -> ClientOperation.SEARCH.on(client.withDeadline(Duration.ofSeconds(1))));
              if (outcome.failure() != null) {
                slow.incrementAndGet();
              }
            })) {
      load.awaitMore(100);
      sick.freeze();
      load.awaitMore(1_000);
      load.stop();
    }

    assertThat(slow.get()).isLessThanOrEqualTo(40);
    assertThat(events.lifeOf("main")).containsExactly(Kind.ADDED);
  }

  @Test
  void aProxyThatIsReadyAgainGetsItsShare() {
    rejectAtOnce("Search", 1);
    ClientOperation.SEARCH.on(client);
    sick.clearFaults(ScriptedMilvus.ALL);
    sick.delay("Search", WORK);

    try (Load load = Load.of(8, () -> ClientOperation.SEARCH.on(client))) {
      sick.awaitExecuted("Search", 100, Duration.ofSeconds(20));
      load.stopUnharmed();
    }
  }
}
