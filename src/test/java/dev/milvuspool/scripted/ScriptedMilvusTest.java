package dev.milvuspool.scripted;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonObject;
import io.milvus.grpc.LoadState;
import io.milvus.orm.iterator.QueryIterator;
import io.milvus.orm.iterator.SearchIteratorV2;
import io.milvus.v2.client.MilvusClientV2;
import io.milvus.v2.common.CompactionState;
import io.milvus.v2.common.DataType;
import io.milvus.v2.common.IndexBuildState;
import io.milvus.v2.common.IndexParam;
import io.milvus.v2.exception.MilvusClientException;
import io.milvus.v2.service.collection.request.AddFieldReq;
import io.milvus.v2.service.collection.request.CreateCollectionReq;
import io.milvus.v2.service.collection.request.DescribeCollectionReq;
import io.milvus.v2.service.collection.request.DropCollectionReq;
import io.milvus.v2.service.collection.request.GetCollectionStatsReq;
import io.milvus.v2.service.collection.request.GetLoadStateReq;
import io.milvus.v2.service.collection.request.HasCollectionReq;
import io.milvus.v2.service.collection.request.LoadCollectionReq;
import io.milvus.v2.service.collection.request.ReleaseCollectionReq;
import io.milvus.v2.service.collection.request.RenameCollectionReq;
import io.milvus.v2.service.collection.response.DescribeCollectionResp;
import io.milvus.v2.service.collection.response.GetLoadStateResp;
import io.milvus.v2.service.database.request.CreateDatabaseReq;
import io.milvus.v2.service.database.request.DescribeDatabaseReq;
import io.milvus.v2.service.database.request.DropDatabaseReq;
import io.milvus.v2.service.index.request.CreateIndexReq;
import io.milvus.v2.service.index.request.DescribeIndexReq;
import io.milvus.v2.service.index.request.DropIndexReq;
import io.milvus.v2.service.index.request.ListIndexesReq;
import io.milvus.v2.service.index.response.DescribeIndexResp.IndexDesc;
import io.milvus.v2.service.partition.request.CreatePartitionReq;
import io.milvus.v2.service.partition.request.DropPartitionReq;
import io.milvus.v2.service.partition.request.GetPartitionStatsReq;
import io.milvus.v2.service.partition.request.HasPartitionReq;
import io.milvus.v2.service.partition.request.ListPartitionsReq;
import io.milvus.v2.service.partition.request.LoadPartitionsReq;
import io.milvus.v2.service.partition.request.ReleasePartitionsReq;
import io.milvus.v2.service.utility.request.AlterAliasReq;
import io.milvus.v2.service.utility.request.CompactReq;
import io.milvus.v2.service.utility.request.CreateAliasReq;
import io.milvus.v2.service.utility.request.DescribeAliasReq;
import io.milvus.v2.service.utility.request.DropAliasReq;
import io.milvus.v2.service.utility.request.FlushReq;
import io.milvus.v2.service.utility.request.GetCompactionStateReq;
import io.milvus.v2.service.utility.request.ListAliasesReq;
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
import io.milvus.v2.service.vector.response.QueryResp;
import io.milvus.v2.service.vector.response.SearchResp;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Each answer of the scripted Milvus, as the SDK's own client reads it. */
class ScriptedMilvusTest {
  private static final String ITEMS = RawClient.COLLECTION;

  private ScriptedMilvus milvus;
  private RawClient client;
  private MilvusClientV2 sdk;

  @BeforeEach
  void start() {
    milvus = ScriptedMilvus.start().collection(ITEMS, RawClient.DIMENSION);
    client = RawClient.of(milvus);
    sdk = client.sdk();
  }

  @AfterEach
  void stop() {
    client.close();
    milvus.close();
  }

  private static void assertServerError(ThrowingCallable call, int code, String reason) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            MilvusClientException.class,
            e -> assertThat(e.getServerErrCode()).as("code").isEqualTo(code))
        .hasMessageContaining(reason);
  }

  @Test
  void tellsVersionAndHealth() {
    assertThat(sdk.getServerVersion()).isEqualTo(ScriptedMilvus.VERSION);
    assertThat(sdk.checkHealth().getIsHealthy()).isTrue();
  }

  @Test
  void keepsDatabases() throws Exception {
    assertThat(sdk.listDatabases().getDatabaseNames()).containsExactly("default");

    sdk.createDatabase(CreateDatabaseReq.builder().databaseName("books").build());
    sdk.useDatabase("books");

    assertThat(sdk.listDatabases().getDatabaseNames()).containsExactly("default", "books");
    assertThat(milvus.lastHeader("ListDatabases", "dbname")).contains("books");
    assertThat(sdk.listCollections().getCollectionNames()).isEmpty();
    assertThat(
            sdk.describeDatabase(DescribeDatabaseReq.builder().databaseName("books").build())
                .getDatabaseName())
        .isEqualTo("books");

    sdk.dropDatabase(DropDatabaseReq.builder().databaseName("books").build());

    assertThat(sdk.listDatabases().getDatabaseNames()).containsExactly("default");
    assertServerError(
        () -> sdk.describeDatabase(DescribeDatabaseReq.builder().databaseName("books").build()),
        800,
        "database not found[database=books]");
  }

  @Test
  void hasTheDatabasesItIsTold() {
    milvus.databases("default", "one", "two");

    assertThat(sdk.listDatabases().getDatabaseNames()).containsExactly("default", "one", "two");
    try (RawClient two = RawClient.of(milvus, config -> config.dbName("two"))) {
      assertThat(two.sdk().currentUsedDatabase()).isEqualTo("two");
    }
    assertThatThrownBy(() -> RawClient.of(milvus, config -> config.dbName("three")))
        .hasMessageContaining("database not found[database=three]");
  }

  @Test
  void keepsCollections() {
    sdk.createCollection(
        CreateCollectionReq.builder().collectionName("songs").dimension(16).build());

    assertThat(has("songs")).isTrue();
    assertThat(has("nothing")).isFalse();
    assertThat(sdk.listCollections().getCollectionNames()).containsExactly(ITEMS, "songs");
    DescribeCollectionResp songs = describe("songs");
    assertThat(songs.getPrimaryFieldName()).isEqualTo("id");
    assertThat(songs.getVectorFieldNames()).containsExactly("vector");
    assertThat(songs.getCollectionSchema().getField("vector").getDimension()).isEqualTo(16);
    assertThat(songs.getEnableDynamicField()).isTrue();
    assertThat(songs.getDatabaseName()).isEqualTo("default");
    assertThat(songs.getCollectionID()).isNotEqualTo(describe(ITEMS).getCollectionID());

    sdk.renameCollection(
        RenameCollectionReq.builder().collectionName("songs").newCollectionName("tunes").build());

    assertThat(sdk.listCollections().getCollectionNames()).containsExactly(ITEMS, "tunes");

    sdk.dropCollection(DropCollectionReq.builder().collectionName("tunes").build());

    assertThat(has("tunes")).isFalse();
    assertServerError(() -> describe("tunes"), 100, "collection not found");
  }

  private boolean has(String collection) {
    return sdk.hasCollection(HasCollectionReq.builder().collectionName(collection).build());
  }

  private DescribeCollectionResp describe(String collection) {
    return sdk.describeCollection(
        DescribeCollectionReq.builder().collectionName(collection).build());
  }

  @Test
  void keepsASchemaAsItWasGiven() {
    createCollectionOfAllTypes();

    DescribeCollectionResp all = describe("all");
    assertThat(all.getAutoID()).isFalse();
    assertThat(all.getEnableDynamicField()).isFalse();
    assertThat(all.getShardsNum()).isEqualTo(2);
    assertThat(all.getCollectionSchema().getField("title").getMaxLength()).isEqualTo(64);
    assertThat(all.getCollectionSchema().getField("sparse").getDataType())
        .isEqualTo(DataType.SparseFloatVector);
  }

  private void createCollectionOfAllTypes() {
    CreateCollectionReq.CollectionSchema schema = MilvusClientV2.CreateSchema();
    schema.addField(
        AddFieldReq.builder()
            .fieldName("title")
            .dataType(DataType.VarChar)
            .maxLength(64)
            .isPrimaryKey(true)
            .build());
    for (DataType type :
        List.of(
            DataType.Bool,
            DataType.Int8,
            DataType.Int16,
            DataType.Int32,
            DataType.Int64,
            DataType.Float,
            DataType.Double,
            DataType.JSON)) {
      schema.addField(
          AddFieldReq.builder().fieldName(type.name().toLowerCase()).dataType(type).build());
    }
    schema.addField(
        AddFieldReq.builder()
            .fieldName("array")
            .dataType(DataType.Array)
            .elementType(DataType.Int32)
            .maxCapacity(4)
            .build());
    schema.addField(
        AddFieldReq.builder().fieldName("sparse").dataType(DataType.SparseFloatVector).build());
    for (DataType type :
        List.of(
            DataType.FloatVector,
            DataType.BinaryVector,
            DataType.Float16Vector,
            DataType.BFloat16Vector,
            DataType.Int8Vector)) {
      schema.addField(
          AddFieldReq.builder()
              .fieldName(type.name().toLowerCase())
              .dataType(type)
              .dimension(8)
              .build());
    }
    sdk.createCollection(
        CreateCollectionReq.builder()
            .collectionName("all")
            .collectionSchema(schema)
            .numShards(2)
            .build());
  }

  @Test
  void keepsAliases() {
    sdk.createCollection(
        CreateCollectionReq.builder().collectionName("songs").dimension(16).build());

    sdk.createAlias(CreateAliasReq.builder().collectionName(ITEMS).alias("now").build());

    assertThat(describe("now").getCollectionID()).isEqualTo(describe(ITEMS).getCollectionID());
    assertThat(aliases(ITEMS)).containsExactly("now");
    assertThat(has("now")).isTrue();
    assertThat(
            sdk.describeAlias(DescribeAliasReq.builder().alias("now").build()).getCollectionName())
        .isEqualTo(ITEMS);
    assertServerError(
        () ->
            sdk.createAlias(CreateAliasReq.builder().collectionName("songs").alias("now").build()),
        1602,
        "alias to another collection");

    sdk.alterAlias(AlterAliasReq.builder().collectionName("songs").alias("now").build());

    assertThat(describe("now").getCollectionID()).isEqualTo(describe("songs").getCollectionID());
    assertThat(aliases(ITEMS)).isEmpty();

    sdk.dropAlias(DropAliasReq.builder().alias("now").build());

    assertThat(has("now")).isFalse();
    assertServerError(
        () -> sdk.alterAlias(AlterAliasReq.builder().collectionName(ITEMS).alias("now").build()),
        1600,
        "alias not found");
  }

  private List<String> aliases(String collection) {
    return sdk.listAliases(ListAliasesReq.builder().collectionName(collection).build()).getAlias();
  }

  @Test
  void keepsPartitions() {
    sdk.createPartition(
        CreatePartitionReq.builder().collectionName(ITEMS).partitionName("new").build());

    assertThat(partitions()).containsExactly("_default", "new");
    assertThat(hasPartition("new")).isTrue();
    assertThat(
            sdk.getPartitionStats(
                    GetPartitionStatsReq.builder()
                        .collectionName(ITEMS)
                        .partitionName("new")
                        .build())
                .getNumOfEntities())
        .isZero();

    sdk.dropPartition(
        DropPartitionReq.builder().collectionName(ITEMS).partitionName("new").build());

    assertThat(partitions()).containsExactly("_default");
    assertThat(hasPartition("new")).isFalse();
    assertServerError(
        () ->
            sdk.insert(
                InsertReq.builder()
                    .collectionName(ITEMS)
                    .partitionName("new")
                    .data(RawClient.rows(1))
                    .build()),
        200,
        "partition not found[partition=new]");
  }

  private List<String> partitions() {
    return sdk.listPartitions(ListPartitionsReq.builder().collectionName(ITEMS).build());
  }

  private boolean hasPartition(String name) {
    return sdk.hasPartition(
        HasPartitionReq.builder().collectionName(ITEMS).partitionName(name).build());
  }

  @Test
  void loadsAtOnceUnlessToldOtherwise() {
    assertThat(loadState(null).getState()).isEqualTo(LoadState.LoadStateNotLoad);

    sdk.loadCollection(LoadCollectionReq.builder().collectionName(ITEMS).build());

    assertThat(loadState(null).getState()).isEqualTo(LoadState.LoadStateLoaded);

    sdk.releaseCollection(ReleaseCollectionReq.builder().collectionName(ITEMS).build());

    assertThat(loadState(null).getState()).isEqualTo(LoadState.LoadStateNotLoad);
  }

  private GetLoadStateResp loadState(String partition) {
    GetLoadStateReq request = GetLoadStateReq.builder().collectionName(ITEMS).build();
    if (partition != null) {
      request.setPartitionName(partition);
    }
    return sdk.getLoadStateV2(request);
  }

  @Test
  void loadsStepByStepAsTold() {
    milvus.loadingProgress(10, 60);

    sdk.loadCollection(LoadCollectionReq.builder().collectionName(ITEMS).sync(false).build());

    assertThat(loadState(null).getProgress()).isEqualTo(10);
    assertThat(loadState(null).getProgress()).isEqualTo(60);
    assertThat(loadState(null).getState()).isEqualTo(LoadState.LoadStateLoaded);
  }

  @Test
  void loadsPartitions() {
    sdk.createPartition(
        CreatePartitionReq.builder().collectionName(ITEMS).partitionName("new").build());
    milvus.loadingProgress(50);

    sdk.loadPartitions(
        LoadPartitionsReq.builder()
            .collectionName(ITEMS)
            .partitionNames(List.of("new"))
            .sync(false)
            .build());

    assertThat(loadState("_default").getState()).isEqualTo(LoadState.LoadStateNotLoad);
    assertThat(loadState("new").getProgress()).isEqualTo(50);
    assertThat(loadState("new").getState()).isEqualTo(LoadState.LoadStateLoaded);

    sdk.releasePartitions(
        ReleasePartitionsReq.builder()
            .collectionName(ITEMS)
            .partitionNames(List.of("new"))
            .build());

    assertThat(loadState("new").getState()).isEqualTo(LoadState.LoadStateNotLoad);
  }

  @Test
  void buildsIndexesAtOnceUnlessToldOtherwise() {
    client.insert(1, 2);

    sdk.createIndex(index(true));

    assertThat(sdk.listIndexes(ListIndexesReq.builder().collectionName(ITEMS).build()))
        .containsExactly("by_vector");
    IndexDesc description = describeIndex();
    assertThat(description.getIndexState()).isEqualTo(IndexBuildState.Finished);
    assertThat(description.getTotalRows()).isEqualTo(2);
    assertThat(description.getIndexType()).isEqualTo(IndexParam.IndexType.IVF_FLAT);
    assertThat(description.getMetricType()).isEqualTo(IndexParam.MetricType.L2);
    assertThat(description.getExtraParams()).containsEntry("nlist", "16");

    sdk.dropIndex(DropIndexReq.builder().collectionName(ITEMS).indexName("by_vector").build());

    assertThat(sdk.listIndexes(ListIndexesReq.builder().collectionName(ITEMS).build())).isEmpty();
    assertServerError(this::describeIndex, 700, "index not found");
  }

  private static CreateIndexReq index(boolean sync) {
    return CreateIndexReq.builder()
        .collectionName(ITEMS)
        .indexParams(
            List.of(
                IndexParam.builder()
                    .fieldName("vector")
                    .indexName("by_vector")
                    .indexType(IndexParam.IndexType.IVF_FLAT)
                    .metricType(IndexParam.MetricType.L2)
                    .extraParams(Map.of("nlist", 16))
                    .build()))
        .sync(sync)
        .build();
  }

  private IndexDesc describeIndex() {
    return sdk.describeIndex(
            DescribeIndexReq.builder().collectionName(ITEMS).indexName("by_vector").build())
        .getIndexDescriptions()
        .get(0);
  }

  @Test
  void buildsIndexesStepByStepAsTold() {
    milvus.indexBuild(
        IndexBuild.waiting(10), IndexBuild.building(4, 10), IndexBuild.failed("no memory"));

    sdk.createIndex(index(false));

    assertThat(describeIndex().getIndexState()).isEqualTo(IndexBuildState.Unissued);
    sdk.listIndexes(ListIndexesReq.builder().collectionName(ITEMS).build());
    IndexDesc building = describeIndex();
    assertThat(building.getIndexState()).isEqualTo(IndexBuildState.InProgress);
    assertThat(building.getIndexedRows()).isEqualTo(4);
    assertThat(building.getPendingIndexRows()).isEqualTo(6);
    assertThat(describeIndex().getIndexFailedReason()).isEqualTo("no memory");
    assertThat(describeIndex().getIndexState()).isEqualTo(IndexBuildState.Failed);
  }

  @Test
  void countsRowsWrittenAndReturnsTheirKeys() {
    assertThat(client.insert(5, 6, 7).getPrimaryKeys()).containsExactly(5L, 6L, 7L);
    assertThat(
            sdk.upsert(UpsertReq.builder().collectionName(ITEMS).data(RawClient.rows(8, 9)).build())
                .getUpsertCnt())
        .isEqualTo(2);
    assertThat(
            sdk.delete(DeleteReq.builder().collectionName(ITEMS).ids(List.of(5L, 6L)).build())
                .getDeleteCnt())
        .isEqualTo(2);
    sdk.delete(DeleteReq.builder().collectionName(ITEMS).filter("id > 100").build());

    assertThat(milvus.rows("Insert")).isEqualTo(3);
    assertThat(milvus.rows("Upsert")).isEqualTo(2);
    assertThat(milvus.rows("Delete")).isEqualTo(3);
    assertThat(
            sdk.getCollectionStats(GetCollectionStatsReq.builder().collectionName(ITEMS).build())
                .getNumOfEntities())
        .isEqualTo(2);
    assertThat(query("id > 0", "count(*)").get(0).getEntity()).containsEntry("count(*)", 2L);
  }

  @Test
  void makesKeysWhereTheServerHasTo() {
    sdk.createCollection(
        CreateCollectionReq.builder()
            .collectionName("auto")
            .dimension(RawClient.DIMENSION)
            .autoID(true)
            .build());
    List<JsonObject> rows = RawClient.rows(1, 2);
    rows.forEach(row -> row.remove("id"));

    List<Object> keys =
        sdk.insert(InsertReq.builder().collectionName("auto").data(rows).build()).getPrimaryKeys();

    assertThat(keys).hasSize(2).doesNotHaveDuplicates().allMatch(Long.class::isInstance);
  }

  @Test
  void findsTheSameRowsInEverySearch() {
    SearchResp found =
        sdk.search(
            SearchReq.builder()
                .collectionName(ITEMS)
                .data(List.of(new FloatVec(new float[4]), new FloatVec(new float[4])))
                .limit(2)
                .outputFields(List.of("id", "vector"))
                .build());

    assertThat(found.getSearchResults())
        .hasSize(2)
        .allSatisfy(
            rows -> {
              assertThat(rows)
                  .extracting(SearchResp.SearchResult::getId)
                  .containsExactly((Object) 1L, 2L);
              assertThat(rows.get(1).getScore()).isEqualTo(2f);
              assertThat(rows.get(1).getEntity()).containsEntry("vector", List.of(2f, 3f, 4f, 5f));
            });
    assertThat(milvus.rows("Search")).isEqualTo(4);
  }

  @Test
  void findsAsManyRowsAsItIsTold() {
    milvus.resultRows(100);

    SearchReq request =
        SearchReq.builder()
            .collectionName(ITEMS)
            .data(List.of(new FloatVec(new float[4])))
            .limit(500)
            .build();

    assertThat(sdk.search(request).getSearchResults().get(0)).hasSize(100);

    milvus.resultRows(7);

    assertThat(sdk.search(request).getSearchResults().get(0)).hasSize(7);
    assertThat(query("", "id")).hasSize(7);
  }

  @Test
  void findsRowsInAHybridSearch() {
    AnnSearchReq search =
        AnnSearchReq.builder()
            .vectorFieldName("vector")
            .vectors(List.of(new FloatVec(new float[4])))
            .limit(10)
            .build();

    SearchResp found =
        sdk.hybridSearch(
            HybridSearchReq.builder()
                .collectionName(ITEMS)
                .searchRequests(List.of(search, search))
                .ranker(RRFRanker.builder().k(60).build())
                .limit(2)
                .outFields(List.of("id"))
                .build());

    assertThat(found.getSearchResults()).hasSize(1);
    assertThat(found.getSearchResults().get(0))
        .extracting(SearchResp.SearchResult::getId)
        .containsExactly((Object) 1L, 2L);
  }

  private List<QueryResp.QueryResult> query(String filter, String... outputFields) {
    return sdk.query(
            QueryReq.builder()
                .collectionName(ITEMS)
                .filter(filter)
                .outputFields(List.of(outputFields))
                .build())
        .getQueryResults();
  }

  @Test
  void findsRowsByQueryAndByKey() {
    assertThat(query("id > 0", "*"))
        .extracting(row -> row.getEntity().get("id"))
        .containsExactly(1L, 2L, 3L);
    assertThat(
            sdk.get(
                    GetReq.builder()
                        .collectionName(ITEMS)
                        .ids(List.of(40L, 20L))
                        .outputFields(List.of("vector"))
                        .build())
                .getGetResults())
        .extracting(QueryResp.QueryResult::getEntity)
        .containsExactly(
            Map.of("id", 40L, "vector", List.of(40f, 41f, 42f, 43f)),
            Map.of("id", 20L, "vector", List.of(20f, 21f, 22f, 23f)));
  }

  @Test
  void findsValuesOfEveryType() {
    createCollectionOfAllTypes();

    List<QueryResp.QueryResult> rows =
        sdk.query(
                QueryReq.builder()
                    .collectionName("all")
                    .ids(List.of("a", "b"))
                    .outputFields(List.of("*"))
                    .build())
            .getQueryResults();

    assertThat(rows).hasSize(2);
    assertThat(rows.get(1).getEntity())
        .containsEntry("title", "b")
        .containsEntry("bool", false)
        .containsEntry("int8", 2)
        .containsEntry("int64", 2L)
        .containsEntry("float", 2f)
        .containsEntry("double", 2d)
        .containsEntry("array", List.of(2))
        .containsKeys(
            "int16",
            "int32",
            "json",
            "sparse",
            "floatvector",
            "binaryvector",
            "float16vector",
            "bfloat16vector",
            "int8vector");
  }

  @Test
  void letsIteratorsComeToAnEnd() {
    milvus.resultRows(5);
    QueryIterator queried =
        sdk.queryIterator(
            QueryIteratorReq.builder()
                .collectionName(ITEMS)
                .expr("id >= 0")
                .outputFields(List.of("id"))
                .batchSize(2)
                .build());
    SearchIteratorV2 searched =
        sdk.searchIteratorV2(
            SearchIteratorReqV2.builder()
                .collectionName(ITEMS)
                .vectorFieldName("vector")
                .vectors(List.of(new FloatVec(new float[4])))
                .metricType(IndexParam.MetricType.L2)
                .batchSize(2)
                .build());

    List<Object> ids = new ArrayList<>();
    for (var batch = queried.next(); !batch.isEmpty() && ids.size() < 100; batch = queried.next()) {
      batch.forEach(row -> ids.add(row.get("id")));
    }
    List<Object> found = new ArrayList<>();
    for (var batch = searched.next();
        !batch.isEmpty() && found.size() < 100;
        batch = searched.next()) {
      batch.forEach(row -> found.add(row.getId()));
    }

    assertThat(ids).containsExactly(1L, 2L, 3L, 4L, 5L);
    assertThat(found).containsExactly(1L, 2L, 3L, 4L, 5L);
  }

  @Test
  void flushesAndCompacts() {
    milvus.flushUnderWay(1);

    sdk.flush(FlushReq.builder().collectionNames(List.of(ITEMS)).build());
    long job = sdk.compact(CompactReq.builder().collectionName(ITEMS).build()).getCompactionID();

    assertThat(milvus.calls("GetFlushState")).isEqualTo(2);
    assertThat(job).isPositive();
    assertThat(
            sdk.getCompactionState(GetCompactionStateReq.builder().compactionID(job).build())
                .getState())
        .isEqualTo(CompactionState.Completed);
  }

  @Test
  void answersTheRestWithSuccess() {
    assertThat(sdk.listUsers()).isEmpty();
    assertThat(sdk.listRoles()).isEmpty();
    assertThat(milvus.executed("ListCredUsers")).isEqualTo(1);
  }
}
