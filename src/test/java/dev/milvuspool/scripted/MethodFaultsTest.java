package dev.milvuspool.scripted;

import static dev.milvuspool.scripted.SdkAssertions.assertServerError;
import static dev.milvuspool.scripted.SdkAssertions.assertStatus;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.milvus.shaded.io.grpc.Status;
import io.milvus.v2.service.collection.request.DropCollectionReq;
import io.milvus.v2.service.collection.request.HasCollectionReq;
import java.time.Duration;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;

/** Each fault of single methods, as the SDK's own client meets it. */
class MethodFaultsTest extends ScriptedMilvusCase {
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
    sdk.getServerVersion();

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

    Future<Duration> late = inBackground(() -> timeOf(sdk::getServerVersion));
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

    assertThat(sdk.getServerVersion()).isEqualTo(ScriptedMilvus.VERSION);
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
    Future<?> version = inBackground(sdk::getServerVersion);
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
    sdk.withTimeout(300, TimeUnit.MILLISECONDS);

    assertStatus(() -> client.insert(2), Status.Code.DEADLINE_EXCEEDED);
    milvus.awaitInFlight("Insert", 0, SOON);

    assertThat(hold.inside()).isZero();

    hold.release();
    sdk.withTimeout(5, TimeUnit.SECONDS);
    client.insert(3);

    assertThat(milvus.calls("Insert")).isEqualTo(3);
    assertThat(milvus.executed("Insert")).isEqualTo(2);
  }

  @Test
  void neverExecutesADelayedCallThatTheClientGaveUp() {
    client.insert(1);
    milvus.delay("Insert", Duration.ofMillis(600));
    sdk.withTimeout(300, TimeUnit.MILLISECONDS);

    assertStatus(() -> client.insert(2), Status.Code.DEADLINE_EXCEEDED);
    sdk.withTimeout(5, TimeUnit.SECONDS);
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
    assertThat(sdk.getServerVersion()).isEqualTo(ScriptedMilvus.VERSION);
  }

  @Test
  void rejectsInTheResponseWhateverItsType() {
    milvus.reject("Insert", 8, "rate limit exceeded[rate=1]", 1);
    milvus.reject("ListDatabases", 8, "rate limit exceeded[rate=2]", 1);
    milvus.reject("DropCollection", 8, "rate limit exceeded[rate=3]", 1);
    milvus.reject("HasCollection", 5, "service internal", 1);

    assertServerError(() -> client.insert(1), 8, "rate limit exceeded[rate=1]");
    assertServerError(sdk::listDatabases, 8, "rate limit exceeded[rate=2]");
    assertServerError(
        () -> sdk.dropCollection(DropCollectionReq.builder().collectionName("x").build()),
        8,
        "rate limit exceeded[rate=3]");
    assertServerError(
        () -> sdk.hasCollection(HasCollectionReq.builder().collectionName("x").build()),
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
}
