package dev.milvuspool.internal.client;

import dev.milvuspool.internal.channel.ConnectionSupervisor;
import io.milvus.grpc.GetFlushStateRequest;
import io.milvus.grpc.GetFlushStateResponse;
import io.milvus.grpc.MilvusServiceGrpc.MilvusServiceBlockingStub;
import io.milvus.v2.exception.ErrorCode;
import io.milvus.v2.exception.MilvusClientException;
import io.milvus.v2.service.utility.UtilityService;
import io.milvus.v2.service.utility.request.FlushAllReq;
import io.milvus.v2.service.utility.request.FlushReq;
import io.milvus.v2.service.utility.request.GetFlushAllStateReq;
import io.milvus.v2.service.utility.response.FlushAllResp;
import io.milvus.v2.service.utility.response.FlushResp;
import io.milvus.v2.utils.RpcUtils;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Flushes and waits until the rows are persisted. The SDK's own wait uses its private channel,
 * ignores errors in the answers, and takes an interrupt for success.
 */
final class FlushWait {
  private final ConnectionSupervisor supervisor;
  private final MilvusServiceBlockingStub stub;
  private final RpcUtils rpcs;
  private final UtilityService utility = new UtilityService();

  FlushWait(ConnectionSupervisor supervisor, MilvusServiceBlockingStub stub, RpcUtils rpcs) {
    this.supervisor = supervisor;
    this.stub = stub;
    this.rpcs = rpcs;
  }

  void flush(FlushReq request) {
    FlushResp flush = rpcs.retry(() -> utility.flush(stub, request));
    long deadlineAt = deadlineAt(request.getWaitFlushedTimeoutMs());
    String database = flush.getDatabaseName();
    flush
        .getCollectionSegmentIDs()
        .forEach(
            (collection, segments) -> {
              Long flushedTo = flush.getCollectionFlushTs().get(collection);
              if (flushedTo != null) {
                await(
                    "flush",
                    deadlineAt,
                    () -> isFlushed(database, collection, segments, flushedTo));
              }
            });
  }

  private boolean isFlushed(
      String database, String collection, List<Long> segments, long flushedTo) {
    GetFlushStateResponse state =
        stub.getFlushState(
            GetFlushStateRequest.newBuilder()
                .setDbName(database)
                .setCollectionName(collection)
                .addAllSegmentIDs(segments)
                .setFlushTs(flushedTo)
                .build());
    utility.rpcUtils.handleResponse(
        "Get flush state of collection: '" + collection + "'", state.getStatus());
    return state.getFlushed();
  }

  FlushAllResp flushAll(FlushAllReq request) {
    FlushAllResp flush = rpcs.retry(() -> utility.flushAll(stub, request));
    GetFlushAllStateReq question =
        GetFlushAllStateReq.builder()
            .databaseName(request.getDatabaseName())
            .flushAllTs(flush.getFlushAllTs())
            .build();
    await(
        "flushAll",
        deadlineAt(request.getWaitFlushedTimeoutMs()),
        () -> utility.getFlushAllState(stub, question).getFlushed());
    return flush;
  }

  /** The request's own timeout; without one the call's deadline ends the wait. */
  private static long deadlineAt(@Nullable Long timeoutMillis) {
    long nanos =
        timeoutMillis == null || timeoutMillis <= 0
            ? Long.MAX_VALUE / 2
            : TimeUnit.MILLISECONDS.toNanos(timeoutMillis);
    return System.nanoTime() + nanos;
  }

  private void await(String operation, long deadlineAt, Callable<Boolean> isDone) {
    PollingPauses pauses = new PollingPauses();
    while (!rpcs.retry(isDone)) {
      Duration pause = pauses.next();
      if (deadlineAt - System.nanoTime() <= pause.toNanos()) {
        throw new MilvusClientException(
            ErrorCode.TIMEOUT,
            "client %s: %s started, but did not finish within the request's waitFlushedTimeoutMs"
                .formatted(supervisor.client(), operation));
      }
      supervisor.calls().pause(operation, pause);
    }
  }
}
