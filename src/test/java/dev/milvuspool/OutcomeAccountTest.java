package dev.milvuspool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.milvuspool.scripted.Hold;
import dev.milvuspool.scripted.IndexBuild;
import dev.milvuspool.scripted.ScriptedMilvus;
import io.milvus.v2.service.collection.request.CreateCollectionReq;
import io.milvus.v2.service.collection.request.HasCollectionReq;
import io.milvus.v2.service.vector.request.DeleteReq;
import io.milvus.v2.service.vector.request.InsertReq;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** One account of what was sent, over all requests and attempts of a call. */
@Timeout(60)
class OutcomeAccountTest {
  private static final Duration SOON = Duration.ofSeconds(15);

  private final ScriptedMilvus server = ClientOperation.server();
  private final MilvusPool pool = MilvusPool.create();
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final Client client = pool.add("main", ClientOperation.options(server).build());

  @AfterEach
  void close() {
    threads.shutdownNow();
    pool.close();
    server.close();
  }

  /** Runs it until the server is asked this, which is killed then for good. */
  private Outcome killedAt(String rpc, Runnable operation) throws Exception {
    Future<Outcome> running;
    try (Hold hold = server.hold(rpc)) {
      running = threads.submit(() -> Outcome.of(operation));
      hold.awaitCalls(1, SOON);
      server.kill();
    }
    return running.get();
  }

  private static InsertReq oneRow() {
    return InsertReq.builder().collectionName("items").data(Samples.rows(1, 1)).build();
  }

  private static void assertOutcomeUnknown(Outcome outcome, boolean unknown) {
    assertThat(outcome.failure())
        .isInstanceOfSatisfying(
            ClientUnavailableException.class,
            e -> {
              assertThat(e.outcomeUnknown()).as(e.getMessage()).isEqualTo(unknown);
              assertThat(unknown && e.getMessage().contains("was not sent")).isFalse();
            });
  }

  @Test
  void anIndexThatWasAcceptedIsAWriteThoughOnlyAPollFailed() throws Exception {
    server.indexBuild(IndexBuild.building(1, 10));

    Outcome outcome =
        killedAt("DescribeIndex", () -> client.createIndex("new_index", Samples.index()));

    assertOutcomeUnknown(outcome, true);
  }

  @ParameterizedTest
  @ValueSource(strings = {"CreateIndex", "LoadCollection"})
  void aCollectionThatWasMadeIsAWriteThoughALaterStepFoundNoServer(String step) throws Exception {
    CreateCollectionReq request =
        CreateCollectionReq.builder()
            .collectionName("new")
            .collectionSchema(Samples.schema())
            .indexParams(List.of(Samples.index()))
            .build();

    Outcome outcome = killedAt(step, () -> client.createCollection(request));

    assertOutcomeUnknown(outcome, true);
    assertThat(server.executed("CreateCollection")).isEqualTo(1);
  }

  @Test
  void aLaterWriteThatIsNotSentMakesAnEarlierOneNoLessUnknown() {
    Outcome outcome =
        Outcome.of(
            () ->
                client.call(
                    sdk -> {
                      sdk.insert(oneRow());
                      server.kill();
                      await()
                          .atMost(SOON)
                          .until(() -> client.health(SOON).state() == ClientState.DOWN);
                      return sdk.delete(
                          DeleteReq.builder().collectionName("items").filter("id > 0").build());
                    }));

    assertOutcomeUnknown(outcome, true);
    assertThat(server.executed("Insert")).isEqualTo(1);
    assertThat(server.calls("Delete")).isZero();
  }

  @Test
  void aFunctionThatWroteHasWrittenThoughItsReadFailed() throws Exception {
    Outcome outcome =
        killedAt(
            "HasCollection",
            () ->
                client.call(
                    sdk -> {
                      sdk.insert(oneRow());
                      return sdk.hasCollection(
                          HasCollectionReq.builder().collectionName("items").build());
                    }));

    assertOutcomeUnknown(outcome, true);
    assertThat(server.executed("Insert")).isEqualTo(1);
  }

  @Test
  void aFunctionThatOnlyReadHasNoOutcome() throws Exception {
    Outcome outcome =
        killedAt(
            "HasCollection",
            () ->
                client.call(
                    sdk -> {
                      sdk.listCollections();
                      return sdk.hasCollection(
                          HasCollectionReq.builder().collectionName("items").build());
                    }));

    assertOutcomeUnknown(outcome, false);
  }

  @Test
  void aWriteThatWasOnlyRateLimitedWasNotCarriedOut() {
    server.reject("Insert", 8, "rate limit exceeded", ScriptedMilvus.ALWAYS);
    Client hasty = client.withDeadline(Duration.ofMillis(300));

    assertThatThrownBy(() -> hasty.insert("items", Samples.rows(1, 1)))
        .satisfiesAnyOf(
            e -> assertThat(e).hasMessageContaining("rate limit exceeded"),
            e -> assertThat(e).hasMessageNotContaining("may have carried it out"));
  }

  @Test
  void anInterruptedWriteSaysThatItMayHaveBeenCarriedOut() throws Exception {
    Thread[] caller = new Thread[1];
    Future<Outcome> running;
    try (Hold hold = server.hold("Insert")) {
      running =
          threads.submit(
              () -> {
                caller[0] = Thread.currentThread();
                return Outcome.of(() -> client.insert("items", Samples.rows(1, 1)));
              });
      hold.awaitCalls(1, SOON);
      caller[0].interrupt();

      assertThat(running.get().failure())
          .isInstanceOf(MilvusPoolException.class)
          .hasMessageContainingAll("client main", "interrupted", "may have carried it out");
    }
  }
}
