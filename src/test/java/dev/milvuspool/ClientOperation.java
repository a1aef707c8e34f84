package dev.milvuspool;

import dev.milvuspool.scripted.ScriptedMilvus;
import io.milvus.v2.common.IndexParam;
import io.milvus.v2.service.collection.request.HasCollectionReq;
import io.milvus.v2.service.index.request.CreateIndexReq;
import io.milvus.v2.service.vector.request.AnnSearchReq;
import io.milvus.v2.service.vector.request.GetReq;
import io.milvus.v2.service.vector.request.HybridSearchReq;
import io.milvus.v2.service.vector.request.QueryIteratorReq;
import io.milvus.v2.service.vector.request.QueryReq;
import io.milvus.v2.service.vector.request.SearchIteratorReqV2;
import io.milvus.v2.service.vector.request.UpsertReq;
import io.milvus.v2.service.vector.request.data.FloatVec;
import io.milvus.v2.service.vector.request.ranker.RRFRanker;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * Every operation of a client, as it succeeds on {@link #server()}, with the RPC that does it and
 * whether it may be sent again after its connection was lost.
 */
enum ClientOperation {
  CREATE_DATABASE("CreateDatabase", false, client -> client.createDatabase("new")),
  DROP_DATABASE("DropDatabase", false, client -> client.dropDatabase("old")),
  LIST_DATABASES("ListDatabases", true, Client::listDatabases),
  CREATE_COLLECTION(
      "CreateCollection", false, client -> client.createCollection("new", Samples.schema(), 1)),
  DROP_COLLECTION("DropCollection", false, client -> client.dropCollection("old")),
  HAS_COLLECTION("HasCollection", true, client -> client.hasCollection("items")),
  LOAD_COLLECTION("LoadCollection", true, client -> client.loadCollection("items")),
  RELEASE_COLLECTION("ReleaseCollection", true, client -> client.releaseCollection("items")),
  GET_COLLECTION_STATS(
      "GetCollectionStatistics", true, client -> client.getCollectionStats("items")),
  DESCRIBE_COLLECTION("DescribeCollection", true, client -> client.describeCollection("items")),
  LIST_COLLECTIONS("ShowCollections", true, Client::listCollections),
  CREATE_ALIAS("CreateAlias", false, client -> client.createAlias("items", "new_alias")),
  ALTER_ALIAS("AlterAlias", false, client -> client.alterAlias("items", "alias")),
  DROP_ALIAS("DropAlias", false, client -> client.dropAlias("old_alias")),
  LIST_ALIASES("ListAliases", true, client -> client.listAliases("items")),
  CREATE_PARTITION("CreatePartition", false, client -> client.createPartition("items", "new")),
  DROP_PARTITION("DropPartition", false, client -> client.dropPartition("items", "old")),
  HAS_PARTITION("HasPartition", true, client -> client.hasPartition("items", "part")),
  LOAD_PARTITIONS(
      "LoadPartitions", true, client -> client.loadPartitions("items", List.of("part"))),
  RELEASE_PARTITIONS(
      "ReleasePartitions", true, client -> client.releasePartitions("items", List.of("part"))),
  LIST_PARTITIONS("ShowPartitions", true, client -> client.listPartitions("items")),
  CREATE_INDEX(
      "CreateIndex",
      false,
      client ->
          client.createIndex(
              CreateIndexReq.builder()
                  .collectionName("new_index")
                  .indexParams(List.of(index()))
                  .build())),
  DROP_INDEX("DropIndex", false, client -> client.dropIndex("old_index", "vector_index")),
  DESCRIBE_INDEX("DescribeIndex", true, client -> client.describeIndex("items", "vector_index")),
  LIST_INDEXES("DescribeIndex", true, client -> client.listIndexes("items")),
  INSERT("Insert", false, client -> client.insert("items", Samples.rows(1, 2))),
  UPSERT(
      "Upsert",
      false,
      client ->
          client.upsert(
              UpsertReq.builder().collectionName("items").data(Samples.rows(1, 2)).build())),
  DELETE("Delete", false, client -> client.delete("items", "id > 0")),
  SEARCH("Search", true, client -> client.search(Samples.nearestTo("items", 1).build())),
  HYBRID_SEARCH("HybridSearch", true, client -> client.hybridSearch(hybrid())),
  QUERY(
      "Query",
      true,
      client -> client.query(QueryReq.builder().collectionName("items").filter("id > 0").build())),
  GET(
      "Query",
      true,
      client -> client.get(GetReq.builder().collectionName("items").ids(List.of(1L)).build())),
  QUERY_ITERATOR("Query", true, client -> client.queryIterator(allRows())),
  SEARCH_ITERATOR("Search", true, client -> client.searchIterator(nearest())),
  FLUSH("Flush", false, client -> client.flush("items")),
  COMPACT("ManualCompaction", false, client -> client.compact("items")),
  CALL(
      "HasCollection",
      true,
      client ->
          client.call(
              sdk ->
                  sdk.hasCollection(HasCollectionReq.builder().collectionName("items").build()))),
  USE_DATABASE("ListDatabases", true, client -> client.useDatabase("default"));

  private final String rpc;
  private final boolean repeatable;
  private final Consumer<Client> action;

  ClientOperation(String rpc, boolean repeatable, Consumer<Client> action) {
    this.rpc = rpc;
    this.repeatable = repeatable;
    this.action = action;
  }

  /** A server with all that the operations need. */
  static ScriptedMilvus server() {
    ScriptedMilvus server = ScriptedMilvus.start().databases("default", "other", "old");
    try (Client client =
        Client.connect(ClientOptions.builder().withAddress(server.address()).build())) {
      for (String collection : List.of("items", "old", "old_index", "new_index")) {
        client.createCollection(collection, Samples.schema(), 1);
      }
      client.createAlias("items", "alias");
      client.createAlias("items", "old_alias");
      client.createPartition("items", "part");
      client.createPartition("items", "old");
      client.createIndex("items", index());
      client.createIndex("old_index", index());
    }
    server.resetCounts();
    return server;
  }

  /** For a client of the server: without health checks, and quick to reconnect. */
  static ClientOptions.Builder options(ScriptedMilvus server) {
    return ClientOptions.builder()
        .withAddress(server.address())
        .withHealthCheckInterval(Duration.ZERO)
        .withReconnectBackoff(Duration.ofMillis(5), Duration.ofMillis(50));
  }

  /** The RPC that does it; others may go before. */
  String rpc() {
    return rpc;
  }

  /** Whether it may be sent again when nobody knows whether it was carried out. */
  boolean isRepeatable() {
    return repeatable;
  }

  void on(Client client) {
    action.accept(client);
  }

  static Stream<ClientOperation> repeatable() {
    return Arrays.stream(values()).filter(ClientOperation::isRepeatable);
  }

  /** What must not be carried out twice. {@code useDatabase} dials and has no RPC of its own. */
  static Stream<ClientOperation> writes() {
    return Arrays.stream(values()).filter(operation -> !operation.isRepeatable());
  }

  static IndexParam index() {
    return Samples.index();
  }

  static QueryIteratorReq allRows() {
    return QueryIteratorReq.builder()
        .collectionName("items")
        .expr("id > 0")
        .outputFields(List.of("id"))
        .batchSize(2L)
        .build();
  }

  static SearchIteratorReqV2 nearest() {
    return SearchIteratorReqV2.builder()
        .collectionName("items")
        .vectorFieldName("vector")
        .vectors(List.of(vector()))
        .batchSize(2L)
        .build();
  }

  private static HybridSearchReq hybrid() {
    return HybridSearchReq.builder()
        .collectionName("items")
        .searchRequests(
            List.of(
                AnnSearchReq.builder()
                    .vectorFieldName("vector")
                    .vectors(List.of(vector()))
                    .limit(3)
                    .build()))
        .ranker(RRFRanker.builder().k(60).build())
        .limit(3)
        .build();
  }

  private static FloatVec vector() {
    return new FloatVec(new float[Samples.DIMENSION]);
  }
}
