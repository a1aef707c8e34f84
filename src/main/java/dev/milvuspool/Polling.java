package dev.milvuspool;

import io.milvus.grpc.LoadState;
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
import java.time.Duration;
import java.util.List;

/**
 * Starts what takes long on the server and asks until it is done. The SDK's own waiting asks every
 * 500 ms, tells no progress, and does not work with Milvus Lite.
 */
final class Polling {
  private static final Duration FIRST_PAUSE = Duration.ofMillis(20);
  private static final Duration LONGEST_PAUSE = Duration.ofMillis(500);

  private final Calls.Call call;
  private Duration pause = FIRST_PAUSE;

  Polling(Calls.Call call) {
    this.call = call;
  }

  void createIndexes(CreateIndexReq request, ProgressListener listener) {
    CreateIndexReq unwaited =
        CreateIndexReq.builder()
            .databaseName(request.getDatabaseName())
            .collectionName(request.getCollectionName())
            .indexParams(request.getIndexParams())
            .sync(false)
            .build();
    call.step(
        sdk -> {
          sdk.createIndex(unwaited);
          return null;
        });
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
    List<IndexDesc> indexes =
        call.step(
            Operation.DESCRIBE_INDEX, 1, sdk -> sdk.describeIndex(question).getIndexDescriptions());
    if (indexes.isEmpty()) {
      throw new MilvusClientException(
          ErrorCode.SERVER_ERROR,
          "the server shows no index on field "
              + question.getFieldName()
              + " of collection "
              + question.getCollectionName()
              + "; it was dropped while being built");
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
    call.step(
        sdk -> {
          sdk.loadCollection(
              LoadCollectionReq.builder().collectionName(collection).sync(false).build());
          return null;
        });
    Progress progress = new Progress(listener);
    awaitLoaded(GetLoadStateReq.builder().collectionName(collection).build(), progress);
    progress.done();
  }

  void loadPartitions(String collection, List<String> partitions) {
    call.step(
        sdk -> {
          sdk.loadPartitions(
              LoadPartitionsReq.builder()
                  .collectionName(collection)
                  .partitionNames(partitions)
                  .sync(false)
                  .build());
          return null;
        });
    Progress unheard = new Progress(percent -> {});
    for (String partition : partitions) {
      awaitLoaded(
          GetLoadStateReq.builder().collectionName(collection).partitionName(partition).build(),
          unheard);
    }
  }

  private void awaitLoaded(GetLoadStateReq question, Progress progress) {
    while (true) {
      GetLoadStateResp state = call.step(sdk -> sdk.getLoadStateV2(question));
      if (state.getState() == LoadState.LoadStateLoaded) {
        return;
      }
      if (state.getState() == LoadState.LoadStateNotExist) {
        throw new MilvusClientException(
            ErrorCode.SERVER_ERROR,
            "collection " + question.getCollectionName() + " was dropped while being loaded");
      }
      Long percent = state.getProgress();
      progress.at(percent == null ? 0 : percent);
      pause();
    }
  }

  private void pause() {
    call.pause(pause);
    Duration longer = pause.multipliedBy(2);
    pause = longer.compareTo(LONGEST_PAUSE) < 0 ? longer : LONGEST_PAUSE;
  }
}
