package dev.milvuspool;

import static dev.milvuspool.scripted.ScriptedMilvus.ALWAYS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.milvuspool.scripted.IndexBuild;
import dev.milvuspool.scripted.ScriptedMilvus;
import io.milvus.v2.service.collection.request.LoadCollectionReq;
import io.milvus.v2.service.index.request.CreateIndexReq;
import io.milvus.v2.service.partition.request.LoadPartitionsReq;
import io.milvus.v2.service.utility.request.FlushReq;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * An interrupt of its thread ends a call, says so, and keeps the flag: it never looks like success.
 */
@Timeout(60)
class InterruptedCallTest {
  private static final Duration SOON = Duration.ofSeconds(15);

  private final ScriptedMilvus server = ClientOperation.server();
  private final Client client = Client.connect(ClientOperation.options(server).build());

  @AfterEach
  void close() {
    server.resumeAll();
    client.close();
    server.close();
  }

  private record End(Outcome outcome, boolean flag) {}

  /** Interrupts a call once the server has been asked so often, and waits for its end. */
  private End interrupted(Consumer<Client> operation, String rpc, int calls) {
    CompletableFuture<End> end = new CompletableFuture<>();
    Thread caller =
        new Thread(
            () -> {
              Outcome outcome = Outcome.of(() -> operation.accept(client));
              end.complete(new End(outcome, Thread.currentThread().isInterrupted()));
            });
    caller.start();
    server.awaitCalls(rpc, calls, SOON);

    caller.interrupt();

    assertThat(end).succeedsWithin(SOON);
    return end.join();
  }

  private static void assertSaysSo(End end, String operation) {
    assertThat(end.outcome().failure())
        .isExactlyInstanceOf(MilvusPoolException.class)
        .hasMessageContaining("the thread was interrupted during " + operation);
    assertThat(end.flag()).as("interrupt flag").isTrue();
  }

  static Stream<Arguments> waits() {
    return Stream.of(
        waiting("flush", "GetFlushState", client -> client.flush("items")),
        waiting("loadCollection", "GetLoadState", client -> client.loadCollection("items")),
        waiting(
            "loadPartitions",
            "GetLoadState",
            client -> client.loadPartitions("items", List.of("part"))),
        waiting("createIndex", "DescribeIndex", ClientOperation.CREATE_INDEX::on),
        waiting("call", "GetFlushState", client -> client.call(sdk -> flush(sdk::flush))));
  }

  static Stream<Arguments> waitsOfTheSdkClient() {
    return Stream.of(
        waiting("flush", "GetFlushState", client -> flush(client.unwrap()::flush)),
        waiting(
            "loadCollection",
            "GetLoadingProgress",
            client ->
                client
                    .unwrap()
                    .loadCollection(LoadCollectionReq.builder().collectionName("items").build())),
        waiting(
            "loadPartitions",
            "GetLoadingProgress",
            client ->
                client
                    .unwrap()
                    .loadPartitions(
                        LoadPartitionsReq.builder()
                            .collectionName("items")
                            .partitionNames(List.of("part"))
                            .build())),
        waiting(
            "createIndex",
            "DescribeIndex",
            client ->
                client
                    .unwrap()
                    .createIndex(
                        CreateIndexReq.builder()
                            .collectionName("new_index")
                            .indexParams(List.of(ClientOperation.index()))
                            .build())));
  }

  private static boolean flush(Consumer<FlushReq> sdk) {
    sdk.accept(FlushReq.builder().collectionNames(List.of("items")).build());
    return true;
  }

  private static Arguments waiting(String operation, String poll, Consumer<Client> action) {
    return Arguments.of(operation, poll, action);
  }

  @ParameterizedTest
  @MethodSource("waits")
  void aWaitForTheServerToBeDoneSaysThatItWasInterrupted(
      String operation, String poll, Consumer<Client> action) {
    nothingIsEverDone();

    assertSaysSo(interrupted(action, poll, 1), operation);
  }

  @ParameterizedTest
  @MethodSource("waitsOfTheSdkClient")
  void aWaitOfTheSdkClientSaysSoToo(String operation, String poll, Consumer<Client> action) {
    nothingIsEverDone();

    End end = interrupted(action, poll, 1);

    assertThat(end.outcome().failure())
        .isNotNull()
        .hasStackTraceContaining("the thread was interrupted during ");
    assertThat(end.flag()).as("interrupt flag").isTrue();
  }

  private void nothingIsEverDone() {
    server.flushUnderWay(ALWAYS);
    server.loadingProgress(new long[10_000]);
    server.indexBuild(IndexBuild.building(1, 100));
  }

  @ParameterizedTest
  @MethodSource("requests")
  void aRequestThatIsNotAnsweredSaysThatItWasInterrupted(String operation, ClientOperation action) {
    server.stall(action.rpc());

    End end = interrupted(action::on, action.rpc(), 1);

    assertSaysSo(end, operation);
    assertThat(String.valueOf(end.outcome().failure()).contains("may have carried it out"))
        .isEqualTo(!action.isRepeatable());
    server.awaitInFlight(action.rpc(), 0, SOON);
  }

  @Test
  void theWaitForAClientThatIsDownSaysThatItWasInterrupted() {
    try (Client waiting =
        Client.connect(ClientOperation.options(server).withWaitForReady(true).build())) {
      server.kill();
      await().atMost(SOON).until(() -> waiting.state() == ClientState.DOWN);

      assertSaysSo(interrupted(c -> waiting.listCollections(), "Search", 0), "listCollections");
    }
  }

  static Stream<Arguments> requests() {
    return Stream.of(
        Arguments.of("flush", ClientOperation.FLUSH),
        Arguments.of("insert", ClientOperation.INSERT),
        Arguments.of("search", ClientOperation.SEARCH));
  }

  @Test
  void aPauseBeforeARequestIsSentAgainSaysThatItWasInterrupted() {
    server.reject("Insert", 8, "rate limit exceeded", ALWAYS);

    assertSaysSo(interrupted(ClientOperation.INSERT::on, "Insert", 2), "insert");
    assertThat(server.executed("Insert")).isZero();
  }
}
