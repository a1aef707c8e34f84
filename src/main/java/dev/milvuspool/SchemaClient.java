package dev.milvuspool;

import io.milvus.v2.common.IndexParam;
import io.milvus.v2.service.collection.request.CreateCollectionReq;
import io.milvus.v2.service.collection.request.DescribeCollectionReq;
import io.milvus.v2.service.collection.request.DropCollectionReq;
import io.milvus.v2.service.collection.request.GetCollectionStatsReq;
import io.milvus.v2.service.collection.request.HasCollectionReq;
import io.milvus.v2.service.collection.request.ReleaseCollectionReq;
import io.milvus.v2.service.collection.response.DescribeCollectionResp;
import io.milvus.v2.service.collection.response.GetCollectionStatsResp;
import io.milvus.v2.service.database.request.CreateDatabaseReq;
import io.milvus.v2.service.database.request.DropDatabaseReq;
import io.milvus.v2.service.index.request.CreateIndexReq;
import io.milvus.v2.service.index.request.DescribeIndexReq;
import io.milvus.v2.service.index.request.DropIndexReq;
import io.milvus.v2.service.index.request.ListIndexesReq;
import io.milvus.v2.service.index.response.DescribeIndexResp;
import io.milvus.v2.service.partition.request.CreatePartitionReq;
import io.milvus.v2.service.partition.request.DropPartitionReq;
import io.milvus.v2.service.partition.request.HasPartitionReq;
import io.milvus.v2.service.partition.request.ListPartitionsReq;
import io.milvus.v2.service.partition.request.ReleasePartitionsReq;
import io.milvus.v2.service.utility.request.AlterAliasReq;
import io.milvus.v2.service.utility.request.CreateAliasReq;
import io.milvus.v2.service.utility.request.DropAliasReq;
import io.milvus.v2.service.utility.request.ListAliasesReq;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The operations on what holds the data: databases, collections, aliases, partitions, indexes. */
abstract class SchemaClient extends BaseClient {
  SchemaClient(ClientCore core, @Nullable Duration deadline) {
    super(core, deadline);
  }

  // ---- databases

  @Override
  public void createDatabase(String database) {
    Checks.notBlank("database", database);
    CreateDatabaseReq request = CreateDatabaseReq.builder().databaseName(database).build();
    tell(Operation.CREATE_DATABASE, sdk -> sdk.createDatabase(request));
  }

  @Override
  public void dropDatabase(String database) {
    Checks.notBlank("database", database);
    DropDatabaseReq request = DropDatabaseReq.builder().databaseName(database).build();
    tell(Operation.DROP_DATABASE, sdk -> sdk.dropDatabase(request));
  }

  @Override
  public void useDatabase(String database) {
    Checks.notBlank("database", database);
    core().useDatabase(database, deadlineOf(Operation.USE_DATABASE));
  }

  @Override
  public List<String> listDatabases() {
    return ask(Operation.LIST_DATABASES, sdk -> sdk.listDatabases().getDatabaseNames());
  }

  // ---- collections

  @Override
  public void createCollection(CreateCollectionReq request) {
    Checks.notNull("request", request);
    tell(Operation.CREATE_COLLECTION, sdk -> sdk.createCollection(request));
  }

  @Override
  public void createCollection(
      String collection, CreateCollectionReq.CollectionSchema schema, int numShards) {
    Checks.notBlank("collection", collection);
    Checks.notNull("schema", schema);
    Checks.requireAtLeast("numShards", 1, numShards);
    createCollection(
        CreateCollectionReq.builder()
            .collectionName(collection)
            .collectionSchema(schema)
            .enableDynamicField(schema.isEnableDynamicField())
            .numShards(numShards)
            .build());
  }

  @Override
  public void dropCollection(String collection) {
    Checks.notBlank("collection", collection);
    DropCollectionReq request = DropCollectionReq.builder().collectionName(collection).build();
    tell(Operation.DROP_COLLECTION, sdk -> sdk.dropCollection(request));
  }

  @Override
  public boolean hasCollection(String collection) {
    Checks.notBlank("collection", collection);
    HasCollectionReq request = HasCollectionReq.builder().collectionName(collection).build();
    return ask(Operation.HAS_COLLECTION, sdk -> sdk.hasCollection(request));
  }

  @Override
  public void loadCollection(String collection) {
    loadCollection(collection, percent -> {});
  }

  @Override
  public void loadCollection(String collection, ProgressListener progress) {
    Checks.notBlank("collection", collection);
    Checks.notNull("progress", progress);
    run(
        Operation.LOAD_COLLECTION,
        call -> {
          new Polling(call).loadCollection(collection, progress);
          return true;
        });
  }

  @Override
  public void releaseCollection(String collection) {
    Checks.notBlank("collection", collection);
    ReleaseCollectionReq request =
        ReleaseCollectionReq.builder().collectionName(collection).build();
    tell(Operation.RELEASE_COLLECTION, sdk -> sdk.releaseCollection(request));
  }

  @Override
  public GetCollectionStatsResp getCollectionStats(String collection) {
    Checks.notBlank("collection", collection);
    GetCollectionStatsReq request =
        GetCollectionStatsReq.builder().collectionName(collection).build();
    return ask(Operation.GET_COLLECTION_STATS, sdk -> sdk.getCollectionStats(request));
  }

  @Override
  public DescribeCollectionResp describeCollection(String collection) {
    Checks.notBlank("collection", collection);
    DescribeCollectionReq request =
        DescribeCollectionReq.builder().collectionName(collection).build();
    return ask(Operation.DESCRIBE_COLLECTION, sdk -> sdk.describeCollection(request));
  }

  @Override
  public List<String> listCollections() {
    return ask(Operation.LIST_COLLECTIONS, sdk -> sdk.listCollections().getCollectionNames());
  }

  // ---- aliases

  @Override
  public void createAlias(String collection, String alias) {
    Checks.notBlank("collection", collection);
    Checks.notBlank("alias", alias);
    CreateAliasReq request =
        CreateAliasReq.builder().collectionName(collection).alias(alias).build();
    tell(Operation.CREATE_ALIAS, sdk -> sdk.createAlias(request));
  }

  @Override
  public void alterAlias(String collection, String alias) {
    Checks.notBlank("collection", collection);
    Checks.notBlank("alias", alias);
    AlterAliasReq request = AlterAliasReq.builder().collectionName(collection).alias(alias).build();
    tell(Operation.ALTER_ALIAS, sdk -> sdk.alterAlias(request));
  }

  @Override
  public void dropAlias(String alias) {
    Checks.notBlank("alias", alias);
    DropAliasReq request = DropAliasReq.builder().alias(alias).build();
    tell(Operation.DROP_ALIAS, sdk -> sdk.dropAlias(request));
  }

  @Override
  public List<String> listAliases(String collection) {
    Checks.notBlank("collection", collection);
    ListAliasesReq request = ListAliasesReq.builder().collectionName(collection).build();
    return ask(Operation.LIST_ALIASES, sdk -> sdk.listAliases(request).getAlias());
  }

  // ---- partitions

  @Override
  public void createPartition(String collection, String partition) {
    Checks.notBlank("collection", collection);
    Checks.notBlank("partition", partition);
    CreatePartitionReq request =
        CreatePartitionReq.builder().collectionName(collection).partitionName(partition).build();
    tell(Operation.CREATE_PARTITION, sdk -> sdk.createPartition(request));
  }

  @Override
  public void dropPartition(String collection, String partition) {
    Checks.notBlank("collection", collection);
    Checks.notBlank("partition", partition);
    DropPartitionReq request =
        DropPartitionReq.builder().collectionName(collection).partitionName(partition).build();
    tell(Operation.DROP_PARTITION, sdk -> sdk.dropPartition(request));
  }

  @Override
  public boolean hasPartition(String collection, String partition) {
    Checks.notBlank("collection", collection);
    Checks.notBlank("partition", partition);
    HasPartitionReq request =
        HasPartitionReq.builder().collectionName(collection).partitionName(partition).build();
    return ask(Operation.HAS_PARTITION, sdk -> sdk.hasPartition(request));
  }

  @Override
  public void loadPartitions(String collection, List<String> partitions) {
    Checks.notBlank("collection", collection);
    List<String> names = Checks.names("partitions", partitions);
    run(
        Operation.LOAD_PARTITIONS,
        call -> {
          new Polling(call).loadPartitions(collection, names);
          return true;
        });
  }

  @Override
  public void releasePartitions(String collection, List<String> partitions) {
    Checks.notBlank("collection", collection);
    List<String> names = Checks.names("partitions", partitions);
    ReleasePartitionsReq request =
        ReleasePartitionsReq.builder().collectionName(collection).partitionNames(names).build();
    tell(Operation.RELEASE_PARTITIONS, sdk -> sdk.releasePartitions(request));
  }

  @Override
  public List<String> listPartitions(String collection) {
    Checks.notBlank("collection", collection);
    ListPartitionsReq request = ListPartitionsReq.builder().collectionName(collection).build();
    return ask(Operation.LIST_PARTITIONS, sdk -> sdk.listPartitions(request));
  }

  // ---- indexes

  @Override
  public void createIndex(CreateIndexReq request) {
    createIndexes(request, percent -> {});
  }

  @Override
  public void createIndex(String collection, IndexParam index) {
    createIndex(collection, index, percent -> {});
  }

  @Override
  public void createIndex(String collection, IndexParam index, ProgressListener progress) {
    Checks.notBlank("collection", collection);
    Checks.notNull("index", index);
    createIndexes(
        CreateIndexReq.builder().collectionName(collection).indexParams(List.of(index)).build(),
        progress);
  }

  private void createIndexes(CreateIndexReq request, ProgressListener progress) {
    Checks.notNull("request", request);
    Checks.notEmpty("indexParams", request.getIndexParams());
    Checks.notNull("progress", progress);
    run(
        Operation.CREATE_INDEX,
        call -> {
          new Polling(call).createIndexes(request, progress);
          return true;
        });
  }

  @Override
  public void dropIndex(String collection, String indexName) {
    Checks.notBlank("collection", collection);
    Checks.notBlank("indexName", indexName);
    DropIndexReq request =
        DropIndexReq.builder().collectionName(collection).indexName(indexName).build();
    tell(Operation.DROP_INDEX, sdk -> sdk.dropIndex(request));
  }

  @Override
  public DescribeIndexResp describeIndex(String collection, String indexName) {
    Checks.notBlank("collection", collection);
    Checks.notBlank("indexName", indexName);
    DescribeIndexReq request =
        DescribeIndexReq.builder().collectionName(collection).indexName(indexName).build();
    return ask(Operation.DESCRIBE_INDEX, sdk -> sdk.describeIndex(request));
  }

  @Override
  public List<String> listIndexes(String collection) {
    Checks.notBlank("collection", collection);
    ListIndexesReq request = ListIndexesReq.builder().collectionName(collection).build();
    return ask(Operation.LIST_INDEXES, sdk -> sdk.listIndexes(request));
  }
}
