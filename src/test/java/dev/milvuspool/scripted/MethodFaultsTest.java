package dev.milvuspool.scripted;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.milvus.shaded.io.grpc.Status;
import io.milvus.shaded.io.grpc.StatusRuntimeException;
import io.milvus.v2.exception.MilvusClientException;
import io.milvus.v2.service.collection.request.DropCollectionReq;
import io.milvus.v2.service.collection.request.HasCollectionReq;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Each fault of single methods, and the counts, as the SDK's own client meets them. */
class MethodFaultsTest {
  private static final Duration SOON = Duration.ofSeconds(5);

  private final ExecutorService threads = Executors.newCachedThreadPool();
  private ScriptedMilvus milvus;
  private RawClient client;

  @BeforeEach
  void start() {
    milvus = ScriptedMilvus.start().collection(RawClient.COLLECTION, RawClient.DIMENSION);
    client = RawClient.of(milvus);
  }

  @AfterEach
  void stop() {
    client.close();
    milvus.close();
    threads.shutdownNow();
  }

  private static void assertStatus(ThrowingCallable call, Status.Code code) {
    assertThatThrownBy(call)
        .satisfies(
            e -> {
              Throwable cause = e instanceof StatusRuntimeException ? e : e.getCause();
              assertThat(cause).isInstanceOf(StatusRuntimeException.class);
              assertThat(Status.fromThrowable(cause).getCode()).isEqualTo(code);
            });
  }

  private static void assertServerError(ThrowingCallable call, int code, String reason) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            MilvusClientException.class,
            e -> assertThat(e.getServerErrCode()).as("code").isEqualTo(code))
        .hasMessageContaining(reason);
  }

  private <T> Future<T> inBackground(Callable<T> call) {
    return threads.submit(call);
  }

  private static <T> T get(Future<T> future) throws Exception {
    return future.get(SOON.toSeconds(), TimeUnit.SECONDS);
  }

  private static Duration timeOf(Runnable call) {
    long start = System.nanoTime();
    call.run();
    return Duration.ofNanos(System.nanoTime() - start);
  }

  @Test
  void delaysTheAnswersOfOneMethod() throws Exception {
    client.search();
    milvus.delay("Search", Duration.ofSeconds(2));

    Future<Duration> late = inBackground(() -> timeOf(client::search));
    milvus.awaitInFlight("Search", 1, SOON);
    client.sdk().getServerVersion();

    assertThat(late.isDone()).isFalse();
    assertThat(milvus.executed("Search")).isEqualTo(1);
    assertThat(get(late)).isGreaterThanOrEqualTo(Duration.ofSeconds(2));

    milvus.delay("Search", Duration.ZERO);

    assertThat(timeOf(client::search)).isLessThan(Duration.ofSeconds(2));
  }

  @Test
  void delaysTheAnswersOfAllMethodsButThoseWithADelayOfTheirOwn() throws Exception {
    milvus.delay(ScriptedMilvus.ALL, Duration.ofSeconds(2));
    milvus.delay("Search", Duration.ofMillis(1));

    Future<Duration> late = inBackground(() -> timeOf(client.sdk()::getServerVersion));
    milvus.awaitInFlight("GetVersion", 1, SOON);
    client.search();

    assertThat(late.isDone()).isFalse();
    assertThat(get(late)).isGreaterThanOrEqualTo(Duration.ofSeconds(2));
  }

  @Test
  void stallsAMethodUntilItIsResumed() throws Exception {
    milvus.stall("Search");

    Future<?> stalled = inBackground(client::search);
    milvus.awaitInFlight("Search", 1, SOON);

    assertThat(client.sdk().getServerVersion()).isEqualTo(ScriptedMilvus.VERSION);
    assertThatThrownBy(() -> stalled.get(300, TimeUnit.MILLISECONDS))
        .isInstanceOf(TimeoutException.class);
    assertThat(milvus.executed("Search")).isZero();

    milvus.resume("Search");

    assertThat(get(stalled)).isNotNull();
    assertThat(milvus.executed("Search")).isEqualTo(1);
    assertThat(client.search()).isNotNull();
  }

  @Test
  void stallsAllMethodsUntilAllAreResumed() throws Exception {
    milvus.stall(ScriptedMilvus.ALL);
    milvus.stall("Search");

    Future<?> search = inBackground(client::search);
    Future<?> version = inBackground(client.sdk()::getServerVersion);
    milvus.awaitInFlight(ScriptedMilvus.ALL, 2, SOON);
    milvus.resume(ScriptedMilvus.ALL);

    assertThat(get(version)).isEqualTo(ScriptedMilvus.VERSION);
    assertThat(search.isDone()).isFalse();

    milvus.stall(ScriptedMilvus.ALL);
    milvus.resumeAll();

    assertThat(get(search)).isNotNull();
  }

  @Test
  void holdsCallsUntilTheyAreReleased() throws Exception {
    Hold hold = milvus.hold("Search");

    Future<?> one = inBackground(client::search);
    Future<?> two = inBackground(client::search);
    hold.awaitCalls(2, SOON);

    assertThat(hold.inside()).isEqualTo(2);
    assertThatThrownBy(() -> hold.awaitCalls(3, Duration.ofMillis(50)))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("held 2 calls instead of 3");
    assertThat(milvus.inFlight("Search")).isEqualTo(2);
    assertThat(milvus.executed("Search")).isZero();

    hold.release();

    assertThat(get(one)).isNotNull();
    assertThat(get(two)).isNotNull();
    assertThat(client.search()).isNotNull();
    assertThat(milvus.maxInFlight("Search")).isEqualTo(2);
  }

  @Test
  void neverExecutesAHeldCallThatTheClientGaveUp() {
    client.insert(1);
    Hold hold = milvus.hold("Insert");
    client.sdk().withTimeout(300, TimeUnit.MILLISECONDS);

    assertStatus(() -> client.insert(2), Status.Code.DEADLINE_EXCEEDED);
    milvus.awaitInFlight("Insert", 0, SOON);

    assertThat(hold.inside()).isZero();

    hold.release();
    client.sdk().withTimeout(5, TimeUnit.SECONDS);
    client.insert(3);

    assertThat(milvus.calls("Insert")).isEqualTo(3);
    assertThat(milvus.executed("Insert")).isEqualTo(2);
  }

  @Test
  void neverExecutesADelayedCallThatTheClientGaveUp() {
    client.insert(1);
    milvus.delay("Insert", Duration.ofMillis(600));
    client.sdk().withTimeout(300, TimeUnit.MILLISECONDS);

    assertStatus(() -> client.insert(2), Status.Code.DEADLINE_EXCEEDED);
    client.sdk().withTimeout(5, TimeUnit.SECONDS);
    client.insert(3); // begun later, so its delay ends later

    assertThat(milvus.calls("Insert")).isEqualTo(3);
    assertThat(milvus.executed("Insert")).isEqualTo(2);
  }

  @Test
  void failsAsManyCallsAsTold() {
    milvus.fail("Search", Status.UNAVAILABLE.withDescription("draining"), 2);

    assertStatus(client::search, Status.Code.UNAVAILABLE);
    assertStatus(client::search, Status.Code.UNAVAILABLE);
    assertThat(client.search()).isNotNull();
    assertThat(milvus.calls("Search")).isEqualTo(3);
    assertThat(milvus.executed("Search")).isEqualTo(1);
  }

  @Test
  void failsAlwaysUntilItsFaultsAreCleared() {
    milvus.fail(ScriptedMilvus.ALL, Status.INTERNAL, ScriptedMilvus.ALWAYS);

    for (int i = 0; i < 5; i++) {
      assertStatus(client::search, Status.Code.INTERNAL);
    }
    assertThatThrownBy(() -> RawClient.of(milvus)).hasMessageContaining("INTERNAL");

    milvus.clearFaults("Search");
    assertStatus(client::search, Status.Code.INTERNAL);
    milvus.clearFaults(ScriptedMilvus.ALL);

    assertThat(client.search()).isNotNull();
  }

  @Test
  void clearingFaultsLetsGoWhatIsKeptInside() throws Exception {
    milvus.stall("Search");
    milvus.hold("Insert");
    milvus.delay("GetVersion", Duration.ofMinutes(1));
    Future<?> search = inBackground(client::search);
    Future<?> insert = inBackground(() -> client.insert(1));
    milvus.awaitInFlight("Search", 1, SOON);
    milvus.awaitInFlight("Insert", 1, SOON);

    milvus.clearFaults(ScriptedMilvus.ALL);

    assertThat(get(search)).isNotNull();
    assertThat(get(insert)).isNotNull();
    assertThat(client.sdk().getServerVersion()).isEqualTo(ScriptedMilvus.VERSION);
  }

  @Test
  void rejectsInTheResponseWhateverItsType() {
    milvus.reject("Insert", 8, "rate limit exceeded[rate=1]", 1);
    milvus.reject("ListDatabases", 8, "rate limit exceeded[rate=2]", 1);
    milvus.reject("DropCollection", 8, "rate limit exceeded[rate=3]", 1);
    milvus.reject("HasCollection", 5, "service internal", 1);

    assertServerError(() -> client.insert(1), 8, "rate limit exceeded[rate=1]");
    assertServerError(client.sdk()::listDatabases, 8, "rate limit exceeded[rate=2]");
    assertServerError(
        () -> client.sdk().dropCollection(DropCollectionReq.builder().collectionName("x").build()),
        8,
        "rate limit exceeded[rate=3]");
    assertServerError(
        () -> client.sdk().hasCollection(HasCollectionReq.builder().collectionName("x").build()),
        5,
        "service internal");
    assertThat(milvus.executed("Insert")).isZero();
    assertThat(client.insert(1).getInsertCnt()).isEqualTo(1);
  }

  @Test
  void meetsFailuresInTheOrderTheyWereTold() {
    milvus.fail(ScriptedMilvus.ALL, Status.ABORTED, 1);
    milvus.reject("Search", 8, "rate limit", 1);
    milvus.fail("Search", Status.UNAVAILABLE, 1);

    assertServerError(client::search, 8, "rate limit");
    assertStatus(client::search, Status.Code.UNAVAILABLE);
    assertStatus(client::search, Status.Code.ABORTED);
    assertThat(client.search()).isNotNull();
  }

  @Test
  void dropsTheConnectionAfterExecuting() {
    milvus.dropConnectionAfterExecuting("Insert", 1);

    assertStatus(() -> client.insert(1, 2), Status.Code.UNAVAILABLE);
    assertThat(milvus.executed("Insert")).isEqualTo(1);
    assertThat(milvus.rows("Insert")).isEqualTo(2);
    milvus.awaitInFlight("Insert", 0, SOON);

    client.insert(3);

    assertThat(milvus.acceptedConnections()).isEqualTo(2);
    assertThat(milvus.executed("Insert")).isEqualTo(2);
  }

  @Test
  void dropsTheConnectionBeforeExecuting() {
    milvus.dropConnectionBefore("Insert", 1);

    assertStatus(() -> client.insert(1), Status.Code.UNAVAILABLE);
    assertThat(milvus.calls("Insert")).isEqualTo(1);
    assertThat(milvus.executed("Insert")).isZero();

    client.insert(3);

    assertThat(milvus.acceptedConnections()).isEqualTo(2);
  }

  @Test
  void dropsOnlyTheConnectionOfTheCall() throws Exception {
    try (RawClient other = RawClient.of(milvus)) {
      Hold hold = milvus.hold("Search");
      Future<?> search = inBackground(other::search);
      hold.awaitCalls(1, SOON);
      milvus.dropConnectionBefore("Insert", 1);

      assertStatus(() -> client.insert(1), Status.Code.UNAVAILABLE);
      hold.release();

      assertThat(get(search)).isNotNull();
    }
  }

  @Test
  void requiresUserAndPassword() {
    milvus.requireAuth("root", "secret");

    assertStatus(client::search, Status.Code.UNAUTHENTICATED);
    assertStatus(() -> RawClient.of(milvus), Status.Code.UNAUTHENTICATED);
    assertStatus(
        () -> RawClient.of(milvus, config -> config.username("root").password("guess")),
        Status.Code.UNAUTHENTICATED);
    try (RawClient root =
        RawClient.of(milvus, config -> config.username("root").password("secret"))) {
      assertThat(root.search()).isNotNull();
      assertThat(milvus.lastHeader("Search", "authorization")).contains("cm9vdDpzZWNyZXQ=");
    }

    milvus.requireNothing();

    assertThat(client.search()).isNotNull();
  }

  @Test
  void requiresAToken() {
    milvus.requireToken("key-1");

    assertStatus(
        () -> RawClient.of(milvus, config -> config.token("key-2")), Status.Code.UNAUTHENTICATED);
    try (RawClient holder = RawClient.of(milvus, config -> config.token("key-1"))) {
      assertThat(holder.search()).isNotNull();
    }
  }

  @Test
  void letsConnectInWithoutCredentialsWhereTold() {
    milvus.requireToken("key-1").openConnect(true);

    try (RawClient stranger = RawClient.of(milvus)) {
      assertStatus(stranger::search, Status.Code.UNAUTHENTICATED);
    }
  }

  @Test
  void capsConcurrentCallsOfAConnection() throws Exception {
    try (ScriptedMilvus capped =
            ScriptedMilvus.builder()
                .maxConcurrentCallsPerConnection(2)
                .start()
                .collection(RawClient.COLLECTION, RawClient.DIMENSION);
        RawClient raw = RawClient.of(capped)) {
      Hold hold = capped.hold("Search");

      Future<?> one = inBackground(raw::search);
      Future<?> two = inBackground(raw::search);
      Future<?> three = inBackground(raw::search);
      hold.awaitCalls(2, SOON);

      assertThatThrownBy(() -> hold.awaitCalls(3, Duration.ofMillis(300)))
          .isInstanceOf(AssertionError.class);

      hold.release();

      assertThat(get(one)).isNotNull();
      assertThat(get(two)).isNotNull();
      assertThat(get(three)).isNotNull();
      assertThat(capped.maxInFlight("Search")).isEqualTo(2);
    }
  }

  @Test
  void remembersTheDeadlineOfTheLastCall() {
    client.search();

    assertThat(milvus.lastDeadline("Search"))
        .hasValueSatisfying(
            deadline ->
                assertThat(deadline).isBetween(Duration.ofSeconds(1), Duration.ofSeconds(5)));
    try (RawClient patient = RawClient.of(milvus, config -> config.rpcDeadlineMs(0))) {
      patient.search();

      assertThat(milvus.lastDeadline("Search")).isEmpty();
    }
    assertThat(milvus.lastDeadline("Query")).isEmpty();
  }

  @Test
  void countsCallsByMethodAndTogether() {
    milvus.resetCounts();

    client.search();
    client.search();
    client.sdk().getServerVersion();

    assertThat(milvus.calls("Search")).isEqualTo(2);
    assertThat(milvus.calls(ScriptedMilvus.ALL)).isEqualTo(3);
    assertThat(milvus.executed(ScriptedMilvus.ALL)).isEqualTo(3);
    assertThat(milvus.rows(ScriptedMilvus.ALL)).isEqualTo(4);
    assertThat(milvus.inFlight(ScriptedMilvus.ALL)).isZero();
    assertThat(milvus.maxInFlight(ScriptedMilvus.ALL)).isEqualTo(1);
    assertThat(milvus.calls("Query")).isZero();
  }

  @Test
  void waitsForCalls() throws Exception {
    Future<?> waiting =
        inBackground(
            () -> {
              milvus.awaitCalls("Search", 2, Duration.ofMinutes(1));
              milvus.awaitExecuted("Search", 2, Duration.ofMinutes(1));
              return null;
            });
    client.search();

    assertThat(waiting.isDone()).isFalse();

    client.search();

    get(waiting);
    assertThatThrownBy(() -> milvus.awaitCalls("Search", 3, Duration.ofMillis(50)))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("calls of Search: 2 instead of 3");
  }
}
