package dev.milvuspool;

import static dev.milvuspool.scripted.ScriptedMilvus.ALWAYS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.milvuspool.scripted.Hold;
import dev.milvuspool.scripted.ScriptedMilvus;
import io.milvus.grpc.ErrorCode;
import io.milvus.shaded.io.grpc.Status;
import io.milvus.v2.client.MilvusClientV2;
import io.milvus.v2.exception.MilvusClientException;
import io.milvus.v2.service.collection.request.DescribeCollectionReq;
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
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A call is run once, and is judged by its own RPCs. */
@Timeout(60)
class CallIdentityTest {
  private static final Duration SOON = Duration.ofSeconds(15);

  private final ScriptedMilvus server = ClientOperation.server();
  private final Events events = new Events();
  private final MilvusPool pool = MilvusPool.builder().withListener(events).build();
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final Client client = pool.add("main", ClientOperation.options(server).build());

  @AfterEach
  void close() {
    threads.shutdownNow();
    pool.close();
    server.close();
  }

  private static InsertReq oneRow() {
    return InsertReq.builder().collectionName("items").data(Samples.rows(1, 1)).build();
  }

  private static void insert(MilvusClientV2 sdk) {
    sdk.insert(oneRow());
  }

  // ---- never run twice

  @Test
  void aFunctionIsNotRunAgainWhenItsLastRequestIsRateLimited() {
    server.reject("Delete", 8, "rate limit exceeded", 3);

    client.call(
        sdk -> {
          insert(sdk);
          return sdk.delete(DeleteReq.builder().collectionName("items").filter("id > 0").build());
        });

    assertThat(server.calls("Insert")).isEqualTo(1);
    assertThat(server.executed("Delete")).isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"insert", "upsert"})
  void aSchemaThatNeverMatchesEndsAfterThreeAttemptsWithItsReason(String operation) {
    String rpc = operation.equals("insert") ? "Insert" : "Upsert";
    @SuppressWarnings("deprecation")
    var mismatch =
        io.milvus.grpc.Status.newBuilder()
            .setErrorCode(ErrorCode.SchemaMismatch)
            .setCode(109)
            .setReason("schema mismatch of items")
            .build();
    server.answer(rpc, mismatch, ScriptedMilvus.ALWAYS);

    assertThatThrownBy(
            () ->
                (operation.equals("insert") ? ClientOperation.INSERT : ClientOperation.UPSERT)
                    .on(client))
        .isInstanceOfSatisfying(
            MilvusClientException.class, e -> assertThat(e.getServerErrCode()).isEqualTo(109))
        .hasMessageContaining("schema mismatch of items");

    assertThat(server.calls(rpc)).isLessThanOrEqualTo(3);
  }

  // ---- judged by its own RPCs

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void whatAnotherClientThrowsPassesThroughUnchanged(boolean waitForReady) {
    try (ScriptedMilvus gone = ClientOperation.server()) {
      Client patient =
          pool.add("a", ClientOperation.options(server).withWaitForReady(waitForReady).build());
      Client dead = pool.add("b", ClientOperation.options(gone).build());
      gone.kill();
      await().atMost(SOON).until(() -> dead.state() == ClientState.DOWN);

      assertThatThrownBy(
              () ->
                  patient.call(
                      sdk -> {
                        insert(sdk);
                        return dead.hasCollection("items");
                      }))
          .isInstanceOfSatisfying(
              ClientUnavailableException.class,
              e -> {
                assertThat(e.clientName()).isEqualTo("b");
                assertThat(e.outcomeUnknown()).isFalse();
              });

      assertThat(server.executed("Insert")).isEqualTo(1);
      assertThat(patient.state()).isEqualTo(ClientState.UP);
      assertThat(events.lifeOf("a")).containsExactly(Events.Kind.ADDED);
    }
  }

  @Test
  void anErrorOfAnotherServerIsNotTakenForAFailureThatWasHandled() {
    try (ScriptedMilvus sound = ClientOperation.server()) {
      Client other = pool.add("b", ClientOperation.options(sound).build());
      server.fail("Insert", Status.UNAVAILABLE, 1);

      assertThatThrownBy(
              () ->
                  client.call(
                      sdk -> {
                        assertThatThrownBy(() -> insert(sdk)).isNotNull();
                        return other.describeCollection("nowhere");
                      }))
          .isInstanceOf(MilvusClientException.class)
          .hasMessageContaining("nowhere");
    }
  }

  @Test
  void aFailureWhoseCauseTheSdkDropsIsFoundAgain() {
    server.fail("LoadCollection", Status.UNAVAILABLE, ScriptedMilvus.ALWAYS);
    Client hasty = client.withDeadline(Duration.ofMillis(500));

    assertThatThrownBy(
            () ->
                hasty.createCollection(
                    io.milvus.v2.service.collection.request.CreateCollectionReq.builder()
                        .collectionName("quick")
                        .dimension(4)
                        .build()))
        .isInstanceOfSatisfying(
            ClientUnavailableException.class, e -> assertThat(e.outcomeUnknown()).isTrue());
  }

  @Test
  void theDeadlineOfACallEndsTheWaitOfAnotherClientInIt() {
    try (ScriptedMilvus gone = ClientOperation.server()) {
      Client waiting = pool.add("b", ClientOperation.options(gone).withWaitForReady(true).build());
      gone.kill();
      await().atMost(SOON).until(() -> waiting.state() == ClientState.DOWN);

      Outcome outcome =
          Outcome.of(
              () ->
                  client
                      .withDeadline(Duration.ofMillis(300))
                      .call(sdk -> waiting.hasCollection("items")));

      assertThat(outcome.failure())
          .isInstanceOfSatisfying(
              ClientTimeoutException.class, e -> assertThat(e.clientName()).isEqualTo("main"));
      assertThat(outcome.elapsed()).isLessThan(Duration.ofSeconds(2));
      assertThat(Thread.currentThread().isInterrupted()).isFalse();
      assertThat(client.state()).isEqualTo(ClientState.UP);
    }
  }

  @Test
  void innerCallsOfTheSameClientAreCallsOfTheirOwn() {
    server.reject("DescribeCollection", 100, "collection not found", 1);

    assertThatThrownBy(
            () ->
                client.call(
                    sdk -> {
                      sdk.listCollections();
                      return client.describeCollection("items");
                    }))
        .isInstanceOf(MilvusClientException.class)
        .hasMessageContaining("collection not found");
    assertThat(pool.stats().clients().get("main").inFlight()).isZero();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void whatAnotherServerSaysIsNotReplacedByAFailureThatTheFunctionHasDealtWith(boolean hadOne) {
    try (ScriptedMilvus otherServer = ClientOperation.server()) {
      Client other = pool.add("other", ClientOperation.options(otherServer).build());
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

  // ---- another thread

  @Test
  void anRpcOnAnotherThreadCountsAsOneOfUnwrap() throws Exception {
    Client impatient =
        pool.add(
            "b", ClientOperation.options(server).withAdminDeadline(Duration.ofMillis(300)).build());
    server.stall("ShowCollections");

    Outcome outcome =
        impatient.call(
            sdk ->
                CompletableFuture.supplyAsync(() -> Outcome.of(sdk::listCollections), threads)
                    .join());

    assertThat(outcome.failure()).isInstanceOf(MilvusClientException.class);
    assertThat(outcome.failure().getCause()).isInstanceOf(ClientTimeoutException.class);
    assertThat(outcome.elapsed()).isLessThan(Duration.ofSeconds(5));
    assertThat(events.of(Events.Kind.CALL)).hasSize(1);
  }

  // ---- drained to its end

  @Test
  void aRemovedClientFinishesALoadOfManyRequests() throws Exception {
    server.loadingProgress(5, 10, 20, 30, 40, 50, 60, 70, 80, 90);
    Future<?> load;
    try (Hold hold = server.hold("GetLoadState")) {
      load = threads.submit(() -> client.loadCollection("items"));
      hold.awaitCalls(1, SOON);
      pool.remove("main");
    }

    assertThat(load).succeedsWithin(SOON);
    server.awaitTransports(0, SOON);
  }

  // ---- the SDK client inside

  /** What would take the client out of supervision. */
  enum Forbidden {
    USE_DATABASE {
      @Override
      void on(MilvusClientV2 sdk) throws Exception {
        sdk.useDatabase("other");
      }
    },
    RETRY {
      @Override
      void on(MilvusClientV2 sdk) {
        sdk.retryConfig(null);
      }
    };

    abstract void on(MilvusClientV2 sdk) throws Exception;
  }

  @ParameterizedTest
  @EnumSource
  void whatChangesItForAllIsRefusedInsideACallAsWell(Forbidden forbidden) {
    assertThatThrownBy(
            () ->
                client.call(
                    sdk -> {
                      try {
                        forbidden.on(sdk);
                      } catch (RuntimeException e) {
                        throw e;
                      } catch (Exception e) {
                        throw new AssertionError(e);
                      }
                      return true;
                    }))
        .isInstanceOf(UnsupportedOperationException.class)
        .hasMessageContaining("use ");
  }

  @Test
  void aQuestionAboutNothingIsAnsweredAsTheServerDoes() {
    assertThatThrownBy(
            () ->
                client.call(
                    sdk ->
                        sdk.describeCollection(
                            DescribeCollectionReq.builder().collectionName("none").build())))
        .isInstanceOf(MilvusClientException.class);
    assertThat(List.of(client.state())).containsExactly(ClientState.UP);
  }
}
