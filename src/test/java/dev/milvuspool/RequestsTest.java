package dev.milvuspool;

import static org.assertj.core.api.Assertions.assertThat;

import io.milvus.v2.common.ConsistencyLevel;
import io.milvus.v2.common.IndexParam.MetricType;
import io.milvus.v2.service.collection.request.CreateCollectionReq;
import io.milvus.v2.service.vector.request.AnnSearchReq;
import io.milvus.v2.service.vector.request.DeleteReq;
import io.milvus.v2.service.vector.request.FunctionScore;
import io.milvus.v2.service.vector.request.HybridSearchReq;
import io.milvus.v2.service.vector.request.QueryReq;
import io.milvus.v2.service.vector.request.SearchReq;
import io.milvus.v2.service.vector.request.data.FloatVec;
import io.milvus.v2.service.vector.request.highlighter.LexicalHighlighter;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/**
 * A copy has all that its original has; and there is one only where the SDK would write into it.
 */
class RequestsTest {
  private static final Map<String, Object> MAP = Map.of("key", 1);
  private static final CreateCollectionReq.Function RANKER =
      CreateCollectionReq.Function.builder().name("ranker").build();

  @Test
  void aSearchIsCopiedWhole() {
    SearchReq request = search().build();

    SearchReq copy = Requests.own(request, "db");

    assertThat(request).hasNoNullFieldsOrPropertiesExcept("databaseName");
    assertThat(copy).isNotSameAs(request);
    assertSameFields(copy, request);
  }

  @Test
  void aHybridSearchIsCopiedWhole() {
    HybridSearchReq request = hybridSearch().build();

    HybridSearchReq copy = Requests.own(request, "db");

    assertThat(request).hasNoNullFieldsOrPropertiesExcept("databaseName");
    assertThat(copy).isNotSameAs(request);
    assertSameFields(copy, request);
  }

  @Test
  void aQueryIsCopiedWhole() {
    QueryReq request = query().build();

    QueryReq copy = Requests.own(request, "db");

    assertThat(request).hasNoNullFieldsOrPropertiesExcept("databaseName", "ids");
    assertThat(copy).isNotSameAs(request);
    assertSameFields(copy, request);
  }

  @Test
  void aQueryByPrimaryKeysIsCopiedWholeWhateverItsDatabase() {
    QueryReq request = query().databaseName("own").ids(List.of(1L, 2L)).build();

    QueryReq copy = Requests.own(request, null);

    assertThat(request).hasNoNullFieldsOrProperties();
    assertThat(copy).isNotSameAs(request);
    assertSameFields(copy, request);
  }

  @Test
  void aDeletionByPrimaryKeysIsCopiedWhole() {
    DeleteReq request = delete().ids(List.of(1L, 2L)).build();

    DeleteReq copy = Requests.own(request);

    assertThat(request).hasNoNullFieldsOrPropertiesExcept("filter");
    assertThat(copy).isNotSameAs(request);
    assertSameFields(copy, request);
  }

  @Test
  void aRequestThatNamesItsDatabaseIsNotCopied() {
    SearchReq search = search().databaseName("own").build();
    HybridSearchReq hybridSearch = hybridSearch().databaseName("own").build();
    QueryReq query = query().databaseName("own").ids(List.of()).build();

    assertThat(Requests.own(search, "db")).isSameAs(search);
    assertThat(Requests.own(hybridSearch, "db")).isSameAs(hybridSearch);
    assertThat(Requests.own(query, "db")).isSameAs(query);
  }

  @Test
  void anEmptyDatabaseNameCountsAsNone() {
    SearchReq search = search().databaseName("").build();
    HybridSearchReq hybridSearch = hybridSearch().databaseName("").build();
    QueryReq query = query().databaseName("").build();

    assertThat(Requests.own(search, "db")).isNotSameAs(search);
    assertThat(Requests.own(hybridSearch, "db")).isNotSameAs(hybridSearch);
    assertThat(Requests.own(query, "db")).isNotSameAs(query);
  }

  @Test
  void nothingIsCopiedWhereTheDefaultDatabaseIsInUse() {
    SearchReq search = search().build();
    HybridSearchReq hybridSearch = hybridSearch().build();
    QueryReq query = query().build();

    assertThat(Requests.own(search, null)).isSameAs(search);
    assertThat(Requests.own(hybridSearch, null)).isSameAs(hybridSearch);
    assertThat(Requests.own(query, null)).isSameAs(query);
  }

  @Test
  void aDeletionByFilterIsNotCopied() {
    DeleteReq request = delete().filter("id > 0").build();

    assertThat(Requests.own(request)).isSameAs(request);
  }

  private static void assertSameFields(Object copy, Object request) {
    assertThat(copy).usingRecursiveComparison().withStrictTypeChecking().isEqualTo(request);
  }

  private static SearchReq.SearchReqBuilder search() {
    return SearchReq.builder()
        .collectionName("articles")
        .partitionNames(List.of("p"))
        .annsField("vector")
        .metricType(MetricType.L2)
        .filter("id > 0")
        .outputFields(List.of("title"))
        .data(List.of(new FloatVec(new float[] {1, 2})))
        .ids(List.of(1L))
        .offset(3)
        .limit(7)
        .roundDecimal(2)
        .searchParams(MAP)
        .guaranteeTimestamp(11)
        .gracefulTime(13L)
        .consistencyLevel(ConsistencyLevel.STRONG)
        .ignoreGrowing(true)
        .timezone("UTC")
        .groupByFieldName("author")
        .groupSize(4)
        .strictGroupSize(true)
        .ranker(RANKER)
        .functionScore(FunctionScore.builder().build())
        .filterTemplateValues(Map.of("template", 1))
        .highlighter(LexicalHighlighter.builder().build());
  }

  private static HybridSearchReq.HybridSearchReqBuilder hybridSearch() {
    return HybridSearchReq.builder()
        .collectionName("articles")
        .partitionNames(List.of("p"))
        .searchRequests(List.of(AnnSearchReq.builder().vectorFieldName("vector").build()))
        .ranker(RANKER)
        .functionScore(FunctionScore.builder().build())
        .limit(7)
        .outFields(List.of("title"))
        .offset(3)
        .roundDecimal(2)
        .consistencyLevel(ConsistencyLevel.STRONG)
        .groupByFieldName("author")
        .groupSize(4)
        .strictGroupSize(true);
  }

  private static QueryReq.QueryReqBuilder query() {
    return QueryReq.builder()
        .collectionName("articles")
        .partitionNames(List.of("p"))
        .outputFields(List.of("title"))
        .filter("id > 0")
        .consistencyLevel(ConsistencyLevel.STRONG)
        .offset(3)
        .limit(7)
        .ignoreGrowing(true)
        .timezone("UTC")
        .queryParams(MAP)
        .filterTemplateValues(Map.of("template", 1));
  }

  private static DeleteReq.DeleteReqBuilder delete() {
    return DeleteReq.builder()
        .databaseName("db")
        .collectionName("articles")
        .partitionName("p")
        .filterTemplateValues(MAP);
  }
}
