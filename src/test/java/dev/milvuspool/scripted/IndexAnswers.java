package dev.milvuspool.scripted;

import io.milvus.grpc.CreateIndexRequest;
import io.milvus.grpc.DescribeIndexRequest;
import io.milvus.grpc.DescribeIndexResponse;
import io.milvus.grpc.DropIndexRequest;
import io.milvus.grpc.IndexDescription;
import io.milvus.grpc.MilvusServiceGrpc;
import io.milvus.grpc.Status;
import java.util.List;

/** Answers to what concerns indexes. */
final class IndexAnswers {
  private static final Status SUCCESS = Status.getDefaultInstance();

  private final Catalog catalog;

  /** How the indexes to come are built, look by look; empty: they are finished at once. */
  volatile List<IndexBuild> build = List.of();

  IndexAnswers(Catalog catalog) {
    this.catalog = catalog;
  }

  void putInto(Answers answers) {
    answers.put(MilvusServiceGrpc.getCreateIndexMethod(), this::create);
    answers.put(MilvusServiceGrpc.getDescribeIndexMethod(), this::describe);
    answers.put(MilvusServiceGrpc.getDropIndexMethod(), this::drop);
  }

  private Status create(CreateIndexRequest request, String database) {
    MilvusCollection collection =
        catalog.collection(request.getDbName(), database, request.getCollectionName());
    if (collection.schema.getFieldsList().stream()
        .noneMatch(field -> field.getName().equals(request.getFieldName()))) {
      throw new MilvusError(
          MilvusError.INVALID_PARAMETER,
          "cannot create index on non-exist field: " + request.getFieldName());
    }
    String name =
        request.getIndexName().isEmpty() ? request.getFieldName() : request.getIndexName();
    List<IndexBuild> steps = build;
    Script<IndexBuild> script =
        new Script<>(steps.isEmpty() ? List.of(IndexBuild.finished(collection.rows.get())) : steps);
    collection.indexes.putIfAbsent(
        name,
        new MilvusCollection.Index(
            catalog.nextId(), name, request.getFieldName(), request.getExtraParamsList(), script));
    return SUCCESS;
  }

  /** A look at one index takes a step of its script; a look at all of them takes none. */
  private DescribeIndexResponse describe(DescribeIndexRequest request, String database) {
    MilvusCollection collection =
        catalog.collection(request.getDbName(), database, request.getCollectionName());
    boolean one = !request.getIndexName().isEmpty() || !request.getFieldName().isEmpty();
    DescribeIndexResponse.Builder response = DescribeIndexResponse.newBuilder();
    for (MilvusCollection.Index index : collection.indexes.values()) {
      boolean asked =
          (request.getIndexName().isEmpty() || request.getIndexName().equals(index.name()))
              && (request.getFieldName().isEmpty() || request.getFieldName().equals(index.field()));
      if (asked) {
        IndexBuild step = one ? index.build().next() : index.build().current();
        response.addIndexDescriptions(
            IndexDescription.newBuilder()
                .setIndexID(index.id())
                .setIndexName(index.name())
                .setFieldName(index.field())
                .addAllParams(index.params())
                .setIndexedRows(step.indexedRows())
                .setTotalRows(step.totalRows())
                .setPendingIndexRows(step.totalRows() - step.indexedRows())
                .setState(step.state())
                .setIndexStateFailReason(step.failReason()));
      }
    }
    if (response.getIndexDescriptionsCount() == 0) {
      throw new MilvusError(
          MilvusError.INDEX_NOT_FOUND, "index not found[indexName=" + request.getIndexName() + "]");
    }
    return response.build();
  }

  /** As in Milvus, one that is not there is dropped without complaint. */
  private Status drop(DropIndexRequest request, String database) {
    MilvusCollection collection =
        catalog.collection(request.getDbName(), database, request.getCollectionName());
    collection
        .indexes
        .values()
        .removeIf(
            index ->
                index.name().equals(request.getIndexName())
                    || request.getIndexName().isEmpty()
                        && index.field().equals(request.getFieldName()));
    return SUCCESS;
  }
}
