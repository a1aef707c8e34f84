package dev.milvuspool.scripted;

import static dev.milvuspool.scripted.SdkAssertions.assertServerError;
import static org.assertj.core.api.Assertions.assertThat;

import io.milvus.grpc.LoadState;
import io.milvus.v2.service.collection.request.GetLoadStateReq;
import io.milvus.v2.service.collection.request.LoadCollectionReq;
import io.milvus.v2.service.collection.request.ReleaseCollectionReq;
import io.milvus.v2.service.collection.response.GetLoadStateResp;
import io.milvus.v2.service.partition.request.CreatePartitionReq;
import io.milvus.v2.service.partition.request.DropPartitionReq;
import io.milvus.v2.service.partition.request.GetPartitionStatsReq;
import io.milvus.v2.service.partition.request.HasPartitionReq;
import io.milvus.v2.service.partition.request.ListPartitionsReq;
import io.milvus.v2.service.partition.request.LoadPartitionsReq;
import io.milvus.v2.service.partition.request.ReleasePartitionsReq;
import io.milvus.v2.service.vector.request.InsertReq;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Partitions and the loading of them, as the SDK's own client reads it. */
class LoadAnswersTest extends ScriptedMilvusCase {
  private static final String ITEMS = RawClient.COLLECTION;

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
}
