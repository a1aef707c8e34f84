package dev.milvuspool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.milvuspool.server.RealMilvus;
import io.milvus.orm.iterator.QueryIterator;
import io.milvus.orm.iterator.SearchIteratorV2;
import io.milvus.response.QueryResultsWrapper.RowRecord;
import io.milvus.v2.client.MilvusClientV2;
import io.milvus.v2.common.ConsistencyLevel;
import io.milvus.v2.common.IndexParam;
import io.milvus.v2.exception.MilvusClientException;
import io.milvus.v2.service.collection.request.CreateCollectionReq;
import io.milvus.v2.service.index.request.CreateIndexReq;
import io.milvus.v2.service.vector.request.AnnSearchReq;
import io.milvus.v2.service.vector.request.DeleteReq;
import io.milvus.v2.service.vector.request.GetReq;
import io.milvus.v2.service.vector.request.HybridSearchReq;
import io.milvus.v2.service.vector.request.InsertReq;
import io.milvus.v2.service.vector.request.QueryIteratorReq;
import io.milvus.v2.service.vector.request.QueryReq;
import io.milvus.v2.service.vector.request.SearchIteratorReqV2;
import io.milvus.v2.service.vector.request.SearchReq;
import io.milvus.v2.service.vector.request.UpsertReq;
import io.milvus.v2.service.vector.request.data.FloatVec;
import io.milvus.v2.service.vector.request.ranker.RRFRanker;
import io.milvus.v2.service.vector.response.SearchResp;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Every operation on a real server, with its effect looked at. */
class OperationsIT {
  private static final String ROWS = "operations_rows";
  private static Client client;

  @BeforeAll
  static void connect() {
    client = Client.connect(Samples.options(RealMilvus.shared()).build());
    Samples.createLoaded(client, ROWS);
    client.insert(ROWS, Samples.rows(0, 100));
  }

  @AfterAll
  static void close() {
    client.dropCollection(ROWS);
    client.close();
  }

  @Test
  void databasesAreCreatedUsedListedAndDropped() {
    client.createDatabase("operations_db");
    try {
      assertThat(client.listDatabases()).contains("default", "operations_db");

      client.useDatabase("operations_db");
      assertThat(client.currentDatabase()).isEqualTo("operations_db");
      assertThat(client.listCollections()).isEmpty();
      assertThat(client.hasCollection(ROWS)).isFalse();
    } finally {
      client.useDatabase("default");
      client.dropDatabase("operations_db");
    }

    assertThat(client.listDatabases()).doesNotContain("operations_db");
    assertThat(client.currentDatabase()).isEqualTo("default");
    assertThat(client.hasCollection(ROWS)).isTrue();
  }

  @Test
  void usingAMissingDatabaseFailsAndKeepsTheOldOne() {
    assertThatThrownBy(() -> client.useDatabase("operations_missing"))
        .isInstanceOfSatisfying(
            ClientConnectException.class,
            e ->
                assertThat(e.reason()).isEqualTo(ClientConnectException.Reason.DATABASE_NOT_FOUND));

    assertThat(client.currentDatabase()).isEqualTo("default");
    assertThat(client.hasCollection(ROWS)).isTrue();
  }

  @Test
  void aSearchRequestUsedBeforeUseDatabaseFollowsToTheNewDatabase() {
    SearchReq search = Samples.nearestTo(ROWS, 7).build();
    assertThat(client.search(search).getSearchResults().get(0)).isNotEmpty();
    client.createDatabase("operations_follow");
    try {
      client.useDatabase("operations_follow");

      assertThatThrownBy(() -> client.search(search)).isInstanceOf(MilvusClientException.class);
    } finally {
      client.useDatabase("default");
      client.dropDatabase("operations_follow");
    }
  }

  @Test
  void collectionsAreCreatedDescribedListedAndDropped() {
    client.createCollection("operations_plain", Samples.schema(), 1);
    client.createCollection(
        CreateCollectionReq.builder().collectionName("operations_quick").dimension(4).build());

    assertThat(client.listCollections()).contains("operations_plain", "operations_quick");
    assertThat(client.describeCollection("operations_plain").getFieldNames())
        .containsExactly("id", "vector", "category");
    assertThat(client.describeCollection("operations_quick").getVectorFieldNames())
        .containsExactly("vector");
    client.dropCollection("operations_plain");
    client.dropCollection("operations_quick");
    assertThat(client.hasCollection("operations_plain")).isFalse();
    assertThat(client.hasCollection("operations_quick")).isFalse();
  }

  @Test
  void aCollectionIsIndexedLoadedAndReleasedWithProgress() {
    client.createCollection("operations_load", Samples.schema(), 1);
    client.insert("operations_load", Samples.rows(0, 2_000));
    client.flush("operations_load");
    List<Integer> built = Collections.synchronizedList(new ArrayList<>());
    List<Integer> loaded = Collections.synchronizedList(new ArrayList<>());

    client.createIndex("operations_load", Samples.index(), built::add);
    client.loadCollection("operations_load", loaded::add);

    for (List<Integer> progress : List.of(built, loaded)) {
      assertThat(progress).isSorted().endsWith(100).doesNotHaveDuplicates();
    }
    assertThat(Samples.ids(client, "operations_load", "id == 1999")).containsExactly(1999L);
    client.releaseCollection("operations_load");
    assertThatThrownBy(() -> Samples.ids(client, "operations_load", "id == 1"))
        .isInstanceOf(MilvusClientException.class);
    client.dropCollection("operations_load");
  }

  @Test
  void indexesAreCreatedDescribedListedAndDropped() {
    client.createCollection("operations_index", Samples.schema(), 1);
    assertThat(client.listIndexes("operations_index")).isEmpty();

    client.createIndex(
        CreateIndexReq.builder()
            .collectionName("operations_index")
            .indexParams(List.of(Samples.index()))
            .build());

    assertThat(client.listIndexes("operations_index")).containsExactly("vector_index");
    assertThat(
            client
                .describeIndex("operations_index", "vector_index")
                .getIndexDescByIndexName("vector_index")
                .getIndexType())
        .isEqualTo(IndexParam.IndexType.IVF_FLAT);
    client.dropIndex("operations_index", "vector_index");
    assertThat(client.listIndexes("operations_index")).isEmpty();
    client.createIndex("operations_index", Samples.index());
    assertThat(client.listIndexes("operations_index")).containsExactly("vector_index");
    client.dropCollection("operations_index");
  }

  @Test
  void aliasesAreCreatedMovedListedAndDropped() {
    client.createCollection("operations_one", Samples.schema(), 1);
    client.createCollection("operations_two", Samples.schema(), 1);
    long one = client.describeCollection("operations_one").getCollectionID();
    long two = client.describeCollection("operations_two").getCollectionID();

    client.createAlias("operations_one", "operations_alias");
    assertThat(client.listAliases("operations_one")).containsExactly("operations_alias");
    assertThat(client.describeCollection("operations_alias").getCollectionID()).isEqualTo(one);

    client.alterAlias("operations_two", "operations_alias");
    assertThat(client.describeCollection("operations_alias").getCollectionID()).isEqualTo(two);

    client.dropAlias("operations_alias");
    assertThat(client.listAliases("operations_two")).isEmpty();
    client.dropCollection("operations_one");
    client.dropCollection("operations_two");
  }

  @Test
  void partitionsAreCreatedFilledLoadedAndDropped() {
    client.createCollection("operations_parts", Samples.schema(), 1);
    client.createPartition("operations_parts", "p1");
    client.createPartition("operations_parts", "p2");
    assertThat(client.hasPartition("operations_parts", "p1")).isTrue();
    assertThat(client.listPartitions("operations_parts")).containsOnly("_default", "p1", "p2");
    client.createIndex("operations_parts", Samples.index());
    client.insert("operations_parts", "p1", Samples.rows(0, 10));
    client.insert("operations_parts", "p2", Samples.rows(10, 10));

    client.loadPartitions("operations_parts", List.of("p1"));
    assertThat(Samples.ids(client, "operations_parts", "id >= 0")).hasSize(10).contains(9L);
    assertThat(client.delete("operations_parts", "p1", "id in [0, 1]").getDeleteCnt()).isEqualTo(2);
    assertThat(Samples.ids(client, "operations_parts", "id < 3")).containsExactly(2L);

    client.releasePartitions("operations_parts", List.of("p1"));
    client.dropPartition("operations_parts", "p1");
    assertThat(client.hasPartition("operations_parts", "p1")).isFalse();
    client.dropCollection("operations_parts");
  }

  @Test
  void rowsAreInsertedUpsertedReadAndDeleted() {
    Samples.createLoaded(client, "operations_data");
    assertThat(client.insert("operations_data", Samples.rows(0, 10)).getInsertCnt()).isEqualTo(10);
    assertThat(
            client
                .insert(
                    InsertReq.builder()
                        .collectionName("operations_data")
                        .data(Samples.rows(10, 10))
                        .build())
                .getPrimaryKeys())
        .hasSize(10);

    var changed = Samples.rows(3, 1);
    changed.get(0).addProperty("category", "changed");
    assertThat(
            client
                .upsert(UpsertReq.builder().collectionName("operations_data").data(changed).build())
                .getUpsertCnt())
        .isEqualTo(1);
    assertThat(Samples.ids(client, "operations_data", "category == 'changed'")).containsExactly(3L);

    assertThat(client.delete("operations_data", "id in [4, 5]").getDeleteCnt()).isEqualTo(2);
    client.delete(
        DeleteReq.builder().collectionName("operations_data").ids(List.of(6L, 7L)).build());
    assertThat(Samples.ids(client, "operations_data", "id >= 0"))
        .hasSize(16)
        .doesNotContain(4L, 5L, 6L, 7L);

    var byIds = QueryReq.builder().collectionName("operations_data").ids(List.of(1L, 4L)).build();
    assertThat(client.query(byIds).getQueryResults()).hasSize(1);
    assertThat(client.query(byIds).getQueryResults()).hasSize(1);
    assertThat(
            client
                .get(
                    GetReq.builder().collectionName("operations_data").ids(List.of(1L, 2L)).build())
                .getGetResults())
        .hasSize(2);
    client.dropCollection("operations_data");
  }

  @Test
  void searchFindsTheNearestRowsPlainAndFiltered() {
    SearchResp plain = client.search(Samples.nearestTo(ROWS, 42).build());
    SearchResp even =
        client.search(Samples.nearestTo(ROWS, 42).filter("category == 'odd'").build());

    assertThat(plain.getSearchResults().get(0)).hasSize(3);
    assertThat(plain.getSearchResults().get(0).get(0).getId()).isEqualTo(42L);
    assertThat(even.getSearchResults().get(0).get(0).getId()).isIn(41L, 43L);
  }

  @Test
  void hybridSearchRanksSeveralRequests() {
    List<AnnSearchReq> requests = new ArrayList<>();
    for (float value : new float[] {10, 11}) {
      requests.add(
          AnnSearchReq.builder()
              .vectorFieldName("vector")
              .vectors(List.of(new FloatVec(Collections.nCopies(Samples.DIMENSION, value))))
              .params("{\"nprobe\": 16}")
              .limit(5)
              .build());
    }

    assertHybrid(requests);
  }

  private static void assertHybrid(List<AnnSearchReq> requests) {
    HybridSearchReq request =
        HybridSearchReq.builder()
            .collectionName(ROWS)
            .searchRequests(requests)
            .ranker(RRFRanker.builder().k(60).build())
            .limit(4)
            .consistencyLevel(ConsistencyLevel.STRONG)
            .build();
    if (serverVersion().startsWith("v2.3")) {
      // Hybrid search came with 2.4: what an older server says passes through unchanged.
      assertThatThrownBy(() -> client.hybridSearch(request))
          .isInstanceOf(MilvusClientException.class)
          .hasMessageContaining("UNIMPLEMENTED");
    } else {
      assertThat(client.hybridSearch(request).getSearchResults().get(0))
          .extracting(SearchResp.SearchResult::getId)
          .contains(10L, 11L);
    }
  }

  private static String serverVersion() {
    return client.call(MilvusClientV2::getServerVersion);
  }

  @Test
  void iteratorsPageThroughAllRows() {
    QueryIterator rows =
        client.queryIterator(
            QueryIteratorReq.builder()
                .collectionName(ROWS)
                .expr("id >= 0")
                .outputFields(List.of("id"))
                .batchSize(30)
                .consistencyLevel(ConsistencyLevel.STRONG)
                .build());
    List<Object> ids = new ArrayList<>();
    for (List<RowRecord> page = rows.next(); !page.isEmpty(); page = rows.next()) {
      page.forEach(row -> ids.add(row.get("id")));
    }
    rows.close();

    assertThat(ids).hasSize(100).doesNotHaveDuplicates();
  }

  @Test
  void searchIteratorPagesThroughHits() {
    SearchIteratorReqV2 request =
        SearchIteratorReqV2.builder()
            .collectionName(ROWS)
            .vectorFieldName("vector")
            .vectors(List.of(new FloatVec(Collections.nCopies(Samples.DIMENSION, 5f))))
            .batchSize(10)
            .limit(20)
            .metricType(IndexParam.MetricType.L2)
            .outputFields(List.of("id"))
            .consistencyLevel(ConsistencyLevel.STRONG)
            .build();
    if (serverVersion().startsWith("v2.3")) {
      // Search iterators of version 2 came with 2.5.
      assertThatThrownBy(() -> client.searchIterator(request)).isInstanceOf(RuntimeException.class);
      return;
    }
    SearchIteratorV2 hits = client.searchIterator(request);
    int count = 0;
    for (var page = hits.next(); !page.isEmpty(); page = hits.next()) {
      count += page.size();
    }
    hits.close();

    assertThat(count).isEqualTo(20);
  }

  @Test
  void flushPersistsStatsCountAndCompactStartsAJob() {
    Samples.createLoaded(client, "operations_flush");
    client.insert("operations_flush", Samples.rows(0, 25));

    client.flush("operations_flush");

    assertThat(client.getCollectionStats("operations_flush").getNumOfEntities()).isEqualTo(25);
    assertThat(client.compact("operations_flush")).isNotZero();
    client.dropCollection("operations_flush");
  }

  @Test
  void whatTheServerSaysPassesThroughUnchanged() {
    assertThatThrownBy(() -> client.describeCollection("operations_absent"))
        .isInstanceOf(MilvusClientException.class)
        .hasMessageContaining("operations_absent");
  }

  @Test
  void callAndUnwrapReachTheSdk() {
    assertThat(client.call(MilvusClientV2::getServerVersion)).isNotBlank();
    assertThat(client.unwrap().getServerVersion()).isNotBlank();
    assertThat(client.health().serverVersion()).isEqualTo(serverVersion());
  }
}
