package dev.milvuspool;

import static dev.milvuspool.scripted.ScriptedMilvus.ALWAYS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;
import static org.awaitility.Awaitility.await;

import dev.milvuspool.Events.Kind;
import dev.milvuspool.scripted.Hold;
import dev.milvuspool.scripted.ScriptedMilvus;
import io.milvus.shaded.io.grpc.Status;
import io.milvus.v2.exception.MilvusClientException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What is sent again after which failure, how often, and who is told. */
@Timeout(60)
class RetryTest {
  private static final Duration SOON = Duration.ofSeconds(20);

  /** Enough for a reconnect between two of them on any machine. */
  private static final int PLENTY = 400;

  private final ScriptedMilvus server = ClientOperation.server();
  private final Events events = new Events();
  private final MilvusPool pool = MilvusPool.builder().withListener(events).build();
  private final ExecutorService threads = Executors.newCachedThreadPool();

  @AfterEach
  void close() {
    threads.shutdownNow();
    pool.close();
    server.close();
  }

  private ClientOptions.Builder options() {
    return ClientOptions.builder()
        .withAddress(server.address())
        .withDeadline(SOON)
        .withAdminDeadline(SOON)
        .withHealthCheckInterval(Duration.ZERO)
        .withReconnectBackoff(Duration.ofMillis(5), Duration.ofMillis(50))
        .withRetry(PLENTY, Duration.ofMillis(50));
  }

  private long retries() {
    return pool.stats().clients().get("main").retries();
  }

  @Test
  void whatMayBeRepeatedIsSentAgainAfterALostConnection() {
    Status loss = Status.UNAVAILABLE.withDescription("Connection reset by peer");
    Client client = pool.add("main", options().build());

    ClientOperation.repeatable()
        .forEach(
            operation -> {
              awaitUp(client);
              server.resetCounts();
              long before = retries();
              server.fail(operation.rpc(), loss, 1);

              operation.on(client);

              assertThat(server.executed(operation.rpc())).as("%s", operation).isPositive();
              assertThat(server.calls(operation.rpc()))
                  .as("%s", operation)
                  .isEqualTo(server.executed(operation.rpc()) + 1);
              if (!isIterator(operation)) {
                assertThat(retries()).as("%s", operation).isGreaterThan(before);
              }
            });
  }

  /** While they read the first page, the SDK's iterators retry by themselves. */
  private static boolean isIterator(ClientOperation operation) {
    return operation == ClientOperation.QUERY_ITERATOR
        || operation == ClientOperation.SEARCH_ITERATOR;
  }

  @Test
  void aReadWhoseSocketBreaksIsSentAgain() {
    Client client = pool.add("main", options().build());

    server.dropConnectionBefore("Search", 1);
    ClientOperation.SEARCH.on(client);
    awaitUp(client);
    server.dropConnectionAfterExecuting("Query", 1);
    ClientOperation.QUERY.on(client);

    assertThat(server.executed("Search")).isEqualTo(1);
    assertThat(server.executed("Query")).isEqualTo(2);
    await().until(() -> pool.stats().clients().get("main").reconnects() == 2);
    assertThat(retries()).isZero();
    assertThat(events.of(Kind.DOWN)).isEmpty();
  }

  @Test
  void everythingIsSentAgainAfterARateLimit() {
    Client client = pool.add("main", options().build());

    Stream.concat(ClientOperation.repeatable(), ClientOperation.writes())
        .filter(operation -> !isIterator(operation))
        .forEach(
            operation -> {
              server.resetCounts();
              long before = retries();
              server.reject(operation.rpc(), 8, "rate limit exceeded", 2);

              operation.on(client);

              assertThat(server.calls(operation.rpc())).as("%s", operation).isEqualTo(3);
              assertThat(server.executed(operation.rpc())).as("%s", operation).isEqualTo(1);
              assertThat(retries()).as("%s", operation).isEqualTo(before + 2);
            });
    assertThat(events.of(Kind.DOWN)).isEmpty();
  }

  @Test
  void retriesAreLimitedCountedAndTold() {
    Client client = pool.add("main", options().withRetry(3, Duration.ofMillis(20)).build());
    server.reject("Insert", 8, "rate limit exceeded", ALWAYS);

    assertThatThrownBy(() -> ClientOperation.INSERT.on(client))
        .isInstanceOfSatisfying(
            MilvusClientException.class, e -> assertThat(e.getServerErrCode()).isEqualTo(8));

    assertThat(server.calls("Insert")).isEqualTo(4);
    assertThat(retries()).isEqualTo(3);
    assertThat(events.of(Kind.RETRY))
        .extracting(Events.Event::client, Events.Event::operation, Events.Event::retry)
        .containsExactly(
            tuple("main", "insert", 1), tuple("main", "insert", 2), tuple("main", "insert", 3));
    assertThat(events.of(Kind.RETRY))
        .allSatisfy(event -> assertThat(event.reason()).isInstanceOf(MilvusClientException.class));
    assertThat(pool.stats().clients().get("main").calls()).as("one call").isEqualTo(1);
  }

  @Test
  void zeroSwitchesRetriesOff() {
    Client client = pool.add("main", options().withRetry(0, Duration.ofSeconds(1)).build());
    server.reject("Search", 8, "rate limit exceeded", ALWAYS);
    server.fail("Query", Status.UNAVAILABLE, ALWAYS);

    assertThatThrownBy(() -> ClientOperation.SEARCH.on(client))
        .isInstanceOf(MilvusClientException.class);
    assertThatThrownBy(() -> ClientOperation.QUERY.on(client))
        .isInstanceOf(ClientUnavailableException.class);

    assertThat(server.calls("Search")).isEqualTo(1);
    assertThat(server.calls("Query")).isEqualTo(1);
    assertThat(retries()).isZero();
    assertThat(events.of(Kind.RETRY)).isEmpty();
  }

  static Stream<Status> answers() {
    return Stream.of(
        Status.DEADLINE_EXCEEDED,
        Status.INTERNAL,
        Status.UNKNOWN.withDescription("something else"),
        Status.UNKNOWN.withDescription("QueryNode 7: vchannel dml_3: channel closed"),
        Status.RESOURCE_EXHAUSTED,
        Status.CANCELLED,
        Status.UNAUTHENTICATED,
        Status.UNIMPLEMENTED);
  }

  @ParameterizedTest
  @MethodSource("answers")
  void otherStatusesOfTheServerAreNotRetriedAndLoseNoConnection(Status status) {
    Client client = pool.add("main", options().build());
    List<ClientOperation> operations =
        List.of(ClientOperation.HAS_COLLECTION, ClientOperation.QUERY, ClientOperation.DELETE);

    for (ClientOperation operation : operations) {
      server.fail(operation.rpc(), status, ALWAYS);
      assertThatThrownBy(() -> operation.on(client))
          .isInstanceOf(
              status.getCode() == Status.Code.DEADLINE_EXCEEDED
                  ? ClientTimeoutException.class
                  : MilvusClientException.class);

      assertThat(server.calls(operation.rpc())).isEqualTo(1);
    }
    assertThat(retries()).isZero();
    assertThat(events.of(Kind.DOWN)).isEmpty();
  }

  @Test
  void aLongErrorOfTheServerIsPassedOn() {
    Client client = pool.add("main", options().build());
    String longText = "expression ".repeat(2_000);
    server.fail("Query", Status.INVALID_ARGUMENT.withDescription(longText), ALWAYS);

    assertThatThrownBy(() -> ClientOperation.QUERY.on(client))
        .isInstanceOf(MilvusClientException.class)
        .hasMessageContaining("INVALID_ARGUMENT: expression expression");

    assertThat(server.calls("Query")).isEqualTo(1);
  }

  @Test
  void aTimeLimitOfTheServerIsToldFromTheCallsOwn() {
    Client client = pool.add("main", options().build());
    server.fail("Query", Status.DEADLINE_EXCEEDED.withDescription("upstream timeout"), ALWAYS);

    assertThatThrownBy(() -> ClientOperation.QUERY.on(client))
        .isInstanceOf(ClientTimeoutException.class)
        .hasMessageContaining("the server, or a proxy before it, has a shorter limit")
        .hasRootCauseMessage("DEADLINE_EXCEEDED: upstream timeout");
  }

  @Test
  void whatTheServerSaysAboutARequestPassesThroughUnchanged() {
    Client client = pool.add("main", options().build());
    server.reject("HasCollection", 1100, "invalid parameter", ALWAYS);
    server.reject("Upsert", 65535, "no", ALWAYS);

    assertThatThrownBy(() -> ClientOperation.HAS_COLLECTION.on(client))
        .isInstanceOfSatisfying(
            MilvusClientException.class, e -> assertThat(e.getServerErrCode()).isEqualTo(1100))
        .hasMessageContaining("invalid parameter");
    assertThatThrownBy(() -> ClientOperation.UPSERT.on(client))
        .isInstanceOf(MilvusClientException.class);

    assertThat(server.calls("HasCollection")).isEqualTo(1);
    assertThat(server.calls("Upsert")).isEqualTo(1);
    assertThat(retries()).isZero();
  }

  @Test
  void aReadUnderWayWaitsForAServerThatIsGoneNoLongerThanAReconnectTakes() throws Exception {
    Client client = pool.add("main", options().withRetry(3, Duration.ofMillis(20)).build());
    try (Hold hold = server.hold("ShowCollections")) {
      Future<?> read = threads.submit(client::listCollections);
      hold.awaitCalls(1, SOON);

      server.kill();

      assertThatThrownBy(() -> read.get(20, TimeUnit.SECONDS))
          .hasCauseInstanceOf(ClientUnavailableException.class);
    }
    assertThat(retries()).isZero();
    assertThat(client.state()).isEqualTo(ClientState.DOWN);
  }

  @Test
  void aReadUnderWayIsCarriedThroughAnOutage() throws Exception {
    Client client = pool.add("main", options().build());
    try (Hold hold = server.hold("ShowCollections")) {
      Future<List<String>> read = threads.submit(client::listCollections);
      hold.awaitCalls(1, SOON);

      server.kill();
      await().until(() -> client.state() == ClientState.DOWN);
      hold.release();
      server.restart();

      assertThat(read.get(20, TimeUnit.SECONDS)).contains("items");
    }
    assertThat(server.executed("ShowCollections")).isEqualTo(1);
    assertThat(retries()).isZero();
  }

  @Test
  void aCallThatStartsWhileTheClientIsDownIsNotRetried() {
    Client client = pool.add("main", options().build());
    kill(client);

    for (ClientOperation operation : ClientOperation.values()) {
      assertThatThrownBy(() -> operation.on(client))
          .as("%s", operation)
          .isInstanceOfSatisfying(
              ClientUnavailableException.class,
              e -> assertThat(e.outcomeUnknown()).as("%s", operation).isFalse());
    }
    assertThat(retries()).isZero();
    assertThat(events.of(Kind.RETRY)).isEmpty();
  }

  @Test
  void aCallThatWaitsForRecoveryIsSentOnce() throws Exception {
    Client client = pool.add("main", options().withWaitForReady(true).build());
    kill(client);
    server.resetCounts();

    List<Future<?>> waiting =
        Arrays.asList(
            threads.submit(client::listCollections),
            threads.submit(() -> ClientOperation.INSERT.on(client)));
    server.restart();

    for (Future<?> each : waiting) {
      each.get(20, TimeUnit.SECONDS);
    }
    assertThat(server.calls("ShowCollections")).isEqualTo(1);
    assertThat(server.calls("Insert")).isEqualTo(1);
    assertThat(retries()).isZero();
  }

  /** Kills the server, and lets the client notice by its own call. */
  private void kill(Client client) {
    server.kill();
    await().until(() -> client.health(Duration.ofMillis(200)).state() == ClientState.DOWN);
  }

  private static void awaitUp(Client client) {
    await().atMost(SOON).until(() -> client.state() == ClientState.UP);
  }
}
