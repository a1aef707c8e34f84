package dev.milvuspool.scripted;

import static dev.milvuspool.scripted.SdkAssertions.assertServerError;
import static org.assertj.core.api.Assertions.assertThat;

import io.milvus.v2.common.IndexBuildState;
import io.milvus.v2.common.IndexParam;
import io.milvus.v2.service.index.request.CreateIndexReq;
import io.milvus.v2.service.index.request.DescribeIndexReq;
import io.milvus.v2.service.index.request.DropIndexReq;
import io.milvus.v2.service.index.request.ListIndexesReq;
import io.milvus.v2.service.index.response.DescribeIndexResp.IndexDesc;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Indexes and how they are built, as the SDK's own client reads it. */
class IndexAnswersTest extends ScriptedMilvusCase {
  private static final String ITEMS = RawClient.COLLECTION;

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
}
