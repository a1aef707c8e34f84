package dev.milvuspool.scripted;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import io.milvus.orm.iterator.QueryIterator;
import io.milvus.orm.iterator.SearchIteratorV2;
import io.milvus.v2.common.IndexParam;
import io.milvus.v2.service.collection.request.CreateCollectionReq;
import io.milvus.v2.service.collection.request.GetCollectionStatsReq;
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
import org.junit.jupiter.api.Test;

/** Rows written and rows found, as the SDK's own client reads them. */
class RowAnswersTest extends ScriptedMilvusCase {
  private static final String ITEMS = RawClient.COLLECTION;

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
    CollectionOfAllTypes.create(sdk);

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
}
