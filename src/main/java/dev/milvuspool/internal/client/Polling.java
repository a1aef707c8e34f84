package dev.milvuspool.internal.client;

import dev.milvuspool.ProgressListener;
import dev.milvuspool.internal.channel.ConnectionSupervisor;
import io.milvus.grpc.LoadState;
import io.milvus.v2.client.MilvusClientV2;
import io.milvus.v2.common.IndexBuildState;
import io.milvus.v2.common.IndexParam;
import io.milvus.v2.exception.ErrorCode;
import io.milvus.v2.exception.MilvusClientException;
import io.milvus.v2.service.collection.request.GetLoadStateReq;
import io.milvus.v2.service.collection.request.LoadCollectionReq;
import io.milvus.v2.service.collection.response.GetLoadStateResp;
import io.milvus.v2.service.index.request.CreateIndexReq;
import io.milvus.v2.service.index.request.DescribeIndexReq;
import io.milvus.v2.service.index.response.DescribeIndexResp.IndexDesc;
import io.milvus.v2.service.partition.request.LoadPartitionsReq;
import java.util.List;

/**
 * Starts a long operation on the server, and polls until it is done. The SDK itself polls every 500
 * ms, reports no progress, and does not work with Milvus Lite.
 */
final class Polling {
  private final ConnectionSupervisor supervisor;
  private final MilvusClientV2 sdk;
  private final Operation operation;
  private final PollingPauses pauses = new PollingPauses();

  /** For one call. */
  Polling(ConnectionSupervisor supervisor, MilvusClientV2 sdk, Operation operation) {
    this.supervisor = supervisor;
    this.sdk = sdk;
    this.operation = operation;
  }

  void createIndexes(CreateIndexReq request, ProgressListener listener) {
    CreateIndexReq unwaited =
        CreateIndexReq.builder()
            .databaseName(request.getDatabaseName())
            .collectionName(request.getCollectionName())
            .indexParams(request.getIndexParams())
            .sync(false)
            .build();
    sdk.createIndex(unwaited);
    Progress progress = new Progress(listener);
    if (Boolean.FALSE.equals(request.getSync())) {
      return;
    }
    List<IndexParam> indexes = request.getIndexParams();
    int built = 0;
    for (IndexParam index : indexes) {
      DescribeIndexReq question =
          DescribeIndexReq.builder()
              .databaseName(request.getDatabaseName())
              .collectionName(request.getCollectionName())
              .fieldName(index.getFieldName())
              .indexName(index.getIndexName())
              .build();
      int percent = percentBuilt(question);
      while (percent < 100) {
        progress.at((100L * built + percent) / indexes.size());
        pause();
        percent = percentBuilt(question);
      }
      built++;
    }
    progress.done();
  }

  private int percentBuilt(DescribeIndexReq question) {
    List<IndexDesc> indexes = sdk.describeIndex(question).getIndexDescriptions();
    if (indexes.isEmpty()) {
      throw new MilvusClientException(
          ErrorCode.SERVER_ERROR,
          "the server shows no index on field "
              + question.getFieldName()
              + " of collection "
              + question.getCollectionName()
              + "; it was dropped while it was built");
    }
    int least = 100;
    for (IndexDesc index : indexes) {
      if (index.getIndexState() == IndexBuildState.Failed) {
        throw new MilvusClientException(
            ErrorCode.SERVER_ERROR,
            "index " + index.getIndexName() + " failed: " + index.getIndexFailedReason());
      }
      if (index.getIndexState() != IndexBuildState.Finished) {
        long total = index.getTotalRows();
        least =
            (int)
                Math.min(
                    least, total == 0 ? 0 : Math.min(99, 100 * index.getIndexedRows() / total));
      }
    }
    return least;
  }

  void loadCollection(String collection, ProgressListener listener) {
    sdk.loadCollection(LoadCollectionReq.builder().collectionName(collection).sync(false).build());
    Progress progress = new Progress(listener);
    awaitLoaded(GetLoadStateReq.builder().collectionName(collection).build(), progress);
    progress.done();
  }

  void loadPartitions(String collection, List<String> partitions) {
    sdk.loadPartitions(
        LoadPartitionsReq.builder()
            .collectionName(collection)
            .partitionNames(partitions)
            .sync(false)
            .build());
    Progress unheard = new Progress(percent -> {});
    for (String partition : partitions) {
      awaitLoaded(
          GetLoadStateReq.builder().collectionName(collection).partitionName(partition).build(),
          unheard);
    }
  }

  private void awaitLoaded(GetLoadStateReq question, Progress progress) {
    while (true) {
      GetLoadStateResp state = sdk.getLoadStateV2(question);
      if (state.getState() == LoadState.LoadStateLoaded) {
        return;
      }
      if (state.getState() == LoadState.LoadStateNotExist) {
        throw new MilvusClientException(
            ErrorCode.SERVER_ERROR,
            "collection " + question.getCollectionName() + " was dropped while it was loaded");
      }
      Long percent = state.getProgress();
      progress.at(percent == null ? 0 : percent);
      pause();
    }
  }

  private void pause() {
    supervisor.calls().pause(operation.method(), pauses.next());
  }
}
