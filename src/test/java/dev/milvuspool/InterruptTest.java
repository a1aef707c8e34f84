package dev.milvuspool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Named.named;

import dev.milvuspool.scripted.IndexBuild;
import dev.milvuspool.scripted.ScriptedMilvus;
import io.milvus.v2.service.collection.request.LoadCollectionReq;
import io.milvus.v2.service.index.request.CreateIndexReq;
import io.milvus.v2.service.partition.request.LoadPartitionsReq;
import io.milvus.v2.service.utility.request.FlushAllReq;
import io.milvus.v2.service.utility.request.FlushReq;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** An interrupt of the caller's thread never looks like success, and its flag stays set. */
@Timeout(60)
class InterruptTest {
  private static final Duration SOON = Duration.ofSeconds(15);

  private final ScriptedMilvus server = ClientOperation.server();
  private final MilvusPool pool = MilvusPool.create();
  private final Client client = pool.add("main", ClientOperation.options(server).build());

  @AfterEach
  void close() {
    pool.close();
    server.close();
  }

  record Ended(Outcome outcome, boolean flag) {}

  /** Runs it on a thread of its own, which is interrupted once the server was asked so often. */
  private Ended interrupted(String rpc, int calls, Consumer<Client> operation) throws Exception {
    CompletableFuture<Ended> ended = new CompletableFuture<>();
    Thread caller =
        new Thread(
            () -> {
              Outcome outcome = Outcome.of(() -> operation.accept(client));
              ended.complete(new Ended(outcome, Thread.currentThread().isInterrupted()));
            });
    caller.start();
    server.awaitCalls(rpc, calls, SOON);
    caller.interrupt();
    return ended.get(15, TimeUnit.SECONDS);
  }

  private static void assertSaysSo(Ended ended) {
    assertThat(ended.outcome().failure()).isInstanceOf(RuntimeException.class);
    assertThat(ended.outcome().failure())
        .hasStackTraceContaining("interrupted")
        .isNotInstanceOf(ClientTimeoutException.class);
    assertThat(ended.flag()).as("the flag of the thread").isTrue();
    assertThat(ended.outcome().elapsed()).isLessThan(Duration.ofSeconds(10));
  }

  private static Stream<Named<Consumer<Client>>> flushes() {
    FlushReq items = FlushReq.builder().collectionNames(List.of("items")).build();
    return Stream.of(
        named("flush", client -> client.flush("items")),
        named("unwrapped flush", client -> client.unwrap().flush(items)),
        named(
            "flush in a call",
            client ->
                client.call(
                    sdk -> {
                      sdk.flush(items);
                      return true;
                    })));
  }

  @ParameterizedTest
  @MethodSource("flushes")
  void aFlush(Consumer<Client> flush) throws Exception {
    server.flushUnderWay(1_000_000);

    assertSaysSo(interrupted("GetFlushState", 2, flush));
  }

  @Test
  void aFlushOfAll() throws Exception {
    server.flushUnderWay(1_000_000);

    assertSaysSo(
        interrupted(
            "GetFlushAllState",
            2,
            client -> client.unwrap().flushAll(FlushAllReq.builder().build())));
  }

  private static Stream<Named<Consumer<Client>>> builds() {
    CreateIndexReq request =
        CreateIndexReq.builder()
            .collectionName("new_index")
            .indexParams(List.of(Samples.index()))
            .sync(true)
            .build();
    return Stream.of(
        named("createIndex", client -> client.createIndex(request)),
        named("unwrapped createIndex", client -> client.unwrap().createIndex(request)),
        named(
            "createIndex in a call",
            client ->
                client.call(
                    sdk -> {
                      sdk.createIndex(request);
                      return true;
                    })));
  }

  @ParameterizedTest
  @MethodSource("builds")
  void theBuildOfAnIndex(Consumer<Client> build) throws Exception {
    server.indexBuild(IndexBuild.building(1, 10));

    assertSaysSo(interrupted("DescribeIndex", 1, build));
  }

  private static Stream<Named<Consumer<Client>>> loads() {
    LoadCollectionReq request =
        LoadCollectionReq.builder().collectionName("items").sync(true).build();
    LoadPartitionsReq partitions =
        LoadPartitionsReq.builder()
            .collectionName("items")
            .partitionNames(List.of("part"))
            .sync(true)
            .build();
    return Stream.of(
        named("loadCollection", client -> client.loadCollection("items")),
        named("unwrapped loadCollection", client -> client.unwrap().loadCollection(request)),
        named("loadPartitions", client -> client.loadPartitions("items", List.of("part"))),
        named(
            "loadPartitions in a call",
            client ->
                client.call(
                    sdk -> {
                      sdk.loadPartitions(partitions);
                      return true;
                    })));
  }

  @ParameterizedTest
  @MethodSource("loads")
  void aLoad(Consumer<Client> load) throws Exception {
    long[] forever = new long[10_000];
    server.loadingProgress(forever);

    assertSaysSo(interrupted("GetLoadingProgress", 1, load));
  }

  @Test
  void theBackoffOfARetry() throws Exception {
    pool.replace(
        "main", client.options().toBuilder().withRetry(75, Duration.ofSeconds(30)).build());
    server.reject("Insert", 8, "rate limit exceeded", ScriptedMilvus.ALWAYS);

    assertSaysSo(interrupted("Insert", 3, ClientOperation.INSERT::on));
  }

  @Test
  void theWaitForAClientThatIsDown() throws Exception {
    pool.replace("main", client.options().toBuilder().withWaitForReady(true).build());
    server.kill();
    await().atMost(SOON).until(() -> client.state() == ClientState.DOWN);

    assertSaysSo(interrupted("GetVersion", 0, Client::listCollections));
  }

  @Test
  void aReadInFlight() throws Exception {
    server.stall("Search");

    assertSaysSo(interrupted("Search", 1, ClientOperation.SEARCH::on));
    assertThat(client.state()).isEqualTo(ClientState.UP);
  }
}
