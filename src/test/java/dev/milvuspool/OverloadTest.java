package dev.milvuspool;

import static dev.milvuspool.scripted.ScriptedMilvus.ALWAYS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.milvuspool.Events.Kind;
import dev.milvuspool.scripted.ScriptedMilvus;
import io.milvus.grpc.ErrorCode;
import io.milvus.grpc.Status;
import io.milvus.v2.exception.MilvusClientException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What becomes of calls on a server that is too busy: rate limits, "try later", the last answer.
 */
@Timeout(90)
class OverloadTest {
  private final ScriptedMilvus server = ClientOperation.server();
  private final Events events = new Events();
  private final MilvusPool pool = MilvusPool.builder().withListener(events).build();
  private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();

  @AfterEach
  void close() {
    timer.shutdownNow();
    pool.close();
    server.close();
  }

  /** All by default: how often and how long it is retried is what is looked at. */
  private Client client() {
    return pool.add("main", options -> options.withAddress(server.address()));
  }

  private void after(Duration delay, Runnable action) {
    timer.schedule(action, delay.toMillis(), TimeUnit.MILLISECONDS);
  }

  private static int codeOf(Throwable failure) {
    assertThat(failure).isInstanceOf(MilvusClientException.class);
    return ((MilvusClientException) failure).getServerErrCode();
  }

  // ---- rate limits

  @ParameterizedTest
  @EnumSource(names = {"INSERT", "UPSERT", "DELETE", "SEARCH", "QUERY"})
  void aRateLimitOfFourSecondsDelaysACallAndFailsNone(ClientOperation operation) {
    Client client = client();
    server.reject(operation.rpc(), 8, "rate limit exceeded", ALWAYS);
    after(Duration.ofSeconds(4), () -> server.clearFaults(operation.rpc()));

    Outcome outcome = Outcome.of(() -> operation.on(client));

    assertThat(outcome.failure()).isNull();
    assertThat(outcome.elapsed()).isBetween(Duration.ofSeconds(4), Duration.ofSeconds(10));
    assertThat(server.executed(operation.rpc())).isEqualTo(1);
    assertThat(events.of(Kind.DOWN)).isEmpty();
  }

  /** Milvus allows one flush of a collection in ten seconds by default. */
  @Test
  void aFlushThatIsAllowedOnceInTenSecondsIsDone() {
    Client client = client();
    server.reject("Flush", 8, "rate limit exceeded", ALWAYS);
    after(Duration.ofSeconds(10), () -> server.clearFaults("Flush"));

    Outcome outcome = Outcome.of(() -> client.flush("items"));

    assertThat(outcome.failure()).isNull();
    assertThat(outcome.elapsed()).isBetween(Duration.ofSeconds(10), Duration.ofSeconds(20));
    assertThat(server.executed("Flush")).isEqualTo(1);
  }

  @SuppressWarnings("deprecation") // what servers before 2.3 say
  @Test
  void theRateLimitOfOldServersCountsAsWell() {
    Client client = client();
    Status old =
        Status.newBuilder().setErrorCode(ErrorCode.RateLimit).setReason("too fast").build();
    server.answer("Insert", old, 3);
    server.answer("Query", old, 3);

    ClientOperation.INSERT.on(client);
    ClientOperation.QUERY.on(client);

    assertThat(server.calls("Insert")).isEqualTo(4);
    assertThat(server.calls("Query")).isEqualTo(4);
  }

  /** The SDK puts it in the place of code 1; but it is every error of an old server. */
  @SuppressWarnings("deprecation")
  @Test
  void anUnexpectedErrorOfOldServersIsNoReasonToTryAgain() {
    Client client = client();
    Status old =
        Status.newBuilder().setErrorCode(ErrorCode.UnexpectedError).setReason("broken").build();
    server.answer("Query", old, ALWAYS);
    server.answer("Insert", old, ALWAYS);

    assertThatThrownBy(() -> ClientOperation.QUERY.on(client))
        .isInstanceOf(MilvusClientException.class)
        .hasMessageContaining("broken");
    assertThatThrownBy(() -> ClientOperation.INSERT.on(client))
        .isInstanceOf(MilvusClientException.class);

    assertThat(server.calls("Query")).isEqualTo(1);
    assertThat(server.calls("Insert")).isEqualTo(1);
  }

  // ---- try later

  @ParameterizedTest
  @ValueSource(ints = {106, 103, 1, 4, 12, 2, 202})
  void whatIsToBeTriedLaterIsReadAgainAndNotWrittenAgain(int code) {
    Client client = client();
    List<ClientOperation> reads =
        List.of(
            ClientOperation.SEARCH,
            ClientOperation.QUERY,
            ClientOperation.GET_COLLECTION_STATS,
            ClientOperation.LOAD_COLLECTION,
            ClientOperation.RELEASE_COLLECTION,
            ClientOperation.HYBRID_SEARCH);
    List<ClientOperation> writes =
        List.of(
            ClientOperation.INSERT,
            ClientOperation.UPSERT,
            ClientOperation.DELETE,
            ClientOperation.CREATE_PARTITION,
            ClientOperation.COMPACT);

    for (ClientOperation read : reads) {
      server.resetCounts();
      server.reject(read.rpc(), code, "later", 2);
      read.on(client);
      assertThat(server.calls(read.rpc())).as("%s", read).isEqualTo(3);
      assertThat(server.executed(read.rpc())).as("%s", read).isEqualTo(1);
    }
    for (ClientOperation write : writes) {
      server.resetCounts();
      server.reject(write.rpc(), code, "later", ALWAYS);
      Outcome outcome = Outcome.of(() -> write.on(client));
      assertThat(codeOf(outcome.failure())).as("%s", write).isEqualTo(code);
      assertThat(server.calls(write.rpc())).as("%s", write).isEqualTo(1);
    }
    assertThat(events.of(Kind.DOWN)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(ints = {100, 5, 65535})
  void anyCodeThatTheServerCallsRetriableIsReadAgain(int code) {
    Client client = client();
    Status retriable =
        Status.newBuilder().setCode(code).setReason("again").setRetriable(true).build();
    server.answer("Search", retriable, 2);
    server.answer("LoadCollection", retriable, 2);
    server.answer("Insert", retriable, ALWAYS);

    ClientOperation.SEARCH.on(client);
    ClientOperation.LOAD_COLLECTION.on(client);
    Outcome insert = Outcome.of(() -> ClientOperation.INSERT.on(client));

    assertThat(server.calls("Search")).isEqualTo(3);
    assertThat(server.calls("LoadCollection")).isEqualTo(3);
    assertThat(codeOf(insert.failure())).isEqualTo(code);
    assertThat(server.calls("Insert")).isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(ints = {3, 5, 100, 101, 200, 700, 1100, 65535})
  void everyOtherCodeIsPassedOnAtOnce(int code) {
    Client client = client();
    server.reject("Search", code, "no", ALWAYS);

    Outcome outcome = Outcome.of(() -> ClientOperation.SEARCH.on(client));

    assertThat(codeOf(outcome.failure())).isEqualTo(code);
    assertThat(outcome.elapsed()).isLessThan(Duration.ofSeconds(2));
    assertThat(server.calls("Search")).isEqualTo(1);
  }

  // ---- the end of it

  @ParameterizedTest
  @ValueSource(ints = {8, 106})
  void theLastAnswerIsPassedOnWhenTheNextBackoffWouldPassTheDeadline(int code) {
    Client client =
        pool.add(
            "main",
            options -> options.withAddress(server.address()).withDeadline(Duration.ofSeconds(3)));
    server.reject("Search", code, "much too busy", ALWAYS);

    Outcome outcome = Outcome.of(() -> ClientOperation.SEARCH.on(client));

    assertThat(codeOf(outcome.failure())).isEqualTo(code);
    assertThat(outcome.failure()).hasMessageContaining("much too busy");
    assertThat(outcome.elapsed()).isLessThan(Duration.ofMillis(3_200));
    assertThat(server.calls("Search")).isGreaterThan(3);
  }

  @Test
  void anExplicitNumberOfRetriesIsThatNumber() {
    Client client =
        pool.add(
            "main",
            options -> options.withAddress(server.address()).withRetry(3, Duration.ofMillis(50)));
    server.reject("Insert", 8, "rate limit exceeded", ALWAYS);
    server.reject("Search", 106, "collection on recovery", ALWAYS);

    assertThat(codeOf(Outcome.of(() -> ClientOperation.INSERT.on(client)).failure())).isEqualTo(8);
    assertThat(codeOf(Outcome.of(() -> ClientOperation.SEARCH.on(client)).failure()))
        .isEqualTo(106);

    assertThat(server.calls("Insert")).isEqualTo(4);
    assertThat(server.calls("Search")).isEqualTo(4);
  }

  /** A step of many: the whole of a call is not begun again because one RPC of it is limited. */
  @Test
  void onlyTheRpcThatWasLimitedIsSentAgain() {
    Client client = client();
    server.reject("Delete", 8, "rate limit exceeded", 2);

    client.call(
        sdk -> {
          sdk.insert(
              io.milvus.v2.service.vector.request.InsertReq.builder()
                  .collectionName("items")
                  .data(Samples.rows(1, 2))
                  .build());
          return sdk.delete(
              io.milvus.v2.service.vector.request.DeleteReq.builder()
                  .collectionName("items")
                  .filter("id > 0")
                  .build());
        });

    assertThat(server.calls("Insert")).isEqualTo(1);
    assertThat(server.calls("Delete")).isEqualTo(3);
  }
}
