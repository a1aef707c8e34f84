package dev.milvuspool.internal.client;

import dev.milvuspool.ClientState;
import dev.milvuspool.internal.channel.ConnectionSupervisor;
import dev.milvuspool.internal.channel.Snapshot;
import dev.milvuspool.internal.channel.SupervisedChannel;
import dev.milvuspool.internal.common.Errors;
import io.milvus.grpc.MilvusServiceGrpc.MilvusServiceBlockingStub;
import io.milvus.orm.iterator.QueryIterator;
import io.milvus.orm.iterator.RpcStubWrapper;
import io.milvus.orm.iterator.SearchIterator;
import io.milvus.orm.iterator.SearchIteratorV2;
import io.milvus.v2.client.MilvusClientV2;
import io.milvus.v2.client.RetryConfig;
import io.milvus.v2.service.collection.CollectionService;
import io.milvus.v2.service.collection.request.*;
import io.milvus.v2.service.index.request.CreateIndexReq;
import io.milvus.v2.service.partition.request.LoadPartitionsReq;
import io.milvus.v2.service.utility.request.*;
import io.milvus.v2.service.utility.response.FlushAllResp;
import io.milvus.v2.service.vector.VectorService;
import io.milvus.v2.service.vector.request.*;
import io.milvus.v2.service.vector.response.*;
import io.milvus.v2.utils.RpcUtils;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The SDK client of one database of a client, for the client's life: made without a configuration,
 * so that it opens nothing, over the supervised channel.
 *
 * <p>It overrides methods that need the missing configuration (iterators, flush), that would change
 * what all callers share, or that depend on the name of the database. SESSION consistency uses
 * times that the SDK keeps in one map of the JVM, by configured database and collection; there,
 * tenants of one name would share an entry. So these methods use services that know the database,
 * and copies of the requests that the SDK writes into.
 */
final class SupervisedSdkClient extends MilvusClientV2 {
  private static final Logger logger = LoggerFactory.getLogger(SupervisedSdkClient.class);

  /** Calls once and keeps the cause; the SDK's own retries lose it, and repeat inserts. */
  private static final RetryConfig ONE_ATTEMPT = RetryConfig.builder().maxRetryTimes(1).build();

  /** Its parts have no state, and so do for all: their own are a hundred bytes a client. */
  private static final VectorService SHARED = new VectorService();

  private static final RpcUtils RPCS = SHARED.rpcUtils;

  static {
    RPCS.retryConfig(ONE_ATTEMPT);
  }

  private final ConnectionSupervisor supervisor;
  private final SupervisedChannel channel;
  private final MilvusServiceBlockingStub stub;
  private final @Nullable String database;
  private final SdkClients siblings;
  private final VectorService vectors = new VectorService();

  @SuppressWarnings("NullAway") // a null configuration makes a client that opens nothing
  SupervisedSdkClient(
      ConnectionSupervisor supervisor, @Nullable String database, SdkClients siblings) {
    super(null);
    this.supervisor = supervisor;
    this.database = database;
    this.siblings = siblings;
    channel = new SupervisedChannel(supervisor, database);
    stub = channel.stub();
    super.setBlockingStub(stub);
    super.retryConfig(ONE_ATTEMPT);
    vectors.rpcUtils = SHARED.rpcUtils;
    vectors.dataUtils = SHARED.dataUtils;
    vectors.vectorUtils = SHARED.vectorUtils;
    vectors.convertUtils = SHARED.convertUtils;
    vectors.setCurrentDbName(database);
  }

  // Made when they are needed: with their parts they are some hundred bytes for each client.

  private CollectionService collections() {
    CollectionService collections = new CollectionService();
    collections.setCurrentDbName(database);
    return collections;
  }

  private FlushWait flushWait() {
    return new FlushWait(supervisor, stub, RPCS);
  }

  private <T> T run(Callable<T> rpc) {
    return RPCS.retry(rpc);
  }

  // ---- the vectors, on a service that knows the database

  @Override
  public InsertResp insert(InsertReq request) {
    return run(() -> vectors.insert(channel.stubForMutation(), request));
  }

  @Override
  public UpsertResp upsert(UpsertReq request) {
    return run(() -> vectors.upsert(channel.stubForMutation(), RequestCopies.own(request)));
  }

  @Override
  public DeleteResp delete(DeleteReq request) {
    return run(() -> vectors.delete(stub, RequestCopies.own(request)));
  }

  @Override
  public GetResp get(GetReq request) {
    return run(() -> vectors.get(stub, request));
  }

  @Override
  public QueryResp query(QueryReq request) {
    return run(() -> vectors.query(stub, RequestCopies.own(request)));
  }

  @Override
  public SearchResp search(SearchReq request) {
    return run(() -> vectors.search(stub, RequestCopies.own(request)));
  }

  @Override
  public SearchResp hybridSearch(HybridSearchReq request) {
    return run(() -> vectors.hybridSearch(stub, RequestCopies.own(request)));
  }

  // ---- iterators: their pages go on over a swap

  private <T> T iterator(Function<RpcStubWrapper, T> creation) {
    AtomicBoolean made = new AtomicBoolean();
    var requests = new RpcStubWrapper(channel.stubForIterator(made), 0);
    T iterator = run(() -> creation.apply(requests));
    made.set(true);
    return iterator;
  }

  @Override
  public QueryIterator queryIterator(QueryIteratorReq request) {
    return iterator(requests -> vectors.queryIterator(requests, request));
  }

  @Override
  public SearchIterator searchIterator(SearchIteratorReq request) {
    return iterator(requests -> vectors.searchIterator(requests, request));
  }

  @Override
  public SearchIteratorV2 searchIteratorV2(SearchIteratorReqV2 request) {
    return iterator(requests -> vectors.searchIteratorV2(requests, RequestCopies.own(request)));
  }

  // ---- what forgets a collection's schema, and its time

  @Override
  public void createCollection(CreateCollectionReq request) {
    super.createCollection(request);
    forgetSchema(request.getDatabaseName(), request.getCollectionName());
  }

  @Override
  public void dropCollection(DropCollectionReq request) {
    run(() -> collections().dropCollection(stub, request));
    forgetSchema(request.getDatabaseName(), request.getCollectionName());
  }

  @Override
  public void renameCollection(RenameCollectionReq request) {
    super.renameCollection(request);
    forgetSchema(request.getDatabaseName(), request.getCollectionName());
    forgetSchema(request.getDatabaseName(), request.getNewCollectionName());
  }

  @Override
  public void createAlias(CreateAliasReq request) {
    super.createAlias(request);
    forgetSchema(request.getDatabaseName(), request.getAlias());
  }

  @Override
  public void alterAlias(AlterAliasReq request) {
    super.alterAlias(request);
    forgetSchema(request.getDatabaseName(), request.getAlias());
  }

  /** The name may now lead to another collection than when its schema was cached. */
  private void forgetSchema(@Nullable String ofDatabase, String collection) {
    String named = ofDatabase == null || ofDatabase.isEmpty() ? currentUsedDatabase() : ofDatabase;
    siblings.forEach(each -> each.vectors.removeCollectionCache(named, collection));
  }

  /** The names may now lead to collections of another cluster. */
  void forgetSchemas() {
    vectors.cleanCollectionCache();
  }

  @Override
  public void truncateCollection(TruncateCollectionReq request) {
    run(() -> collections().truncateCollection(stub, request));
  }

  // ---- what waits for the server; an interrupt must not look like success

  @Override
  public void flush(FlushReq request) {
    flushWait().flush(request);
  }

  @Override
  public FlushAllResp flushAll(FlushAllReq request) {
    return flushWait().flushAll(request);
  }

  @Override
  public void loadCollection(LoadCollectionReq request) {
    super.loadCollection(request);
    failIfInterrupted(request.getSync(), "loadCollection");
  }

  @Override
  public void refreshLoad(RefreshLoadReq request) {
    super.refreshLoad(request);
    failIfInterrupted(request.getSync(), "refreshLoad");
  }

  @Override
  public void loadPartitions(LoadPartitionsReq request) {
    super.loadPartitions(request);
    failIfInterrupted(request.getSync(), "loadPartitions");
  }

  @Override
  public void createIndex(CreateIndexReq request) {
    super.createIndex(request);
    failIfInterrupted(request.getSync(), "createIndex");
  }

  private void failIfInterrupted(@Nullable Boolean waits, String operation) {
    if (Boolean.TRUE.equals(waits) && Thread.currentThread().isInterrupted()) {
      throw Errors.interrupted(supervisor.client(), operation, true, null);
    }
  }

  // ---- what all callers share

  @Override
  public boolean clientIsReady() {
    return supervisor.snapshot().publicState() == ClientState.UP;
  }

  @Override
  public String currentUsedDatabase() {
    return database == null ? Snapshot.DEFAULT_DATABASE : database;
  }

  @Override
  public void useDatabase(@Nullable String name) {
    throw unsupported("useDatabase", "withDatabase(\"" + name + "\") of the pool's client");
  }

  @Override
  public void retryConfig(@Nullable RetryConfig retryConfig) {
    throw unsupported("retryConfig", "the option withRetry");
  }

  @Override
  public MilvusClientV2 withRetry(@Nullable RetryConfig retryConfig) {
    throw unsupported("withRetry", "the option withRetry");
  }

  @Override
  public MilvusClientV2 withTimeout(long timeout, @Nullable TimeUnit unit) {
    throw unsupported("withTimeout", "the options withDeadline and withAdminDeadline");
  }

  @Override
  public void setBlockingStub(@Nullable MilvusServiceBlockingStub other) {
    throw unsupported("setBlockingStub", "an SDK client of your own");
  }

  private UnsupportedOperationException unsupported(String method, String instead) {
    return new UnsupportedOperationException(
        "client %s: %s would change what all users of this SDK client share; use %s"
            .formatted(supervisor.client(), method, instead));
  }

  @Override
  public void close() {
    logger.debug(
        "[{}] close() of its SDK client closes nothing: the pool owns it", supervisor.client());
  }

  @Override
  public void close(long maxWaitSeconds) {
    close();
  }
}
