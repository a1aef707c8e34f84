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
 * A client of one Milvus. It stays valid while the connections behind it are replaced. Thread-safe;
 * keep it as long as you like, or get it from the pool each time.
 *
 * <p>Every operation is named as in {@link MilvusClientV2} and ends within its deadline ({@link
 * ClientOptions#deadline()} or {@link ClientOptions#adminDeadline()}), retries included, whatever
 * the server does. Only single requests to the server are retried, never a method or a function:
 * reads after a lost connection or a "try later", writes only if they were certainly not carried
 * out. Every operation throws
 *
 * <ul>
 *   <li>{@link ClientTimeoutException} if the deadline passed,
 *   <li>{@link ClientUnavailableException} if no connection works, or it was lost during a write,
 *   <li>{@link ClientClosedException} if the client is closed,
 *   <li>{@code MilvusClientException} of the SDK, unchanged, if the server rejects the request,
 *   <li>{@link IllegalArgumentException} for a bad argument or request header, before it is sent,
 *   <li>{@link MilvusPoolException} itself if the thread is interrupted or a supplier fails.
 * </ul>
 *
 * <p>A row is a {@link JsonObject} with field names as keys. A float vector is an array of numbers
 * in a row, and a {@code FloatVec} in a search; its length is the field's dimension.
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
   * @param options where to connect, and how the client behaves
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
   * Asks the server, for 1 second at most. A lazy client that has not connected yet connects first.
   * For a client that is down, the result has the error of the latest attempt to connect.
   *
   * @return the health, also if the server is dead
   * @throws ClientClosedException if the client is closed
   * @throws MilvusPoolException if the thread is interrupted; its flag stays set
   */
  ClientHealth health();

  /**
   * Asks the server. A lazy client that has not connected yet connects first. For a client that is
   * down, the result has the error of the latest attempt to connect.
   *
   * @param timeout above zero
   * @return the health, also if the server is dead
   * @throws ClientClosedException if the client is closed
   * @throws IllegalArgumentException if the timeout is null or not above zero
   * @throws MilvusPoolException if the thread is interrupted; its flag stays set
   */
  ClientHealth health(Duration timeout);

  /**
   * A view of this client with another deadline for every operation, admin operations included. It
   * is light and shares the connections. Closing it closes the client.
   *
   * @param deadline above zero
   * @return a view
   * @throws ClientClosedException if the client is closed
   * @throws IllegalArgumentException if the deadline is null or not above zero
   */
  Client withDeadline(Duration deadline);

  /**
   * A view of this client on another database, over the same connections: a thousand tenants need
   * one connection. It is light, opens nothing, and does not check that the database exists: if it
   * does not, the first call fails with the server's error. Views can be combined:
   *
   * <pre>{@code
   * Client tenant = client.withDatabase("tenant_7").withDeadline(Duration.ofMillis(200));
   * }</pre>
   *
   * <p>A view stays on its database: {@link #useDatabase} on it throws an {@link
   * UnsupportedOperationException}. Closing a view closes the client.
   *
   * @param database its name, not blank
   * @return a view
   * @throws ClientClosedException if the client is closed
   * @throws IllegalArgumentException if the name is null or blank
   */
  Client withDatabase(String database);

  /**
   * Runs any SDK operation with the deadline, draining and errors of this client. The function runs
   * once. Its requests are retried one by one, by the same rules as all others, and go to the
   * database that was current when the call started. What the function itself throws passes through
   * unchanged.
   *
   * <p>At the deadline its request is cancelled and the thread is interrupted; a function that
   * ignores the interrupt continues. The SDK client is the one that {@link #unwrap()} returns, with
   * the same limits.
   *
   * @param operation called once, on this thread
   * @param <T> what it returns
   * @return what the function returned
   * @throws ClientTimeoutException if the deadline passed
   * @throws ClientUnavailableException if no connection works, or one was lost during a write: then
   *     the outcome is unknown
   * @throws ClientClosedException if the client is closed
   * @throws io.milvus.v2.exception.MilvusClientException if the server rejects a request
   * @throws IllegalArgumentException if the function is null
   */
  <T> T call(Function<MilvusClientV2, T> operation);

  /**
   * An SDK client for frameworks that need one. It stays valid for this client's life: each request
   * uses a connection that works at that time, also after reconnects and {@link
   * MilvusPool#replace}. Each request has the admin deadline and is retried and drained like any
   * other. While the client is down, it fails immediately, or waits if {@link
   * ClientOptions#waitForReady()} is true.
   *
   * <p>It is for one database. The same database always has the same object, also with {@code
   * withDatabase(x).unwrap()}. After {@link #useDatabase} this method returns another object; the
   * first one keeps its database.
   *
   * <p>Its {@code close()} closes nothing, {@code clientIsReady()} says whether this client is
   * {@link ClientState#UP}, and {@code updatePassword} changes the password on the server and
   * nothing else. {@code useDatabase}, {@code withTimeout}, {@code withRetry} and {@code
   * retryConfig} throw an {@link UnsupportedOperationException} that says what to use instead. If
   * the SDK wraps what a request throws, this library's exception is the cause of the SDK's {@code
   * MilvusClientException}. Listeners do not receive its requests. Prefer {@link #call}, which has
   * one deadline for all requests of an operation.
   *
   * @return the SDK client of the current database
   * @throws ClientClosedException if the client is closed
   */
  MilvusClientV2 unwrap();

  /**
   * The database in use.
   *
   * @return its name; {@code default} if none was set
   * @throws ClientClosedException if the client is closed
   */
  String currentDatabase();

  /**
   * Leaves the pool and closes. Calls in flight get the drain time to finish. Idempotent.
   *
   * <p>If one of its calls closes it (in a listener, a supplier or a function of {@link #call}), it
   * waits for that call as well: the drain time plus 1 second at most.
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
   * flight keep theirs and do not fail. For several databases at the same time use {@link
   * #withDatabase}.
   *
   * @param database its name
   * @throws ClientConnectException {@code DATABASE_NOT_FOUND} if it does not exist; the old one
   *     stays in use
   * @throws UnsupportedOperationException on a view of {@link #withDatabase}, which stays on its
   *     database
   * @throws ClientTimeoutException if the deadline passed
   * @throws ClientUnavailableException if no connection works
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
   * Creates a collection. If the request has indexes or a dimension, it is also indexed and loaded.
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
   * Whether a collection or an alias of this name exists.
   *
   * @param collection its name
   * @return true if it exists
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
   * Loads a collection, reports the progress, and returns when it can be searched.
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
   * @throws ClientUnavailableException if no connection works
   * @throws ClientClosedException if the client is closed
   * @throws io.milvus.v2.exception.MilvusClientException if the server rejects the request
   * @throws IllegalArgumentException if it is null or blank
   */
  void releaseCollection(String collection);

  /**
   * Gets the number of rows at the last flush.
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
   * Describes a collection. For an alias, the result has the alias as its name.
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
   * @param collection the name of the other collection
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
   * Whether a partition exists.
   *
   * @param collection its name
   * @param partition its name
   * @return true if it exists
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
   * @throws ClientUnavailableException if no connection works
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
   * has {@code sync(false)}. The deadline is the client's; the request's timeout is ignored.
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
   * Creates an index, reports the progress, and returns when it is built.
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
   * @param rows one object for each row, with field names as keys; at least one
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
   * @param rows one object for each row, with field names as keys; at least one
   * @return the count and the primary keys
   * @throws ClientTimeoutException if the deadline passed
   * @throws ClientUnavailableException if no connection works, or it was lost during the write
   * @throws ClientClosedException if the client is closed
   * @throws io.milvus.v2.exception.MilvusClientException if the server rejects the request
   * @throws IllegalArgumentException if an argument is null, blank or empty
   */
  InsertResp insert(String collection, String partition, List<JsonObject> rows);

  /**
   * Inserts rows, and replaces those with the same primary key.
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
   * Finds the rows nearest to each query vector. A vector must have the field's dimension.
   *
   * @param request the SDK's request; it is not changed
   * @return one list of hits for each query vector, at most topK, nearest first
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
   * @return the rows that exist
   * @throws ClientTimeoutException if the deadline passed
   * @throws ClientUnavailableException if no connection works
   * @throws ClientClosedException if the client is closed
   * @throws io.milvus.v2.exception.MilvusClientException if the server rejects the request
   * @throws IllegalArgumentException if the request is null or names no collection
   */
  GetResp get(GetReq request);

  /**
   * Pages through the rows of a query. The iterator stays valid when connections are replaced: each
   * page uses a connection that works at that time, and waits for a short time if there is none.
   * Each page has the admin deadline. After a failed page, {@code next()} may be called again and
   * continues at the same place. Only opening the iterator is a call: listeners do not receive its
   * pages, and no {@link CallScope} adds headers.
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
   * Pages through the hits of a search, as {@link #queryIterator} does. Needs Milvus 2.5.2 or
   * newer.
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
