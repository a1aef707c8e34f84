package dev.milvuspool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.milvuspool.scripted.IndexBuild;
import dev.milvuspool.scripted.ScriptedMilvus;
import io.milvus.v2.common.IndexParam;
import io.milvus.v2.exception.MilvusClientException;
import io.milvus.v2.service.index.request.CreateIndexReq;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Building an index and loading a collection return when they are done, and tell how far. */
@Timeout(60)
class ProgressTest {
  private final ScriptedMilvus server = ClientOperation.server();
  private final Client client =
      Client.connect(ClientOptions.builder().withAddress(server.address()).build());
  private final List<Integer> told = new ArrayList<>();

  @AfterEach
  void close() {
    client.close();
    server.close();
  }

  private void createIndex() {
    client.createIndex("new_index", Samples.index(), told::add);
  }

  // ---- an index

  @Test
  void theBuildingOfAnIndexIsTold() {
    server.indexBuild(
        IndexBuild.waiting(200),
        IndexBuild.building(20, 200),
        IndexBuild.building(100, 200),
        IndexBuild.building(200, 200),
        IndexBuild.finished(200));

    createIndex();

    assertThat(told).containsExactly(0, 10, 50, 99, 100);
  }

  @Test
  void progressNeverDecreasesAndIsNotRepeated() {
    server.indexBuild(
        IndexBuild.building(50, 100),
        IndexBuild.building(50, 100),
        IndexBuild.building(30, 100),
        IndexBuild.building(60, 100),
        IndexBuild.finished(100));

    createIndex();

    assertThat(told).containsExactly(50, 60, 100);
  }

  @Test
  void anIndexThatIsThereAtOnceIsToldOnce() {
    createIndex();

    assertThat(told).containsExactly(100);
  }

  @Test
  void anIndexOverNoRowsIsNoDivisionByZero() {
    server.indexBuild(IndexBuild.building(0, 0), IndexBuild.finished(0));

    createIndex();

    assertThat(told).containsExactly(0, 100);
  }

  @Test
  void anIndexThatFailsIsToldWithTheServersReasonAndWithoutTheHundred() {
    server.indexBuild(IndexBuild.building(30, 100), IndexBuild.failed("out of disk"));

    assertThatThrownBy(this::createIndex)
        .isInstanceOf(MilvusClientException.class)
        .hasMessageContainingAll("vector_index", "out of disk");

    assertThat(told).containsExactly(30);
    assertThat(client.state()).isEqualTo(ClientState.UP);
  }

  @Test
  void everyIndexOfARequestIsAwaited() {
    server.indexBuild(IndexBuild.waiting(10), IndexBuild.building(5, 10), IndexBuild.finished(10));
    List<IndexParam> two =
        List.of(
            Samples.index(),
            IndexParam.builder()
                .fieldName("category")
                .indexName("category_index")
                .indexType(IndexParam.IndexType.TRIE)
                .build());

    client.createIndex(
        CreateIndexReq.builder().collectionName("new_index").indexParams(two).build());

    assertThat(server.executed("CreateIndex")).isEqualTo(2);
    assertThat(server.calls("DescribeIndex")).isEqualTo(6);
    assertThat(client.listIndexes("new_index")).hasSize(2);
  }

  @Test
  void aRequestThatDoesNotWantToWaitDoesNotWait() {
    server.indexBuild(IndexBuild.building(1, 10));

    client.createIndex(
        CreateIndexReq.builder()
            .collectionName("new_index")
            .indexParams(List.of(Samples.index()))
            .sync(false)
            .build());

    assertThat(server.executed("CreateIndex")).isEqualTo(1);
    assertThat(server.calls("DescribeIndex")).isZero();
  }

  // ---- a load

  @Test
  void theLoadingOfACollectionIsTold() {
    server.loadingProgress(0, 20, 20, 60, 100);

    client.loadCollection("items", told::add);

    assertThat(told).containsExactly(0, 20, 60, 100);
  }

  @Test
  void aLoadThatFallsBackIsNotToldTo() {
    server.loadingProgress(40, 10, 70, 100);

    client.loadCollection("items", told::add);

    assertThat(told).containsExactly(40, 70, 100);
  }

  @Test
  void whatIsLoadedAlreadyIsToldOnce() {
    client.loadCollection("items");

    client.loadCollection("items", told::add);

    assertThat(told).containsExactly(100);
  }

  @Test
  void aLoadOfPartitionsReturnsWhenTheyAreAllLoaded() {
    server.loadingProgress(10, 50, 100);

    client.loadPartitions("items", List.of("part", "old"));

    assertThat(server.executed("LoadPartitions")).isEqualTo(1);
    assertThat(server.calls("GetLoadingProgress")).isEqualTo(4);
  }

  @Test
  void aLoadOfACollectionThatIsNotThereFails() {
    assertThatThrownBy(() -> client.loadCollection("missing", told::add))
        .isInstanceOf(MilvusClientException.class)
        .hasMessageContaining("missing");

    assertThat(told).isEmpty();
  }

  // ---- the pauses

  /** At once, and after 20, 40, 80, 160, 320 and 500 ms more. */
  @Test
  void theServerIsAskedEverMoreSeldom() {
    server.indexBuild(IndexBuild.building(1, 10)).loadingProgress(new long[1_000]);
    Client hurried = client.withDeadline(Duration.ofSeconds(1));

    assertThatThrownBy(() -> hurried.createIndex("new_index", Samples.index()))
        .isInstanceOf(ClientTimeoutException.class);
    assertThatThrownBy(() -> hurried.loadCollection("items"))
        .isInstanceOf(ClientTimeoutException.class);

    assertThat(server.calls("DescribeIndex")).isBetween(1L, 7L);
    assertThat(server.calls("GetLoadingProgress")).isBetween(1L, 7L);
  }

  // ---- the listener

  @Test
  void aListenerIsCalledOnTheThreadOfTheOperation() {
    server.loadingProgress(10, 100);
    List<Thread> callers = new ArrayList<>();

    client.loadCollection("items", percent -> callers.add(Thread.currentThread()));

    assertThat(callers).hasSize(2).containsOnly(Thread.currentThread());
  }

  @Test
  void whatAListenerThrowsPassesThroughAndHarmsNothing() {
    server.loadingProgress(10, 50, 100);
    IllegalStateException own = new IllegalStateException("mine");

    assertThatThrownBy(
            () ->
                client.loadCollection(
                    "items",
                    percent -> {
                      throw own;
                    }))
        .isSameAs(own);

    assertThat(client.state()).isEqualTo(ClientState.UP);
    client.loadCollection("items", told::add);
    assertThat(told).endsWith(100);
  }
}
