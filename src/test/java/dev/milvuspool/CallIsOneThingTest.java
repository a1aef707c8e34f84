package dev.milvuspool;

import static dev.milvuspool.scripted.ScriptedMilvus.ALWAYS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.milvuspool.scripted.Hold;
import dev.milvuspool.scripted.ScriptedMilvus;
import io.milvus.shaded.io.grpc.Status;
import io.milvus.v2.exception.MilvusClientException;
import io.milvus.v2.service.collection.request.CreateCollectionReq;
import io.milvus.v2.service.vector.request.DeleteReq;
import io.milvus.v2.service.vector.request.InsertReq;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A call is one thing, however many requests, retries and polls it has: it stays in its database,
 * has one account of what was sent, repeats single requests only, and is judged by its own.
 */
@Timeout(60)
class CallIsOneThingTest {
  private static final Duration SOON = Duration.ofSeconds(15);

  private final ScriptedMilvus server = ClientOperation.server().databases("default", "db1", "db2");
  private final MilvusPool pool = MilvusPool.create();
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final Client client = pool.add("main", ClientOperation.options(server).build());

  @AfterEach
  void close() {
    server.resumeAll();
    threads.shutdownNow();
    pool.close();
    server.close();
  }

  // ---- its database

  private void begunInDb1() {
    client.withDatabase("db1").createCollection("one", Samples.schema(), 1);
    client.withDatabase("db2").createCollection("two", Samples.schema(), 1);
    client.useDatabase("db1");
    server.resetCounts();
  }

  @Test
  void aReadThatChangesItsConnectionStaysInTheDatabaseInWhichItBegan() {
    begunInDb1();
    Future<List<String>> read;
    try (Hold hold = server.hold("ShowCollections")) {
      read = threads.submit(client::listCollections);
      hold.awaitCalls(1, SOON);
      client.useDatabase("db2");
      server.dropConnections();
      server.awaitCalls("ShowCollections", 2, SOON);
    }

    assertThat(read).succeedsWithin(SOON).isEqualTo(List.of("one"));
  }

  @Test
  void aLoadIsPolledInTheDatabaseInWhichItBegan() {
    begunInDb1();
    server.loadingProgress(10, 20, 30);
    Future<?> load;
    try (Hold hold = server.hold("GetLoadState")) {
      load = threads.submit(() -> client.loadCollection("one"));
      hold.awaitCalls(1, SOON);
      client.useDatabase("db2");
    }

    assertThat(load).succeedsWithin(SOON);
    assertThat(server.calls("GetLoadState")).isGreaterThan(2);
    assertThat(server.lastHeader("GetLoadState", "dbname")).contains("db1");
  }

  // ---- its account of what was sent

  @ParameterizedTest
  @ValueSource(strings = {"CreateIndex", "LoadCollection"})
  void aCollectionThatWasCreatedIsNotSaidToBeUnsentWhenALaterStepFindsNoServer(String step) {
    Future<Outcome> creation;
    try (Hold hold = server.hold(step)) {
      creation =
          threads.submit(
              () ->
                  Outcome.of(
                      () ->
                          client.createCollection(
                              CreateCollectionReq.builder()
                                  .collectionName("new")
                                  .collectionSchema(Samples.schema())
                                  .indexParams(List.of(ClientOperation.index()))
                                  .build())));
      hold.awaitCalls(1, SOON);
      server.kill();
    }

    assertOutcomeUnknown(creation, "createCollection");
    assertThat(server.executed("CreateCollection")).isEqualTo(1);
  }

  @Test
  void aLaterWriteThatIsNotSentMakesAFunctionsEarlierOneNoLessUnknown() {
    Outcome call =
        Outcome.of(
            () ->
                client.call(
                    sdk -> {
                      sdk.insert(oneRow());
                      goDown();
                      return sdk.delete(deletion());
                    }));

    assertOutcomeUnknown(CompletableFuture.completedFuture(call), "call");
    assertThat(server.executed("Insert")).isEqualTo(1);
    assertThat(server.calls("Delete")).isZero();
  }

  private void goDown() {
    server.kill();
    await().atMost(SOON).until(() -> client.health(SOON).state() == ClientState.DOWN);
  }

  private void assertOutcomeUnknown(Future<Outcome> call, String operation) {
    assertThat(call)
        .succeedsWithin(SOON)
        .satisfies(
            outcome ->
                assertThat(outcome.failure())
                    .isInstanceOfSatisfying(
                        ClientUnavailableException.class,
                        e -> assertThat(e.outcomeUnknown()).isTrue())
                    .hasMessageContainingAll("client main", operation, server.address())
                    .hasMessageNotContaining("was not sent"));
  }

  // ---- what is sent again: the single request

  private static DeleteReq deletion() {
    return DeleteReq.builder().collectionName("items").filter("id > 0").build();
  }

  private static InsertReq oneRow() {
    return InsertReq.builder().collectionName("items").data(Samples.rows(1, 1)).build();
  }

  // ---- what it is judged by: its own requests

  private Client add(String name, ScriptedMilvus to, boolean waitForReady) {
    return pool.add(name, ClientOperation.options(to).withWaitForReady(waitForReady).build());
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void whatAnotherServerSaysIsNotReplacedByAFailureThatTheFunctionHasDealtWith(boolean hadOne) {
    try (ScriptedMilvus otherServer = ClientOperation.server()) {
      Client other = add("other", otherServer, false);
      pool.replace("main", ClientOperation.options(server).withRetry(0, Duration.ZERO).build());
      server.fail("Search", Status.UNAVAILABLE, ALWAYS);
      otherServer.reject("Insert", 1100, "invalid row", ALWAYS);

      assertThatThrownBy(
              () ->
                  client.call(
                      sdk -> {
                        if (hadOne) {
                          assertThatThrownBy(
                                  () -> sdk.search(Samples.nearestTo("items", 1).build()))
                              .hasCauseInstanceOf(ClientUnavailableException.class);
                        }
                        return other.insert(oneRow());
                      }))
          .isInstanceOf(MilvusClientException.class)
          .hasMessageContaining("invalid row");
    }
  }

  @Test
  void whatAFunctionMakesOfAFailureIsItsOwn() {
    server.dropConnectionBefore("Insert", 1);

    assertThatThrownBy(
            () ->
                client.call(
                    sdk -> {
                      try {
                        return sdk.insert(oneRow());
                      } catch (RuntimeException e) {
                        throw new IllegalStateException("order 7 was not stored", e);
                      }
                    }))
        .isExactlyInstanceOf(IllegalStateException.class)
        .hasMessage("order 7 was not stored")
        .hasStackTraceContaining(ClientUnavailableException.class.getName());
  }
}
