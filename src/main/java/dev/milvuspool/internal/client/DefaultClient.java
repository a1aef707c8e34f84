package dev.milvuspool.internal.client;

import static dev.milvuspool.internal.client.Operation.*;
import static dev.milvuspool.internal.common.Checks.notBlank;
import static dev.milvuspool.internal.common.Checks.notEmpty;
import static dev.milvuspool.internal.common.Checks.notNull;

import com.google.gson.JsonObject;
import dev.milvuspool.Client;
import dev.milvuspool.ClientHealth;
import dev.milvuspool.ClientOptions;
import dev.milvuspool.ClientState;
import dev.milvuspool.ProgressListener;
import dev.milvuspool.internal.common.Checks;
import io.milvus.orm.iterator.QueryIterator;
import io.milvus.orm.iterator.SearchIteratorV2;
import io.milvus.v2.client.MilvusClientV2;
import io.milvus.v2.common.IndexParam;
import io.milvus.v2.service.collection.request.*;
import io.milvus.v2.service.collection.response.DescribeCollectionResp;
import io.milvus.v2.service.collection.response.GetCollectionStatsResp;
import io.milvus.v2.service.database.request.*;
import io.milvus.v2.service.index.request.*;
import io.milvus.v2.service.index.response.DescribeIndexResp;
import io.milvus.v2.service.partition.request.*;
import io.milvus.v2.service.utility.request.*;
import io.milvus.v2.service.vector.request.*;
import io.milvus.v2.service.vector.response.*;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The implementation of {@link Client}: checks the arguments of each operation and runs it on the
 * SDK client of its database. A view has another deadline or database, and shares all else.
 */
public final class DefaultClient implements Client {
  private static final Duration HEALTH_TIMEOUT = Duration.ofSeconds(1);

  private final ClientCore core;
  private final @Nullable String viewedDatabase;
  private final @Nullable Duration viewedDeadline;

  /** The client itself. */
  public DefaultClient(ClientCore core) {
    this(core, null, null);
  }

  private DefaultClient(
      ClientCore core, @Nullable String viewedDatabase, @Nullable Duration viewedDeadline) {
    this.core = core;
    this.viewedDatabase = viewedDatabase;
    this.viewedDeadline = viewedDeadline;
  }

  /** What its views share. */
  public ClientCore core() {
    return core;
  }

  private String database() {
    return viewedDatabase == null ? core.database() : viewedDatabase;
  }

  private Duration deadline(Operation operation) {
    return viewedDeadline == null ? operation.deadline(core.options()) : viewedDeadline;
  }

  private <T> T ask(
      Operation operation, @Nullable String collection, Function<MilvusClientV2, T> work) {
    String database = database(); // the call keeps the one that it began with
    MilvusClientV2 sdk = core.sdk(database);
    Duration deadline = deadline(operation);
    return core.calls().run(operation, deadline, database, collection, () -> work.apply(sdk));
  }

  private void run(
      Operation operation, @Nullable String collection, Consumer<MilvusClientV2> work) {
    ask(
        operation,
        collection,
        sdk -> {
          work.accept(sdk);
          return true;
        });
  }

  private void poll(Operation operation, String collection, Consumer<Polling> work) {
    run(operation, collection, sdk -> work.accept(new Polling(core.supervisor(), sdk, operation)));
  }

  // ---- the client itself

  @Override
  public String name() {
    return core.name();
  }

  @Override
  public ClientOptions options() {
    return core.options();
  }

  @Override
  public ClientState state() {
    return core.state();
  }

  @Override
  public ClientHealth health() {
    return health(HEALTH_TIMEOUT);
  }

  @Override
  public ClientHealth health(Duration timeout) {
    return core.health(Checks.positive(timeout, "timeout"));
  }

  @Override
  public Client withDeadline(Duration deadline) {
    core.requireOpen();
    return new DefaultClient(core, viewedDatabase, Checks.positive(deadline, "deadline"));
  }

  @Override
  public Client withDatabase(String database) {
    core.requireOpen();
    return new DefaultClient(core, notBlank("database", database), viewedDeadline);
  }

  @Override
  public <T> T call(Function<MilvusClientV2, T> operation) {
    return ask(CALL, null, notNull("operation", operation));
  }

  @Override
  public MilvusClientV2 unwrap() {
    core.requireOpen();
    return core.sdk(database());
  }

  @Override
  public String currentDatabase() {
    core.requireOpen();
    return database();
  }

  @Override
  public void close() {
    core.close();
  }

  @Override
  public String toString() {
    return core.supervisor().toString();
  }

  // ---- databases

  @Override
  public void createDatabase(String database) {
    var request = CreateDatabaseReq.builder().databaseName(notBlank("database", database)).build();
    run(CREATE_DATABASE, null, sdk -> sdk.createDatabase(request));
  }

  @Override
  public void dropDatabase(String database) {
    var request = DropDatabaseReq.builder().databaseName(notBlank("database", database)).build();
    run(DROP_DATABASE, null, sdk -> sdk.dropDatabase(request));
  }

  @Override
  public void useDatabase(String database) {
    notBlank("database", database);
    if (viewedDatabase != null) {
      throw new UnsupportedOperationException(
          "client "
              + name()
              + ": this is a view of database "
              + viewedDatabase
              + " and stays on it; use withDatabase(\""
              + database
              + "\") for another view, or useDatabase of the client itself");
    }
    core.useDatabase(database, deadline(USE_DATABASE));
  }

  @Override
  public List<String> listDatabases() {
    return ask(LIST_DATABASES, null, sdk -> sdk.listDatabases().getDatabaseNames());
  }

  // ---- collections

  @Override
  public void createCollection(CreateCollectionReq request) {
    notNull("request", request);
    run(CREATE_COLLECTION, request.getCollectionName(), sdk -> sdk.createCollection(request));
  }

  @Override
  public void createCollection(
      String collection, CreateCollectionReq.CollectionSchema schema, int numShards) {
    if (numShards < 1) {
      throw new IllegalArgumentException("numShards must be at least 1: " + numShards);
    }
    createCollection(
        CreateCollectionReq.builder()
            .collectionName(notBlank("collection", collection))
            .collectionSchema(notNull("schema", schema))
            .enableDynamicField(schema.isEnableDynamicField())
            .numShards(numShards)
            .build());
  }

  @Override
  public void dropCollection(String collection) {
    var request = DropCollectionReq.builder().collectionName(collection(collection)).build();
    run(DROP_COLLECTION, collection, sdk -> sdk.dropCollection(request));
  }

  @Override
  public boolean hasCollection(String collection) {
    var request = HasCollectionReq.builder().collectionName(collection(collection)).build();
    return ask(HAS_COLLECTION, collection, sdk -> sdk.hasCollection(request));
  }

  @Override
  public void loadCollection(String collection) {
    loadCollection(collection, percent -> {});
  }

  @Override
  public void loadCollection(String collection, ProgressListener progress) {
    collection(collection);
    notNull("progress", progress);
    poll(LOAD_COLLECTION, collection, poll -> poll.loadCollection(collection, progress));
  }

  @Override
  public void releaseCollection(String collection) {
    var request = ReleaseCollectionReq.builder().collectionName(collection(collection)).build();
    run(RELEASE_COLLECTION, collection, sdk -> sdk.releaseCollection(request));
  }

  @Override
  public GetCollectionStatsResp getCollectionStats(String collection) {
    var request = GetCollectionStatsReq.builder().collectionName(collection(collection)).build();
    return ask(GET_COLLECTION_STATS, collection, sdk -> sdk.getCollectionStats(request));
  }

  @Override
  public DescribeCollectionResp describeCollection(String collection) {
    var request = DescribeCollectionReq.builder().collectionName(collection(collection)).build();
    return ask(DESCRIBE_COLLECTION, collection, sdk -> sdk.describeCollection(request));
  }

  @Override
  public List<String> listCollections() {
    return ask(LIST_COLLECTIONS, null, sdk -> sdk.listCollections().getCollectionNames());
  }

  private static String collection(String collection) {
    return notBlank("collection", collection);
  }

  // ---- aliases

  @Override
  public void createAlias(String collection, String alias) {
    var request =
        CreateAliasReq.builder()
            .collectionName(collection(collection))
            .alias(notBlank("alias", alias))
            .build();
    run(CREATE_ALIAS, collection, sdk -> sdk.createAlias(request));
  }

  @Override
  public void alterAlias(String collection, String alias) {
    var request =
        AlterAliasReq.builder()
            .collectionName(collection(collection))
            .alias(notBlank("alias", alias))
            .build();
    run(ALTER_ALIAS, collection, sdk -> sdk.alterAlias(request));
  }

  @Override
  public void dropAlias(String alias) {
    var request = DropAliasReq.builder().alias(notBlank("alias", alias)).build();
    run(DROP_ALIAS, null, sdk -> sdk.dropAlias(request));
  }

  @Override
  public List<String> listAliases(String collection) {
    var request = ListAliasesReq.builder().collectionName(collection(collection)).build();
    return ask(LIST_ALIASES, collection, sdk -> sdk.listAliases(request).getAlias());
  }

  // ---- partitions

  @Override
  public void createPartition(String collection, String partition) {
    var request =
        CreatePartitionReq.builder()
            .collectionName(collection(collection))
            .partitionName(notBlank("partition", partition))
            .build();
    run(CREATE_PARTITION, collection, sdk -> sdk.createPartition(request));
  }

  @Override
  public void dropPartition(String collection, String partition) {
    var request =
        DropPartitionReq.builder()
            .collectionName(collection(collection))
            .partitionName(notBlank("partition", partition))
            .build();
    run(DROP_PARTITION, collection, sdk -> sdk.dropPartition(request));
  }

  @Override
  public boolean hasPartition(String collection, String partition) {
    var request =
        HasPartitionReq.builder()
            .collectionName(collection(collection))
            .partitionName(notBlank("partition", partition))
            .build();
    return ask(HAS_PARTITION, collection, sdk -> sdk.hasPartition(request));
  }

  @Override
  public void loadPartitions(String collection, List<String> partitions) {
    collection(collection);
    List<String> names = Checks.names("partitions", partitions);
    poll(LOAD_PARTITIONS, collection, poll -> poll.loadPartitions(collection, names));
  }

  @Override
  public void releasePartitions(String collection, List<String> partitions) {
    var request =
        ReleasePartitionsReq.builder()
            .collectionName(collection(collection))
            .partitionNames(Checks.names("partitions", partitions))
            .build();
    run(RELEASE_PARTITIONS, collection, sdk -> sdk.releasePartitions(request));
  }

  @Override
  public List<String> listPartitions(String collection) {
    var request = ListPartitionsReq.builder().collectionName(collection(collection)).build();
    return ask(LIST_PARTITIONS, collection, sdk -> sdk.listPartitions(request));
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
    collection(collection);
    notNull("index", index);
    createIndexes(
        CreateIndexReq.builder().collectionName(collection).indexParams(List.of(index)).build(),
        progress);
  }

  private void createIndexes(CreateIndexReq request, ProgressListener progress) {
    notNull("request", request);
    notEmpty("indexParams", request.getIndexParams());
    notNull("progress", progress);
    poll(CREATE_INDEX, request.getCollectionName(), poll -> poll.createIndexes(request, progress));
  }

  @Override
  public void dropIndex(String collection, String indexName) {
    var request =
        DropIndexReq.builder()
            .collectionName(collection(collection))
            .indexName(notBlank("indexName", indexName))
            .build();
    run(DROP_INDEX, collection, sdk -> sdk.dropIndex(request));
  }

  @Override
  public DescribeIndexResp describeIndex(String collection, String indexName) {
    var request =
        DescribeIndexReq.builder()
            .collectionName(collection(collection))
            .indexName(notBlank("indexName", indexName))
            .build();
    return ask(DESCRIBE_INDEX, collection, sdk -> sdk.describeIndex(request));
  }

  @Override
  public List<String> listIndexes(String collection) {
    var request = ListIndexesReq.builder().collectionName(collection(collection)).build();
    return ask(LIST_INDEXES, collection, sdk -> sdk.listIndexes(request));
  }

  // ---- data

  /** Else the SDK throws a NullPointerException, or sends what no server can carry out. */
  private static String named(@Nullable String collection) {
    return notBlank("collectionName", collection);
  }

  private static void rows(String argument, @Nullable List<JsonObject> rows) {
    String each = "each of " + argument; // made once, not for each row
    notEmpty(argument, rows).forEach(row -> notNull(each, row));
  }

  @Override
  public InsertResp insert(InsertReq request) {
    rows("data", notNull("request", request).getData());
    return insertChecked(request);
  }

  private InsertResp insertChecked(InsertReq request) {
    return ask(INSERT, named(request.getCollectionName()), sdk -> sdk.insert(request));
  }

  @Override
  public InsertResp insert(String collection, List<JsonObject> rows) {
    collection(collection);
    rows("rows", rows);
    return insertChecked(InsertReq.builder().collectionName(collection).data(rows).build());
  }

  @Override
  public InsertResp insert(String collection, String partition, List<JsonObject> rows) {
    collection(collection);
    notBlank("partition", partition);
    rows("rows", rows);
    return insertChecked(
        InsertReq.builder().collectionName(collection).partitionName(partition).data(rows).build());
  }

  @Override
  public UpsertResp upsert(UpsertReq request) {
    rows("data", notNull("request", request).getData());
    return ask(UPSERT, named(request.getCollectionName()), sdk -> sdk.upsert(request));
  }

  @Override
  public DeleteResp delete(DeleteReq request) {
    notNull("request", request);
    if (request.getFilter() == null && (request.getIds() == null || request.getIds().isEmpty())) {
      throw new IllegalArgumentException("filter or ids must be set");
    }
    return ask(DELETE, named(request.getCollectionName()), sdk -> sdk.delete(request));
  }

  @Override
  public DeleteResp delete(String collection, String filter) {
    return delete(
        DeleteReq.builder()
            .collectionName(collection(collection))
            .filter(notBlank("filter", filter))
            .build());
  }

  @Override
  public DeleteResp delete(String collection, String partition, String filter) {
    return delete(
        DeleteReq.builder()
            .collectionName(collection(collection))
            .partitionName(notBlank("partition", partition))
            .filter(notBlank("filter", filter))
            .build());
  }

  @Override
  public SearchResp search(SearchReq request) {
    notNull("request", request);
    return ask(SEARCH, named(request.getCollectionName()), sdk -> sdk.search(request));
  }

  @Override
  public SearchResp hybridSearch(HybridSearchReq request) {
    notNull("request", request);
    return ask(HYBRID_SEARCH, named(request.getCollectionName()), sdk -> sdk.hybridSearch(request));
  }

  @Override
  public QueryResp query(QueryReq request) {
    notNull("request", request);
    return ask(QUERY, named(request.getCollectionName()), sdk -> sdk.query(request));
  }

  @Override
  public GetResp get(GetReq request) {
    notNull("request", request);
    return ask(GET, named(request.getCollectionName()), sdk -> sdk.get(request));
  }

  @Override
  public QueryIterator queryIterator(QueryIteratorReq request) {
    notNull("request", request);
    return ask(
        QUERY_ITERATOR, named(request.getCollectionName()), sdk -> sdk.queryIterator(request));
  }

  @Override
  public SearchIteratorV2 searchIterator(SearchIteratorReqV2 request) {
    notNull("request", request);
    return ask(
        SEARCH_ITERATOR, named(request.getCollectionName()), sdk -> sdk.searchIteratorV2(request));
  }

  // ---- maintenance

  @Override
  public void flush(String... collections) {
    List<String> names =
        Checks.names("collections", collections == null ? null : Arrays.asList(collections));
    var request =
        FlushReq.builder().collectionNames(new ArrayList<>(names)).waitFlushedTimeoutMs(0L).build();
    run(FLUSH, names.size() == 1 ? names.get(0) : null, sdk -> sdk.flush(request));
  }

  @Override
  public long compact(String collection) {
    var request = CompactReq.builder().collectionName(collection(collection)).build();
    return ask(COMPACT, collection, sdk -> sdk.compact(request).getCompactionID());
  }
}
