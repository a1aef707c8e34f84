package dev.milvuspool;

import com.google.gson.JsonObject;
import dev.milvuspool.internal.pool.StandaloneClient;
import io.milvus.orm.iterator.QueryIterator;
import io.milvus.orm.iterator.SearchIteratorV2;
import io.milvus.v2.client.MilvusClientV2;
import io.milvus.v2.common.IndexParam;
import io.milvus.v2.service.collection.request.CreateCollectionReq;
import io.milvus.v2.service.collection.response.DescribeCollectionResp;
import io.milvus.v2.service.collection.response.GetCollectionStatsResp;
import io.milvus.v2.service.index.request.CreateIndexReq;
import io.milvus.v2.service.index.response.DescribeIndexResp;
import io.milvus.v2.service.vector.request.DeleteReq;
import io.milvus.v2.service.vector.request.GetReq;
import io.milvus.v2.service.vector.request.HybridSearchReq;
import io.milvus.v2.service.vector.request.InsertReq;
import io.milvus.v2.service.vector.request.QueryIteratorReq;
import io.milvus.v2.service.vector.request.QueryReq;
import io.milvus.v2.service.vector.request.SearchIteratorReqV2;
import io.milvus.v2.service.vector.request.SearchReq;
import io.milvus.v2.service.vector.request.UpsertReq;
import io.milvus.v2.service.vector.response.DeleteResp;
import io.milvus.v2.service.vector.response.GetResp;
import io.milvus.v2.service.vector.response.InsertResp;
import io.milvus.v2.service.vector.response.QueryResp;
import io.milvus.v2.service.vector.response.SearchResp;
import io.milvus.v2.service.vector.response.UpsertResp;
import java.time.Duration;
import java.util.List;
import java.util.function.Function;

/**
 * A client of one Milvus: a stable handle, while connections behind it come and go. Thread-safe;
 * keep it as long as you like, or get it from the pool each time.
 *
 * <p>Every operation is named as in {@link MilvusClientV2} and ends within its deadline ({@link
 * ClientOptions#deadline()} or {@link ClientOptions#adminDeadline()}), retries included, whatever
 * the server does. What is retried is the single request to the server, never a method or a
 * function: reads after a lost connection or a "try later", writes only if they were certainly not
 * carried out. Every operation throws
 *
 * <ul>
 *   <li>{@link ClientTimeoutException} when the deadline passed,
 *   <li>{@link ClientUnavailableException} when no connection works, or it was lost during a write,
 *   <li>{@link ClientClosedException} when the client is closed,
 *   <li>{@code MilvusClientException} of the SDK, unchanged, for what the server says about the
 *       request,
 *   <li>{@link IllegalArgumentException} immediately for an argument that is null, blank, empty or
 *       negative where it must not be.
 * </ul>
 *
 * <p>A row is a {@link JsonObject} with field names as keys. A float vector is in a row an array of
 * as many numbers as its field has dimensions, and in a search a {@code FloatVec} of as many.
 *
 * <pre>{@code
 * client.insert("articles", rows);
 * SearchResp hits =
 *     client.search(
 *         SearchReq.builder()
 *             .collectionName("articles")
 *             .data(List.of(new FloatVec(vector)))
 *             .limit(5)
 *             .build());
 * }</pre>
 */
public interface Client extends AutoCloseable {
  /**
   * Connects a client that belongs to no pool. Its name is its address.
   *
   * @param options where and how
   * @return a client to be closed by the caller
   * @throws ClientConnectException if it cannot connect; nothing stays open
   * @throws IllegalArgumentException if the options are null
   * @throws MilvusPoolException if the thread is interrupted; its flag stays set
   */
  static Client connect(ClientOptions options) {
    return StandaloneClient.connect(options);
  }

  /** {@return the name in the pool, or the address of a standalone client} */
  String name();

  /** {@return the options in use; after {@link MilvusPool#replace} the new ones} */
  ClientOptions options();

  /** {@return what the client can do at the moment, without asking the server} */
  ClientState state();

  /**
   * Asks the server, for 1 second at most. A lazy client that has not connected yet connects for
   * it; for a client that is down, the answer is what the latest attempt to connect found.
   *
   * @return the health, also of a server that is dead
   * @throws ClientClosedException if the client is closed
   */
  ClientHealth health();

  /**
   * Asks the server. A lazy client that has not connected yet connects for it; for a client that is
   * down, the answer is what the latest attempt to connect found.
   *
   * @param timeout above zero
   * @return the health, also of a server that is dead
   * @throws ClientClosedException if the client is closed
   * @throws IllegalArgumentException if the timeout is null or not above zero
   */
  ClientHealth health(Duration timeout);

  /**
   * The same client with another deadline for every operation, admin operations included. The view
   * is light, shares the connections, and closing it closes the client.
   *
   * @param deadline above zero
   * @return a view
   * @throws ClientClosedException if the client is closed
   * @throws IllegalArgumentException if the deadline is null or not above zero
   */
  Client withDeadline(Duration deadline);

  /**
   * The same client on another database, over the same connections: a thousand tenants cost one
   * connection. The view is light. It opens nothing and does not ask whether the database is there:
   * if it is not, the first call fails with the server's error. Views combine, in either order:
   *
   * <pre>{@code
   * Client tenant = client.withDatabase("tenant_7").withDeadline(Duration.ofMillis(200));
   * }</pre>
   *
   * <p>A view stays on its database: {@link #useDatabase} on it is an {@link
   * UnsupportedOperationException}. Closing a view closes the client.
   *
   * @param database its name, not blank
   * @return a view
   * @throws ClientClosedException if the client is closed
   * @throws IllegalArgumentException if the name is null or blank
   */
  Client withDatabase(String database);

  /**
   * Runs any SDK operation under this client's deadline, drain and error mapping. The function runs
   * once; its requests are retried one by one, by the same rules as those of this interface. All of
   * them go to the database that the call began with. What the function throws itself passes
   * through unchanged.
   *
   * <p>At the deadline its request is cancelled and the thread interrupted. The SDK client is the
   * one that {@link #unwrap()} returns, with the same limits. A function that ignores the interrupt
   * is not cut off.
   *
   * @param operation called once, on this thread
   * @param <T> what it returns
   * @return what the function returned
   * @throws ClientTimeoutException if the deadline passed
   * @throws ClientUnavailableException if no connection works, or one was lost during a write: then
   *     the outcome is unknown
   * @throws ClientClosedException if the client is closed
   * @throws IllegalArgumentException if the function is null
   */
  <T> T call(Function<MilvusClientV2, T> operation);

  /**
   * An SDK client for frameworks that want one. It stays valid for this client's life: its requests
   * go to whatever connection serves at the time, through reconnects, {@link MilvusPool#replace}
   * and ageing. Each request is bounded by the admin deadline, is retried and drained like any
   * other, and fails immediately while the client is down (or waits, as {@link
   * ClientOptions#waitForReady()} says).
   *
   * <p>It is an SDK client of one database: the same object for the same database, {@code
   * withDatabase(x).unwrap()} included. After {@link #useDatabase} this method returns another one,
   * while the first keeps its database.
   *
   * <p>The client stays in charge of it: {@code close()} closes nothing, {@code clientIsReady()}
   * says whether this client is {@link ClientState#UP}, and {@code updatePassword} changes the
   * password on the server and nothing else. {@code useDatabase}, {@code withTimeout}, {@code
   * withRetry} and {@code retryConfig} are an {@link UnsupportedOperationException} that names what
   * to use instead. If the SDK wraps what a request throws, this library's exception is the cause
   * of the SDK's {@code MilvusClientException}. Listeners do not receive its requests. Prefer
   * {@link #call}, which has one deadline for all requests of an operation.
   *
   * @return the SDK client of the current database
   * @throws ClientClosedException if the client is closed
   */
  MilvusClientV2 unwrap();

  /**
   * The database in use.
   *
   * @return its name; {@code default} where none was set
   * @throws ClientClosedException if the client is closed
   */
  String currentDatabase();

  /**
   * Leaves the pool and closes, after calls in flight had the drain time to finish. Idempotent.
   *
   * <p>Called from within one of its calls (by a listener, a supplier, a function of {@link
   * #call}), it waits for that very call as well, for the drain time and a second at the most.
   *
   * @throws MilvusPoolException if closing a connection failed
   */
  @Override
  void close();

  /**
   * Creates a database.
   *
   * @param database its name
   * @throws ClientTimeoutException if the deadline passed
   * @throws ClientUnavailableException if no connection works, or it was lost during the write
   * @throws ClientClosedException if the client is closed
   * @throws io.milvus.v2.exception.MilvusClientException if the server rejects the request
   * @throws IllegalArgumentException if it is null or blank
   */
  void createDatabase(String database);

  /**
   * Drops a database, which must be empty.
   *
   * @param database its name
   * @throws ClientTimeoutException if the deadline passed
   * @throws ClientUnavailableException if no connection works, or it was lost during the write
   * @throws ClientClosedException if the client is closed
   * @throws io.milvus.v2.exception.MilvusClientException if the server rejects the request
   * @throws IllegalArgumentException if it is null or blank
   */
  void dropDatabase(String database);

  /**
   * Makes a database the current one for all users of this client. New calls go to it; calls in
   * flight keep the database they began with, and none fails. For several databases at the same
   * time use {@link #withDatabase}.
   *
   * @param database its name
   * @throws ClientConnectException {@code DATABASE_NOT_FOUND} if it is not there; the old one stays
   *     in use
   * @throws UnsupportedOperationException on a view of {@link #withDatabase}, which stays on its
   *     database
   * @throws ClientTimeoutException if the deadline passed
   * @throws ClientUnavailableException if no connection works, or it was lost during the write
   * @throws ClientClosedException if the client is closed
   * @throws io.milvus.v2.exception.MilvusClientException if the server rejects the request
   * @throws IllegalArgumentException if it is null or blank
   */
  void useDatabase(String database);

  /**
   * Lists the databases.
   *
   * @return their names
   * @throws ClientTimeoutException if the deadline passed
   * @throws ClientUnavailableException if no connection works
   * @throws ClientClosedException if the client is closed
   * @throws io.milvus.v2.exception.MilvusClientException if the server rejects the request
   */
  List<String> listDatabases();

  /**
   * Creates a collection, with its indexes and load where the request has them.
   *
   * @param request the SDK's request; it is not changed
   * @throws ClientTimeoutException if the deadline passed
   * @throws ClientUnavailableException if no connection works, or it was lost during the write
   * @throws ClientClosedException if the client is closed
   * @throws io.milvus.v2.exception.MilvusClientException if the server rejects the request
   * @throws IllegalArgumentException if the request is null
   */
  void createCollection(CreateCollectionReq request);

  /**
   * Creates a collection without an index.
   *
   * @param collection its name
   * @param schema its fields
   * @param numShards at least 1
   * @throws ClientTimeoutException if the deadline passed
   * @throws ClientUnavailableException if no connection works, or it was lost during the write
   * @throws ClientClosedException if the client is closed
   * @throws io.milvus.v2.exception.MilvusClientException if the server rejects the request
   * @throws IllegalArgumentException if an argument is null or blank, or {@code numShards} below 1
   */
  void createCollection(
      String collection, CreateCollectionReq.CollectionSchema schema, int numShards);

  /**
   * Drops a collection and its rows.
   *
   * @param collection its name
   * @throws ClientTimeoutException if the deadline passed
   * @throws ClientUnavailableException if no connection works, or it was lost during the write
   * @throws ClientClosedException if the client is closed
   * @throws io.milvus.v2.exception.MilvusClientException if the server rejects the request
   * @throws IllegalArgumentException if it is null or blank
   */
  void dropCollection(String collection);

  /**
   * Whether a collection or alias is there.
   *
   * @param collection its name
   * @return true if so
   * @throws ClientTimeoutException if the deadline passed
   * @throws ClientUnavailableException if no connection works
   * @throws ClientClosedException if the client is closed
   * @throws io.milvus.v2.exception.MilvusClientException if the server rejects the request
   * @throws IllegalArgumentException if it is null or blank
   */
  boolean hasCollection(String collection);

  /**
   * Loads a collection and returns when it can be searched.
   *
   * @param collection its name
   * @throws ClientTimeoutException if the deadline passed
   * @throws ClientUnavailableException if no connection works
   * @throws ClientClosedException if the client is closed
   * @throws io.milvus.v2.exception.MilvusClientException if the server rejects the request
   * @throws IllegalArgumentException if it is null or blank
   */
  void loadCollection(String collection);

  /**
   * Loads a collection, reports how far it is, and returns when it can be searched.
   *
   * @param collection its name
   * @param progress receives the percentage
   * @throws ClientTimeoutException if the deadline passed
   * @throws ClientUnavailableException if no connection works
   * @throws ClientClosedException if the client is closed
   * @throws io.milvus.v2.exception.MilvusClientException if the server rejects the request
   * @throws IllegalArgumentException if an argument is null or blank
   */
  void loadCollection(String collection, ProgressListener progress);

  /**
   * Releases a loaded collection from memory.
   *
   * @param collection its name
   * @throws ClientTimeoutException if the deadline passed
   * @throws ClientUnavailableException if no connection works, or it was lost during the write
   * @throws ClientClosedException if the client is closed
   * @throws io.milvus.v2.exception.MilvusClientException if the server rejects the request
   * @throws IllegalArgumentException if it is null or blank
   */
  void releaseCollection(String collection);

  /**
   * Asks for the number of rows, as of the last flush.
   *
   * @param collection its name
   * @return the statistics
   * @throws ClientTimeoutException if the deadline passed
   * @throws ClientUnavailableException if no connection works
   * @throws ClientClosedException if the client is closed
   * @throws io.milvus.v2.exception.MilvusClientException if the server rejects the request
   * @throws IllegalArgumentException if it is null or blank
   */
  GetCollectionStatsResp getCollectionStats(String collection);

  /**
   * Describes a collection. For an alias, the server answers with the alias as the name.
   *
   * @param collection its name
   * @return its schema and properties
   * @throws ClientTimeoutException if the deadline passed
   * @throws ClientUnavailableException if no connection works
   * @throws ClientClosedException if the client is closed
   * @throws io.milvus.v2.exception.MilvusClientException if the server rejects the request
   * @throws IllegalArgumentException if it is null or blank
   */
  DescribeCollectionResp describeCollection(String collection);

  /**
   * Lists the collections of the current database.
   *
   * @return their names
   * @throws ClientTimeoutException if the deadline passed
   * @throws ClientUnavailableException if no connection works
   * @throws ClientClosedException if the client is closed
   * @throws io.milvus.v2.exception.MilvusClientException if the server rejects the request
   */
  List<String> listCollections();

  /**
   * Creates an alias of a collection.
   *
   * @param collection its name
   * @param alias its name
   * @throws ClientTimeoutException if the deadline passed
   * @throws ClientUnavailableException if no connection works, or it was lost during the write
   * @throws ClientClosedException if the client is closed
   * @throws io.milvus.v2.exception.MilvusClientException if the server rejects the request
   * @throws IllegalArgumentException if an argument is null or blank
   */
  void createAlias(String collection, String alias);

  /**
   * Points an alias to another collection.
   *
   * @param collection the new one's name
   * @param alias its name
   * @throws ClientTimeoutException if the deadline passed
   * @throws ClientUnavailableException if no connection works, or it was lost during the write
   * @throws ClientClosedException if the client is closed
   * @throws io.milvus.v2.exception.MilvusClientException if the server rejects the request
   * @throws IllegalArgumentException if an argument is null or blank
   */
  void alterAlias(String collection, String alias);

  /**
   * Drops an alias.
   *
   * @param alias its name
   * @throws ClientTimeoutException if the deadline passed
   * @throws ClientUnavailableException if no connection works, or it was lost during the write
   * @throws ClientClosedException if the client is closed
   * @throws io.milvus.v2.exception.MilvusClientException if the server rejects the request
   * @throws IllegalArgumentException if it is null or blank
   */
  void dropAlias(String alias);

  /**
   * Lists the aliases of a collection.
   *
   * @param collection its name
   * @return their names
   * @throws ClientTimeoutException if the deadline passed
   * @throws ClientUnavailableException if no connection works
   * @throws ClientClosedException if the client is closed
   * @throws io.milvus.v2.exception.MilvusClientException if the server rejects the request
   * @throws IllegalArgumentException if it is null or blank
   */
  List<String> listAliases(String collection);

  /**
   * Creates a partition.
   *
   * @param collection its name
   * @param partition its name
   * @throws ClientTimeoutException if the deadline passed
   * @throws ClientUnavailableException if no connection works, or it was lost during the write
   * @throws ClientClosedException if the client is closed
   * @throws io.milvus.v2.exception.MilvusClientException if the server rejects the request
   * @throws IllegalArgumentException if an argument is null or blank
   */
  void createPartition(String collection, String partition);

  /**
   * Drops a partition, which must not be loaded, and its rows.
   *
   * @param collection its name
   * @param partition its name
   * @throws ClientTimeoutException if the deadline passed
   * @throws ClientUnavailableException if no connection works, or it was lost during the write
   * @throws ClientClosedException if the client is closed
   * @throws io.milvus.v2.exception.MilvusClientException if the server rejects the request
   * @throws IllegalArgumentException if an argument is null or blank
   */
  void dropPartition(String collection, String partition);

  /**
   * Whether a partition is there.
   *
   * @param collection its name
   * @param partition its name
   * @return true if so
   * @throws ClientTimeoutException if the deadline passed
   * @throws ClientUnavailableException if no connection works
   * @throws ClientClosedException if the client is closed
   * @throws io.milvus.v2.exception.MilvusClientException if the server rejects the request
   * @throws IllegalArgumentException if an argument is null or blank
   */
  boolean hasPartition(String collection, String partition);

  /**
   * Loads partitions and returns when they can be searched.
   *
   * @param collection its name
   * @param partitions their names, at least one
   * @throws ClientTimeoutException if the deadline passed
   * @throws ClientUnavailableException if no connection works
   * @throws ClientClosedException if the client is closed
   * @throws io.milvus.v2.exception.MilvusClientException if the server rejects the request
   * @throws IllegalArgumentException if an argument is null, blank or empty
   */
  void loadPartitions(String collection, List<String> partitions);

  /**
   * Releases partitions from memory.
   *
   * @param collection its name
   * @param partitions their names, at least one
   * @throws ClientTimeoutException if the deadline passed
   * @throws ClientUnavailableException if no connection works, or it was lost during the write
   * @throws ClientClosedException if the client is closed
   * @throws io.milvus.v2.exception.MilvusClientException if the server rejects the request
   * @throws IllegalArgumentException if an argument is null, blank or empty
   */
  void releasePartitions(String collection, List<String> partitions);

  /**
   * Lists the partitions of a collection.
   *
   * @param collection its name
   * @return their names, {@code _default} included
   * @throws ClientTimeoutException if the deadline passed
   * @throws ClientUnavailableException if no connection works
   * @throws ClientClosedException if the client is closed
   * @throws io.milvus.v2.exception.MilvusClientException if the server rejects the request
   * @throws IllegalArgumentException if it is null or blank
   */
  List<String> listPartitions(String collection);

  /**
   * Creates the indexes of a request and returns when they are built, or immediately if the request
   * has {@code sync(false)}. The deadline is the client's, the request's timeout is not used.
   *
   * @param request the SDK's request; it is not changed
   * @throws ClientTimeoutException if the deadline passed
   * @throws ClientUnavailableException if no connection works, or it was lost during the write
   * @throws ClientClosedException if the client is closed
   * @throws io.milvus.v2.exception.MilvusClientException if the server rejects the request
   * @throws IllegalArgumentException if the request is null or has no index
   */
  void createIndex(CreateIndexReq request);

  /**
   * Creates an index and returns when it is built.
   *
   * @param collection its name
   * @param index field, type, metric and parameters
   * @throws ClientTimeoutException if the deadline passed
   * @throws ClientUnavailableException if no connection works, or it was lost during the write
   * @throws ClientClosedException if the client is closed
   * @throws io.milvus.v2.exception.MilvusClientException if the server rejects the request
   * @throws IllegalArgumentException if an argument is null or blank
   */
  void createIndex(String collection, IndexParam index);

  /**
   * Creates an index, reports how far it is, and returns when it is built.
   *
   * @param collection its name
   * @param index field, type, metric and parameters
   * @param progress receives the percentage
   * @throws ClientTimeoutException if the deadline passed
   * @throws ClientUnavailableException if no connection works, or it was lost during the write
   * @throws ClientClosedException if the client is closed
   * @throws io.milvus.v2.exception.MilvusClientException if the server rejects the request
   * @throws IllegalArgumentException if an argument is null or blank
   */
  void createIndex(String collection, IndexParam index, ProgressListener progress);

  /**
   * Drops an index; the collection must be released.
   *
   * @param collection its name
   * @param indexName its name
   * @throws ClientTimeoutException if the deadline passed
   * @throws ClientUnavailableException if no connection works, or it was lost during the write
   * @throws ClientClosedException if the client is closed
   * @throws io.milvus.v2.exception.MilvusClientException if the server rejects the request
   * @throws IllegalArgumentException if an argument is null or blank
   */
  void dropIndex(String collection, String indexName);

  /**
   * Describes an index.
   *
   * @param collection its name
   * @param indexName its name
   * @return its parameters and state
   * @throws ClientTimeoutException if the deadline passed
   * @throws ClientUnavailableException if no connection works
   * @throws ClientClosedException if the client is closed
   * @throws io.milvus.v2.exception.MilvusClientException if the server rejects the request
   * @throws IllegalArgumentException if an argument is null or blank
   */
  DescribeIndexResp describeIndex(String collection, String indexName);

  /**
   * Lists the indexes of a collection.
   *
   * @param collection its name
   * @return their names; empty if there is none
   * @throws ClientTimeoutException if the deadline passed
   * @throws ClientUnavailableException if no connection works
   * @throws ClientClosedException if the client is closed
   * @throws io.milvus.v2.exception.MilvusClientException if the server rejects the request
   * @throws IllegalArgumentException if it is null or blank
   */
  List<String> listIndexes(String collection);

  /**
   * Inserts rows.
   *
   * @param request the SDK's request; it is not changed
   * @return the count and the primary keys
   * @throws ClientTimeoutException if the deadline passed
   * @throws ClientUnavailableException if no connection works, or it was lost during the write
   * @throws ClientClosedException if the client is closed
   * @throws io.milvus.v2.exception.MilvusClientException if the server rejects the request
   * @throws IllegalArgumentException if the request is null, names no collection or has no rows
   */
  InsertResp insert(InsertReq request);

  /**
   * Inserts rows into the default partition.
   *
   * @param collection its name
   * @param rows one object a row, field names as keys; at least one
   * @return the count and the primary keys
   * @throws ClientTimeoutException if the deadline passed
   * @throws ClientUnavailableException if no connection works, or it was lost during the write
   * @throws ClientClosedException if the client is closed
   * @throws io.milvus.v2.exception.MilvusClientException if the server rejects the request
   * @throws IllegalArgumentException if an argument is null, blank or empty
   */
  InsertResp insert(String collection, List<JsonObject> rows);

  /**
   * Inserts rows into a partition.
   *
   * @param collection its name
   * @param partition its name
   * @param rows one object a row, field names as keys; at least one
   * @return the count and the primary keys
   * @throws ClientTimeoutException if the deadline passed
   * @throws ClientUnavailableException if no connection works, or it was lost during the write
   * @throws ClientClosedException if the client is closed
   * @throws io.milvus.v2.exception.MilvusClientException if the server rejects the request
   * @throws IllegalArgumentException if an argument is null, blank or empty
   */
  InsertResp insert(String collection, String partition, List<JsonObject> rows);

  /**
   * Inserts rows, or takes the place of those with the same primary key.
   *
   * @param request the SDK's request; it is not changed
   * @return the count and the primary keys
   * @throws ClientTimeoutException if the deadline passed
   * @throws ClientUnavailableException if no connection works, or it was lost during the write
   * @throws ClientClosedException if the client is closed
   * @throws io.milvus.v2.exception.MilvusClientException if the server rejects the request
   * @throws IllegalArgumentException if the request is null, names no collection or has no rows
   */
  UpsertResp upsert(UpsertReq request);

  /**
   * Deletes rows.
   *
   * @param request the SDK's request; it is not changed
   * @return the count
   * @throws ClientTimeoutException if the deadline passed
   * @throws ClientUnavailableException if no connection works, or it was lost during the write
   * @throws ClientClosedException if the client is closed
   * @throws io.milvus.v2.exception.MilvusClientException if the server rejects the request
   * @throws IllegalArgumentException if the request is null, names no collection, or has neither a
   *     filter nor ids
   */
  DeleteResp delete(DeleteReq request);

  /**
   * Deletes the rows that a filter matches.
   *
   * @param collection its name
   * @param filter a boolean expression over the fields
   * @return the count
   * @throws ClientTimeoutException if the deadline passed
   * @throws ClientUnavailableException if no connection works, or it was lost during the write
   * @throws ClientClosedException if the client is closed
   * @throws io.milvus.v2.exception.MilvusClientException if the server rejects the request
   * @throws IllegalArgumentException if an argument is null or blank
   */
  DeleteResp delete(String collection, String filter);

  /**
   * Deletes the rows of a partition that a filter matches.
   *
   * @param collection its name
   * @param partition its name
   * @param filter a boolean expression over the fields
   * @return the count
   * @throws ClientTimeoutException if the deadline passed
   * @throws ClientUnavailableException if no connection works, or it was lost during the write
   * @throws ClientClosedException if the client is closed
   * @throws io.milvus.v2.exception.MilvusClientException if the server rejects the request
   * @throws IllegalArgumentException if an argument is null or blank
   */
  DeleteResp delete(String collection, String partition, String filter);

  /**
   * Finds the rows nearest to each query vector, whose dimension must be the field's.
   *
   * @param request the SDK's request; it is not changed
   * @return one list of hits for each query vector, topK or fewer, nearest first
   * @throws ClientTimeoutException if the deadline passed
   * @throws ClientUnavailableException if no connection works
   * @throws ClientClosedException if the client is closed
   * @throws io.milvus.v2.exception.MilvusClientException if the server rejects the request
   * @throws IllegalArgumentException if the request is null or names no collection
   */
  SearchResp search(SearchReq request);

  /**
   * Searches several vector fields and ranks the hits together.
   *
   * @param request the SDK's request; it is not changed
   * @return one list of hits for each query vector
   * @throws ClientTimeoutException if the deadline passed
   * @throws ClientUnavailableException if no connection works
   * @throws ClientClosedException if the client is closed
   * @throws io.milvus.v2.exception.MilvusClientException if the server rejects the request
   * @throws IllegalArgumentException if the request is null or names no collection
   */
  SearchResp hybridSearch(HybridSearchReq request);

  /**
   * Finds rows by filter or primary key.
   *
   * @param request the SDK's request; it is not changed
   * @return the rows, in no particular order
   * @throws ClientTimeoutException if the deadline passed
   * @throws ClientUnavailableException if no connection works
   * @throws ClientClosedException if the client is closed
   * @throws io.milvus.v2.exception.MilvusClientException if the server rejects the request
   * @throws IllegalArgumentException if the request is null or names no collection
   */
  QueryResp query(QueryReq request);

  /**
   * Gets rows by primary key.
   *
   * @param request the SDK's request; it is not changed
   * @return the rows that are there
   * @throws ClientTimeoutException if the deadline passed
   * @throws ClientUnavailableException if no connection works
   * @throws ClientClosedException if the client is closed
   * @throws io.milvus.v2.exception.MilvusClientException if the server rejects the request
   * @throws IllegalArgumentException if the request is null or names no collection
   */
  GetResp get(GetReq request);

  /**
   * Pages through the rows of a query. The iterator goes on when connections change: each page is
   * asked on the connection that serves at the time, and if there is none for a moment, it waits
   * like a read under way. Each page is bounded by the admin deadline. After a page that failed,
   * {@code next()} may be called again and goes on where it was. Only the opening is a call; the
   * pages belong to none, so listeners do not receive them, and no {@link CallScope} adds headers.
   *
   * @param request the SDK's request; it is not changed
   * @return an iterator to be closed by the caller; not thread-safe
   * @throws ClientTimeoutException if the deadline passed
   * @throws ClientUnavailableException if no connection works
   * @throws ClientClosedException if the client is closed
   * @throws io.milvus.v2.exception.MilvusClientException if the server rejects the request
   * @throws IllegalArgumentException if the request is null or names no collection
   */
  QueryIterator queryIterator(QueryIteratorReq request);

  /**
   * Pages through the hits of a search, as {@link #queryIterator} does. Needs Milvus 2.5.2.
   *
   * @param request the SDK's request; it is not changed
   * @return an iterator to be closed by the caller
   * @throws ClientTimeoutException if the deadline passed
   * @throws ClientUnavailableException if no connection works
   * @throws ClientClosedException if the client is closed
   * @throws io.milvus.v2.exception.MilvusClientException if the server rejects the request
   * @throws IllegalArgumentException if it is null or names no collection
   */
  SearchIteratorV2 searchIterator(SearchIteratorReqV2 request);

  /**
   * Seals the rows inserted so far and returns when they are persisted.
   *
   * @param collections their names, at least one
   * @throws ClientTimeoutException if the deadline passed
   * @throws ClientUnavailableException if no connection works, or it was lost during the write
   * @throws ClientClosedException if the client is closed
   * @throws io.milvus.v2.exception.MilvusClientException if the server rejects the request
   * @throws IllegalArgumentException if it is null, blank or empty
   */
  void flush(String... collections);

  /**
   * Starts to merge small segments.
   *
   * @param collection its name
   * @return the job's id
   * @throws ClientTimeoutException if the deadline passed
   * @throws ClientUnavailableException if no connection works, or it was lost during the write
   * @throws ClientClosedException if the client is closed
   * @throws io.milvus.v2.exception.MilvusClientException if the server rejects the request
   * @throws IllegalArgumentException if it is null or blank
   */
  long compact(String collection);
}
