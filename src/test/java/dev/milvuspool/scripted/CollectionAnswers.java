package dev.milvuspool.scripted;

import com.google.protobuf.InvalidProtocolBufferException;
import io.milvus.grpc.AlterAliasRequest;
import io.milvus.grpc.BatchDescribeCollectionRequest;
import io.milvus.grpc.BatchDescribeCollectionResponse;
import io.milvus.grpc.BoolResponse;
import io.milvus.grpc.CollectionSchema;
import io.milvus.grpc.CreateAliasRequest;
import io.milvus.grpc.CreateCollectionRequest;
import io.milvus.grpc.DescribeAliasRequest;
import io.milvus.grpc.DescribeAliasResponse;
import io.milvus.grpc.DescribeCollectionRequest;
import io.milvus.grpc.DescribeCollectionResponse;
import io.milvus.grpc.DropAliasRequest;
import io.milvus.grpc.DropCollectionRequest;
import io.milvus.grpc.GetCollectionStatisticsResponse;
import io.milvus.grpc.HasCollectionRequest;
import io.milvus.grpc.KeyValuePair;
import io.milvus.grpc.ListAliasesRequest;
import io.milvus.grpc.ListAliasesResponse;
import io.milvus.grpc.MilvusServiceGrpc;
import io.milvus.grpc.RenameCollectionRequest;
import io.milvus.grpc.ShowCollectionsRequest;
import io.milvus.grpc.ShowCollectionsResponse;
import io.milvus.grpc.Status;
import io.milvus.grpc.TruncateCollectionResponse;
import java.util.List;
import java.util.Map;

/** Answers to what concerns collections and their aliases. */
final class CollectionAnswers {
  private static final Status SUCCESS = Status.getDefaultInstance();

  private final Catalog catalog;

  CollectionAnswers(Catalog catalog) {
    this.catalog = catalog;
  }

  void putInto(Answers answers) {
    answers.put(MilvusServiceGrpc.getCreateCollectionMethod(), this::create);
    answers.put(MilvusServiceGrpc.getDropCollectionMethod(), this::drop);
    answers.put(MilvusServiceGrpc.getHasCollectionMethod(), this::has);
    answers.put(MilvusServiceGrpc.getDescribeCollectionMethod(), this::describe);
    answers.put(MilvusServiceGrpc.getBatchDescribeCollectionMethod(), this::describeAll);
    answers.put(MilvusServiceGrpc.getShowCollectionsMethod(), this::show);
    answers.put(MilvusServiceGrpc.getRenameCollectionMethod(), this::rename);
    answers.put(
        MilvusServiceGrpc.getGetCollectionStatisticsMethod(),
        (request, database) ->
            GetCollectionStatisticsResponse.newBuilder()
                .addStats(
                    rowCount(
                        catalog.collection(
                            request.getDbName(), database, request.getCollectionName())))
                .build());
    answers.put(
        MilvusServiceGrpc.getTruncateCollectionMethod(),
        (request, database) -> {
          catalog
              .collection(request.getDbName(), database, request.getCollectionName())
              .rows
              .set(0);
          return TruncateCollectionResponse.getDefaultInstance();
        });
    answers.put(MilvusServiceGrpc.getCreateAliasMethod(), this::createAlias);
    answers.put(MilvusServiceGrpc.getAlterAliasMethod(), this::alterAlias);
    answers.put(MilvusServiceGrpc.getDropAliasMethod(), this::dropAlias);
    answers.put(MilvusServiceGrpc.getDescribeAliasMethod(), this::describeAlias);
    answers.put(MilvusServiceGrpc.getListAliasesMethod(), this::listAliases);
  }

  static KeyValuePair rowCount(MilvusCollection collection) {
    return KeyValuePair.newBuilder()
        .setKey("row_count")
        .setValue(Long.toString(collection.rows.get()))
        .build();
  }

  private Catalog.Database in(String requested, String database) {
    return catalog.database(Catalog.databaseName(requested, database));
  }

  private Status create(CreateCollectionRequest request, String database) {
    CollectionSchema schema;
    try {
      schema = CollectionSchema.parseFrom(request.getSchema());
    } catch (InvalidProtocolBufferException e) {
      throw new MilvusError(MilvusError.INVALID_PARAMETER, "schema: " + e.getMessage());
    }
    Map<String, MilvusCollection> collections = in(request.getDbName(), database).collections;
    MilvusCollection created =
        new MilvusCollection(
            catalog.nextId(),
            schema,
            request.getShardsNum(),
            request.getConsistencyLevel(),
            request.getPropertiesList());
    MilvusCollection existing = collections.putIfAbsent(request.getCollectionName(), created);
    if (existing != null && !existing.schema.equals(created.schema)) {
      throw new MilvusError(
          MilvusError.INVALID_PARAMETER,
          "create duplicate collection with different parameters, collection: "
              + request.getCollectionName());
    }
    return SUCCESS;
  }

  /** As in Milvus, one that is not there is dropped without complaint. */
  private Status drop(DropCollectionRequest request, String database) {
    in(request.getDbName(), database).collections.remove(request.getCollectionName());
    return SUCCESS;
  }

  private BoolResponse has(HasCollectionRequest request, String database) {
    Catalog.Database in = in(request.getDbName(), database);
    String name = request.getCollectionName();
    boolean there = in.collections.containsKey(name) || in.aliases.containsKey(name);
    return BoolResponse.newBuilder().setValue(there).build();
  }

  private DescribeCollectionResponse describe(DescribeCollectionRequest request, String database) {
    String in = Catalog.databaseName(request.getDbName(), database);
    if (request.getCollectionName().isEmpty()) {
      return catalog.database(in).collections.entrySet().stream()
          .filter(entry -> entry.getValue().id == request.getCollectionID())
          .findFirst()
          .map(entry -> description(in, entry.getKey(), entry.getValue()))
          .orElseThrow(
              () ->
                  new MilvusError(
                      MilvusError.COLLECTION_NOT_FOUND,
                      "collection not found[collection=" + request.getCollectionID() + "]"));
    }
    return description(
        in, request.getCollectionName(), catalog.collection(in, request.getCollectionName()));
  }

  /** As in Milvus, the name is the one that was asked for, be it an alias. */
  private DescribeCollectionResponse description(
      String database, String name, MilvusCollection collection) {
    return DescribeCollectionResponse.newBuilder()
        .setSchema(collection.schema)
        .setCollectionID(collection.id)
        .setCollectionName(name)
        .setDbName(database)
        .setShardsNum(collection.shards)
        .setNumPartitions(collection.partitions.size())
        .setConsistencyLevel(collection.consistencyLevel)
        .setCreatedTimestamp(collection.createdMillis << 18)
        .setCreatedUtcTimestamp(collection.createdMillis)
        .setUpdateTimestamp(collection.createdMillis << 18)
        .addAllAliases(aliases(catalog.database(database), collection))
        .addAllProperties(collection.properties)
        .build();
  }

  private BatchDescribeCollectionResponse describeAll(
      BatchDescribeCollectionRequest request, String database) {
    var response = BatchDescribeCollectionResponse.newBuilder();
    for (String name : request.getCollectionNameList()) {
      response.addResponses(
          describe(
              DescribeCollectionRequest.newBuilder()
                  .setDbName(request.getDbName())
                  .setCollectionName(name)
                  .build(),
              database));
    }
    return response.build();
  }

  private ShowCollectionsResponse show(ShowCollectionsRequest request, String database) {
    ShowCollectionsResponse.Builder response = ShowCollectionsResponse.newBuilder();
    in(request.getDbName(), database)
        .collections
        .forEach(
            (name, collection) ->
                response
                    .addCollectionNames(name)
                    .addCollectionIds(collection.id)
                    .addCreatedTimestamps(collection.createdMillis << 18)
                    .addCreatedUtcTimestamps(collection.createdMillis)
                    .addShardsNum(collection.shards));
    return response.build();
  }

  private Status rename(RenameCollectionRequest request, String database) {
    Catalog.Database from = in(request.getDbName(), database);
    Catalog.Database to =
        request.getNewDBName().isEmpty() ? from : catalog.database(request.getNewDBName());
    MilvusCollection collection =
        catalog.collection(request.getDbName(), database, request.getOldName());
    if (to.collections.putIfAbsent(request.getNewName(), collection) != null) {
      throw new MilvusError(
          MilvusError.INVALID_PARAMETER, "duplicated new collection name " + request.getNewName());
    }
    from.collections.remove(request.getOldName());
    from.aliases.replaceAll(
        (alias, target) -> target.equals(request.getOldName()) ? request.getNewName() : target);
    return SUCCESS;
  }

  private Status createAlias(CreateAliasRequest request, String database) {
    catalog.collection(request.getDbName(), database, request.getCollectionName());
    Catalog.Database in = in(request.getDbName(), database);
    String other = in.aliases.putIfAbsent(request.getAlias(), request.getCollectionName());
    if (other != null && !other.equals(request.getCollectionName())) {
      throw new MilvusError(
          MilvusError.ALIAS_EXISTS,
          request.getAlias() + " is alias to another collection: " + other);
    }
    return SUCCESS;
  }

  private Status alterAlias(AlterAliasRequest request, String database) {
    catalog.collection(request.getDbName(), database, request.getCollectionName());
    Catalog.Database in = in(request.getDbName(), database);
    if (in.aliases.replace(request.getAlias(), request.getCollectionName()) == null) {
      throw aliasNotFound(request.getAlias());
    }
    return SUCCESS;
  }

  /** As in Milvus, one that is not there is dropped without complaint. */
  private Status dropAlias(DropAliasRequest request, String database) {
    in(request.getDbName(), database).aliases.remove(request.getAlias());
    return SUCCESS;
  }

  private DescribeAliasResponse describeAlias(DescribeAliasRequest request, String database) {
    String in = Catalog.databaseName(request.getDbName(), database);
    String collection = catalog.database(in).aliases.get(request.getAlias());
    if (collection == null) {
      throw aliasNotFound(request.getAlias());
    }
    return DescribeAliasResponse.newBuilder()
        .setDbName(in)
        .setAlias(request.getAlias())
        .setCollection(collection)
        .build();
  }

  private static MilvusError aliasNotFound(String alias) {
    return new MilvusError(MilvusError.ALIAS_NOT_FOUND, "alias not found[alias=" + alias + "]");
  }

  private ListAliasesResponse listAliases(ListAliasesRequest request, String database) {
    String in = Catalog.databaseName(request.getDbName(), database);
    Catalog.Database of = catalog.database(in);
    ListAliasesResponse.Builder response =
        ListAliasesResponse.newBuilder()
            .setDbName(in)
            .setCollectionName(request.getCollectionName());
    if (request.getCollectionName().isEmpty()) {
      response.addAllAliases(of.aliases.keySet());
    } else {
      MilvusCollection collection = catalog.collection(in, request.getCollectionName());
      response.addAllAliases(aliases(of, collection));
    }
    return response.build();
  }

  private static List<String> aliases(Catalog.Database in, MilvusCollection collection) {
    return in.aliases.entrySet().stream()
        .filter(alias -> in.collections.get(alias.getValue()) == collection)
        .map(Map.Entry::getKey)
        .toList();
  }
}
