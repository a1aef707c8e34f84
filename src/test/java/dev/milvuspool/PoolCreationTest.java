package dev.milvuspool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.milvuspool.ClientConnectException.Reason;
import dev.milvuspool.Events.Kind;
import dev.milvuspool.scripted.Hold;
import dev.milvuspool.scripted.ScriptedMilvus;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Many threads want one name, or one name is slow to come: who dials, who waits, who does not. */
@Timeout(60)
class PoolCreationTest {
  private static final Duration SOON = Duration.ofSeconds(15);
  private static final int THREADS = 16;

  private final ScriptedMilvus server = ScriptedMilvus.start().databases("default", "books");
  private final Events events = new Events();
  private final MilvusPool pool = MilvusPool.builder().withListener(events).build();
  private final List<Caller> callers = new CopyOnWriteArrayList<>();

  @AfterEach
  void close() {
    callers.forEach(Thread::interrupt);
    pool.close();
    server.close();
  }

  private ClientOptions options() {
    return ClientOptions.builder().withAddress(server.address()).build();
  }

  private ClientOptions withTimeout(Duration timeout) {
    return options().toBuilder().withConnectTimeout(timeout).build();
  }

  /** A thread that asks the pool for a client. */
  private static final class Caller extends Thread {
    final CompletableFuture<Client> got = new CompletableFuture<>();
    private final Supplier<Client> request;
    private volatile boolean flagged;

    Caller(Supplier<Client> request) {
      this.request = request;
      setDaemon(true);
    }

    @Override
    public void run() {
      try {
        got.complete(request.get());
      } catch (RuntimeException e) {
        flagged = isInterrupted();
        got.completeExceptionally(e);
      }
    }

    Client client() throws Exception {
      return got.get(20, TimeUnit.SECONDS);
    }

    @Nullable Throwable failure() {
      await().pollDelay(Duration.ZERO).atMost(SOON).until(got::isDone);
      return got.isCompletedExceptionally() ? got.handle((client, e) -> e).join() : null;
    }
  }

  private Caller begin(Supplier<Client> request) {
    Caller caller = new Caller(request);
    callers.add(caller);
    caller.start();
    return caller;
  }

  private List<Caller> beginMany(Supplier<Client> request) {
    List<Caller> many = new ArrayList<>();
    for (int i = 0; i < THREADS; i++) {
      many.add(begin(request));
    }
    return many;
  }

  private static void awaitWaiting(List<Caller> callers) {
    await()
        .atMost(SOON)
        .until(
            () -> callers.stream().allMatch(caller -> caller.getState() == Thread.State.WAITING));
  }

  // ---- many want one name

  @Test
  void manyThatMustGetOneNameDialOnceAndGetTheSameClient() throws Exception {
    List<Caller> many;
    try (Hold hold = server.hold("Connect")) {
      many = beginMany(() -> pool.mustGet("main", options()));
      hold.awaitCalls(1, SOON);
      awaitWaiting(many);
    }

    Client first = many.get(0).client();
    for (Caller each : many) {
      assertThat(each.client()).isSameAs(first);
    }
    assertThat(pool.get("main")).isSameAs(first);
    assertThat(server.calls("Connect")).as("dials").isEqualTo(1);
    assertThat(events.lifeOf("main")).containsExactly(Kind.ADDED);
  }

  @RepeatedTest(5)
  void theRaceForAFreshNameHasOneDial() throws Exception {
    CyclicBarrier start = new CyclicBarrier(THREADS);

    List<Caller> many =
        beginMany(
            () -> {
              awaitAll(start);
              return pool.mustGet("main", options());
            });

    Client first = many.get(0).client();
    for (Caller each : many) {
      assertThat(each.client()).isSameAs(first);
    }
    assertThat(server.calls("Connect")).as("dials").isEqualTo(1);
  }

  @RepeatedTest(5)
  void ofManyThatAddOneNameOneSucceeds() {
    CyclicBarrier start = new CyclicBarrier(THREADS);

    List<Caller> many =
        beginMany(
            () -> {
              awaitAll(start);
              return pool.add("main", options());
            });

    List<Throwable> failures = new ArrayList<>();
    for (Caller each : many) {
      Throwable failure = each.failure();
      if (failure != null) {
        failures.add(failure);
      }
    }
    assertThat(failures)
        .hasSize(THREADS - 1)
        .allSatisfy(failure -> assertThat(failure).hasMessage("client main already exists"));
    assertThat(server.calls("Connect")).as("dials").isEqualTo(1);
    assertThat(pool.get("main").listDatabases()).contains("books");
  }

  private static void awaitAll(CyclicBarrier barrier) {
    try {
      barrier.await(20, TimeUnit.SECONDS);
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void manyThatMustGetOneNameGetTheSameFailureInTimeAndTheNameIsFreeAgain() throws Exception {
    server.blackhole();

    List<Caller> many = beginMany(() -> pool.mustGet("main", withTimeout(Duration.ofSeconds(3))));

    Throwable first = many.get(0).failure();
    assertThat(first)
        .isInstanceOfSatisfying(
            ClientConnectException.class, e -> assertThat(e.reason()).isEqualTo(Reason.TIMEOUT));
    assertThat(many).allSatisfy(each -> assertThat(each.failure()).isSameAs(first));
    assertThat(pool.has("main")).isFalse();
    assertThat(events.of(Kind.CONNECT_FAILED)).hasSize(1);

    server.unblackhole();
    assertThat(begin(() -> pool.add("main", options())).client().listDatabases()).contains("books");
  }

  @Test
  void theWarningOfOtherOptionsIsToldToThoseWhoWaitedToo() throws Exception {
    try (CapturedLog log = new CapturedLog()) {
      Caller creator;
      Caller other;
      try (Hold hold = server.hold("Connect")) {
        creator = begin(() -> pool.mustGet("main", options()));
        hold.awaitCalls(1, SOON);
        other = begin(() -> pool.mustGet("main", withTimeout(Duration.ofSeconds(7))));
        awaitWaiting(List.of(other));
      }

      assertThat(other.client()).isSameAs(creator.client());
      assertThat(log.warnings()).singleElement().asString().contains("[main]", "PT7S");
    }
  }

  // ---- one name is being created

  @Test
  void aNameThatIsBeingCreatedIsTakenButNotReady() throws Exception {
    Caller creator;
    try (Hold hold = server.hold("Connect")) {
      creator = begin(() -> pool.add("main", options()));
      hold.awaitCalls(1, SOON);

      Outcome second = Outcome.of(() -> pool.add("main", options()));

      assertThat(second.failure())
          .isInstanceOf(ClientAlreadyExistsException.class)
          .hasMessage("client main already exists");
      assertThat(second.elapsed()).isLessThan(Duration.ofSeconds(3));
      assertThat(pool.has("main")).isFalse();
      assertThat(pool.list()).isEmpty();
      assertThat(pool.stats().clients()).isEmpty();
      assertThatThrownBy(() -> pool.get("main")).hasMessage("client main not found");
      assertThatThrownBy(() -> pool.remove("main")).hasMessage("client main not found");
      assertThatThrownBy(() -> pool.replace("main", options())).hasMessage("client main not found");
      assertThat(creator.got).isNotDone();
    }
    assertThat(creator.client()).isSameAs(pool.get("main"));
    pool.remove("main");
    assertThat(pool.add("main", options()).listDatabases()).contains("books");
  }

  @Test
  void mustGetWaitsForTheOneWhoAdds() throws Exception {
    Caller creator;
    Caller other;
    try (Hold hold = server.hold("Connect")) {
      creator = begin(() -> pool.add("main", options()));
      hold.awaitCalls(1, SOON);
      other = begin(() -> pool.mustGet("main", options()));
      awaitWaiting(List.of(other));
    }

    assertThat(other.client()).isSameAs(creator.client());
    assertThat(server.calls("Connect")).as("dials").isEqualTo(1);
  }

  @Test
  void namesAreCreatedAtTheSameTime() throws Exception {
    List<Caller> creators = new ArrayList<>();
    try (Hold hold = server.hold("Connect")) {
      for (String name : List.of("a", "b", "c", "d")) {
        creators.add(begin(() -> pool.add(name, options())));
      }
      hold.awaitCalls(4, SOON);
    }
    for (Caller creator : creators) {
      creator.client();
    }
    assertThat(pool.list()).containsExactly("a", "b", "c", "d");
  }

  @Test
  void dialsIntoABlackHoleDelayNoOtherName() {
    try (ScriptedMilvus silent = ScriptedMilvus.start()) {
      pool.add("moving", options().toBuilder().withAddress(silent.address()).build());
      silent.blackhole();
      ClientOptions hopeless =
          withTimeout(Duration.ofSeconds(40)).toBuilder().withAddress(silent.address()).build();
      Caller adding = begin(() -> pool.add("dead", hopeless));
      awaitWaiting(List.of(adding));
      List<Caller> stuck =
          List.of(
              adding,
              begin(() -> pool.mustGet("dead", hopeless)),
              begin(() -> pool.mustGet("dead too", hopeless)),
              begin(() -> pool.replace("moving", hopeless)));
      awaitWaiting(stuck);

      Outcome others =
          Outcome.of(
              () -> {
                for (int i = 0; i < 5; i++) {
                  String name = "other" + i;
                  Client client = pool.add(name, options());
                  assertThat(pool.get(name)).isSameAs(client);
                  assertThat(pool.mustGet(name, options())).isSameAs(client);
                  assertThat(pool.has(name)).isTrue();
                  assertThat(pool.list()).contains(name, "moving");
                  assertThat(pool.stats().clients()).containsKey(name);
                  pool.replace(name, options());
                  assertThat(client.listDatabases()).contains("books");
                  pool.remove(name);
                }
              });

      assertThat(others.failure()).isNull();
      assertThat(others.elapsed()).isLessThan(Duration.ofSeconds(15));
      assertThat(stuck).allSatisfy(caller -> assertThat(caller.got).isNotDone());
    }
  }

  // ---- interrupts

  @Test
  void aCreatorThatIsInterruptedGivesUpAndLeavesTheNameToThoseWhoWait() throws Exception {
    Caller creator;
    Caller heir;
    try (Hold hold = server.hold("Connect")) {
      creator = begin(() -> pool.mustGet("main", options()));
      hold.awaitCalls(1, SOON);
      heir = begin(() -> pool.mustGet("main", options()));
      awaitWaiting(List.of(heir));

      creator.interrupt();

      assertThat(creator.failure())
          .isExactlyInstanceOf(MilvusPoolException.class)
          .hasMessageContainingAll("client main", "interrupted");
      assertThat(creator.flagged).isTrue();
    }
    assertThat(heir.client()).isSameAs(pool.get("main"));
    assertThat(heir.client().listDatabases()).contains("books");
    server.awaitTransports(1, SOON);
    assertThat(events.lifeOf("main")).containsExactly(Kind.ADDED);
  }

  @Test
  void oneWhoWaitsAndIsInterruptedLeavesTheCreationAlone() throws Exception {
    Caller creator;
    try (Hold hold = server.hold("Connect")) {
      creator = begin(() -> pool.mustGet("main", options()));
      hold.awaitCalls(1, SOON);
      Caller other = begin(() -> pool.mustGet("main", options()));
      awaitWaiting(List.of(other));

      other.interrupt();

      assertThat(other.failure())
          .isExactlyInstanceOf(MilvusPoolException.class)
          .hasMessageContaining("interrupted");
      assertThat(other.flagged).isTrue();
      assertThat(creator.got).isNotDone();
    }
    assertThat(creator.client()).isSameAs(pool.get("main"));
  }

  @Test
  void anAddThatIsInterruptedLeavesNothingBehind() {
    try (Hold hold = server.hold("Connect")) {
      Caller creator = begin(() -> pool.add("main", options()));
      hold.awaitCalls(1, SOON);

      creator.interrupt();

      assertThat(creator.failure()).hasMessageContaining("interrupted");
      await().atMost(SOON).until(() -> hold.inside() == 0); // the dial was given up, too
    }
    server.awaitTransports(0, SOON);
    assertThat(pool.list()).isEmpty();
    await()
        .atMost(SOON)
        .ignoreExceptionsInstanceOf(ClientAlreadyExistsException.class)
        .until(() -> pool.add("main", options()).state() == ClientState.UP);
    assertThat(Collections.frequency(events.lifeOf("main"), Kind.ADDED)).isEqualTo(1);
  }
}
