package dev.milvuspool;

import com.google.gson.JsonObject;
import io.milvus.orm.iterator.QueryIterator;
import io.milvus.orm.iterator.SearchIteratorV2;
import io.milvus.v2.service.utility.request.CompactReq;
import io.milvus.v2.service.utility.request.FlushReq;
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
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The client that users have: with the operations on the data, and maintenance. */
final class DefaultClient extends SchemaClient {
  DefaultClient(ClientCore core, @Nullable Duration deadline) {
    super(core, deadline);
  }

  @Override
  public Client withDeadline(Duration deadline) {
    core().requireOpen();
    return new DefaultClient(core(), Checks.positive(deadline, "deadline"));
  }

  // ---- data

  @Override
  public InsertResp insert(InsertReq request) {
    Checks.notNull("request", request);
    List<JsonObject> rows = Checks.notEmpty("data", request.getData());
    return write(Operation.INSERT, rows.size(), sdk -> sdk.insert(request));
  }

  @Override
  public InsertResp insert(String collection, List<JsonObject> rows) {
    Checks.notBlank("collection", collection);
    Checks.notEmpty("rows", rows);
    return insert(InsertReq.builder().collectionName(collection).data(rows).build());
  }

  @Override
  public InsertResp insert(String collection, String partition, List<JsonObject> rows) {
    Checks.notBlank("collection", collection);
    Checks.notBlank("partition", partition);
    Checks.notEmpty("rows", rows);
    return insert(
        InsertReq.builder().collectionName(collection).partitionName(partition).data(rows).build());
  }

  @Override
  public UpsertResp upsert(UpsertReq request) {
    Checks.notNull("request", request);
    List<JsonObject> rows = Checks.notEmpty("data", request.getData());
    return write(Operation.UPSERT, rows.size(), sdk -> sdk.upsert(request));
  }

  @Override
  public DeleteResp delete(DeleteReq request) {
    Checks.notNull("request", request);
    return ask(Operation.DELETE, sdk -> sdk.delete(Requests.own(request)));
  }

  @Override
  public DeleteResp delete(String collection, String filter) {
    Checks.notBlank("collection", collection);
    Checks.notBlank("filter", filter);
    return delete(DeleteReq.builder().collectionName(collection).filter(filter).build());
  }

  @Override
  public DeleteResp delete(String collection, String partition, String filter) {
    Checks.notBlank("collection", collection);
    Checks.notBlank("partition", partition);
    Checks.notBlank("filter", filter);
    return delete(
        DeleteReq.builder()
            .collectionName(collection)
            .partitionName(partition)
            .filter(filter)
            .build());
  }

  @Override
  public SearchResp search(SearchReq request) {
    Checks.notNull("request", request);
    return run(
        Operation.SEARCH,
        call -> call.step(sdk -> sdk.search(Requests.own(request, call.database()))));
  }

  @Override
  public SearchResp hybridSearch(HybridSearchReq request) {
    Checks.notNull("request", request);
    return run(
        Operation.HYBRID_SEARCH,
        call -> call.step(sdk -> sdk.hybridSearch(Requests.own(request, call.database()))));
  }

  @Override
  public QueryResp query(QueryReq request) {
    Checks.notNull("request", request);
    return run(
        Operation.QUERY,
        call -> call.step(sdk -> sdk.query(Requests.own(request, call.database()))));
  }

  @Override
  public GetResp get(GetReq request) {
    Checks.notNull("request", request);
    return ask(Operation.GET, sdk -> sdk.get(request));
  }

  @Override
  public QueryIterator queryIterator(QueryIteratorReq request) {
    Checks.notNull("request", request);
    return ask(Operation.QUERY_ITERATOR, sdk -> sdk.queryIterator(request));
  }

  @Override
  public SearchIteratorV2 searchIterator(SearchIteratorReqV2 request) {
    Checks.notNull("request", request);
    return ask(Operation.SEARCH_ITERATOR, sdk -> sdk.searchIteratorV2(request));
  }

  // ---- maintenance

  @Override
  public void flush(String... collections) {
    List<String> names =
        Checks.names("collections", collections == null ? null : Arrays.asList(collections));
    FlushReq request =
        FlushReq.builder().collectionNames(new ArrayList<>(names)).waitFlushedTimeoutMs(0L).build();
    tell(Operation.FLUSH, sdk -> sdk.flush(request));
  }

  @Override
  public long compact(String collection) {
    Checks.notBlank("collection", collection);
    CompactReq request = CompactReq.builder().collectionName(collection).build();
    return ask(Operation.COMPACT, sdk -> sdk.compact(request).getCompactionID());
  }
}
