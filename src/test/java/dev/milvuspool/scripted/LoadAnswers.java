package dev.milvuspool.scripted;

import io.milvus.grpc.BoolResponse;
import io.milvus.grpc.CreatePartitionRequest;
import io.milvus.grpc.DropPartitionRequest;
import io.milvus.grpc.GetLoadStateRequest;
import io.milvus.grpc.GetLoadStateResponse;
import io.milvus.grpc.GetLoadingProgressRequest;
import io.milvus.grpc.GetLoadingProgressResponse;
import io.milvus.grpc.GetPartitionStatisticsResponse;
import io.milvus.grpc.HasPartitionRequest;
import io.milvus.grpc.LoadCollectionRequest;
import io.milvus.grpc.LoadPartitionsRequest;
import io.milvus.grpc.LoadState;
import io.milvus.grpc.MilvusServiceGrpc;
import io.milvus.grpc.ReleaseCollectionRequest;
import io.milvus.grpc.ReleasePartitionsRequest;
import io.milvus.grpc.ShowPartitionsRequest;
import io.milvus.grpc.ShowPartitionsResponse;
import io.milvus.grpc.Status;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Answers to what concerns partitions, and the loading of them and of collections. */
final class LoadAnswers {
  private static final Status SUCCESS = Status.getDefaultInstance();

  private final Catalog catalog;

  /** The progress of a load to come, look by look; the last is always 100. */
  private volatile List<Long> progress = List.of(100L);

  LoadAnswers(Catalog catalog) {
    this.catalog = catalog;
  }

  /** Makes this the progress of loads to come, and 100 its last step. */
  void script(long... percent) {
    List<Long> steps = new ArrayList<>();
    for (long step : percent) {
      steps.add(step);
    }
    if (steps.isEmpty() || steps.get(steps.size() - 1) != 100) {
      steps.add(100L);
    }
    progress = List.copyOf(steps);
  }

  void putInto(Answers answers) {
    answers.put(MilvusServiceGrpc.getCreatePartitionMethod(), this::create);
    answers.put(MilvusServiceGrpc.getDropPartitionMethod(), this::drop);
    answers.put(MilvusServiceGrpc.getHasPartitionMethod(), this::has);
    answers.put(MilvusServiceGrpc.getShowPartitionsMethod(), this::show);
    answers.put(
        MilvusServiceGrpc.getGetPartitionStatisticsMethod(),
        (request, database) -> {
          MilvusCollection collection =
              catalog.collection(request.getDbName(), database, request.getCollectionName());
          collection.checkPartition(request.getPartitionName());
          return GetPartitionStatisticsResponse.newBuilder()
              .addStats(CollectionAnswers.rowCount(collection))
              .build();
        });
    answers.put(MilvusServiceGrpc.getLoadCollectionMethod(), this::load);
    answers.put(MilvusServiceGrpc.getReleaseCollectionMethod(), this::release);
    answers.put(MilvusServiceGrpc.getLoadPartitionsMethod(), this::loadPartitions);
    answers.put(MilvusServiceGrpc.getReleasePartitionsMethod(), this::releasePartitions);
    answers.put(MilvusServiceGrpc.getGetLoadStateMethod(), this::state);
    answers.put(MilvusServiceGrpc.getGetLoadingProgressMethod(), this::progress);
  }

  private Status create(CreatePartitionRequest request, String database) {
    catalog
        .collection(request.getDbName(), database, request.getCollectionName())
        .partitions
        .putIfAbsent(request.getPartitionName(), catalog.nextId());
    return SUCCESS;
  }

  private Status drop(DropPartitionRequest request, String database) {
    catalog
        .collection(request.getDbName(), database, request.getCollectionName())
        .partitions
        .remove(request.getPartitionName());
    return SUCCESS;
  }

  private BoolResponse has(HasPartitionRequest request, String database) {
    MilvusCollection collection =
        catalog.collection(request.getDbName(), database, request.getCollectionName());
    boolean there = collection.partitions.containsKey(request.getPartitionName());
    return BoolResponse.newBuilder().setValue(there).build();
  }

  private ShowPartitionsResponse show(ShowPartitionsRequest request, String database) {
    MilvusCollection collection =
        catalog.collection(request.getDbName(), database, request.getCollectionName());
    ShowPartitionsResponse.Builder response = ShowPartitionsResponse.newBuilder();
    collection.partitions.forEach(
        (name, id) ->
            response
                .addPartitionNames(name)
                .addPartitionIDs(id)
                .addCreatedTimestamps(collection.createdMillis << 18)
                .addCreatedUtcTimestamps(collection.createdMillis));
    return response.build();
  }

  private Status load(LoadCollectionRequest request, String database) {
    catalog
        .collection(request.getDbName(), database, request.getCollectionName())
        .loads
        .computeIfAbsent(MilvusCollection.WHOLE, whole -> new Script<>(progress));
    return SUCCESS;
  }

  private Status release(ReleaseCollectionRequest request, String database) {
    catalog.collection(request.getDbName(), database, request.getCollectionName()).loads.clear();
    return SUCCESS;
  }

  private Status loadPartitions(LoadPartitionsRequest request, String database) {
    MilvusCollection collection =
        catalog.collection(request.getDbName(), database, request.getCollectionName());
    request.getPartitionNamesList().forEach(collection::checkPartition);
    for (String partition : request.getPartitionNamesList()) {
      collection.loads.computeIfAbsent(partition, name -> new Script<>(progress));
    }
    return SUCCESS;
  }

  private Status releasePartitions(ReleasePartitionsRequest request, String database) {
    MilvusCollection collection =
        catalog.collection(request.getDbName(), database, request.getCollectionName());
    request.getPartitionNamesList().forEach(collection::checkPartition);
    if (collection.loads.remove(MilvusCollection.WHOLE) != null) {
      Script<Long> loaded = new Script<>(List.of(100L));
      loaded.next();
      collection.partitions.keySet().forEach(name -> collection.loads.putIfAbsent(name, loaded));
    }
    request.getPartitionNamesList().forEach(collection.loads::remove);
    return SUCCESS;
  }

  private static @Nullable Script<Long> loadOf(MilvusCollection collection, String partition) {
    Script<Long> load = collection.loads.get(partition);
    return load != null ? load : collection.loads.get(MilvusCollection.WHOLE);
  }

  /** What a request is about: the partitions it names, else the whole or the loaded partitions. */
  private static List<String> asked(MilvusCollection collection, List<String> partitions) {
    if (!partitions.isEmpty()) {
      partitions.forEach(collection::checkPartition);
      return partitions;
    }
    return collection.loads.isEmpty()
        ? List.of(MilvusCollection.WHOLE)
        : List.copyOf(collection.loads.keySet());
  }

  /** Loading until the progress of 100 was told, if there is a progress to tell. */
  private GetLoadStateResponse state(GetLoadStateRequest request, String database) {
    LoadState state = LoadState.LoadStateLoaded;
    try {
      MilvusCollection collection =
          catalog.collection(request.getDbName(), database, request.getCollectionName());
      for (String partition : asked(collection, request.getPartitionNamesList())) {
        Script<Long> load = loadOf(collection, partition);
        if (load == null) {
          state = LoadState.LoadStateNotLoad;
        } else if (!load.onlyLastLeft() && state == LoadState.LoadStateLoaded) {
          state = LoadState.LoadStateLoading;
        }
      }
    } catch (MilvusError e) {
      state = LoadState.LoadStateNotExist;
    }
    return GetLoadStateResponse.newBuilder().setState(state).build();
  }

  private GetLoadingProgressResponse progress(GetLoadingProgressRequest request, String database) {
    MilvusCollection collection =
        catalog.collection(request.getDbName(), database, request.getCollectionName());
    long least = 100;
    for (String partition : asked(collection, request.getPartitionNamesList())) {
      Script<Long> load = loadOf(collection, partition);
      if (load == null) {
        throw new MilvusError(
            101, "collection not loaded[collection=" + request.getCollectionName() + "]");
      }
      least = Math.min(least, load.next());
    }
    return GetLoadingProgressResponse.newBuilder()
        .setProgress(least)
        .setRefreshProgress(least)
        .build();
  }
}
