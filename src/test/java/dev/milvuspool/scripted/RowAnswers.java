package dev.milvuspool.scripted;

import static io.milvus.grpc.MilvusServiceGrpc.getDeleteMethod;
import static io.milvus.grpc.MilvusServiceGrpc.getHybridSearchMethod;
import static io.milvus.grpc.MilvusServiceGrpc.getInsertMethod;
import static io.milvus.grpc.MilvusServiceGrpc.getQueryMethod;
import static io.milvus.grpc.MilvusServiceGrpc.getSearchMethod;
import static io.milvus.grpc.MilvusServiceGrpc.getUpsertMethod;

import com.google.protobuf.Message;
import io.milvus.grpc.DataType;
import io.milvus.grpc.DeleteRequest;
import io.milvus.grpc.FieldData;
import io.milvus.grpc.FieldSchema;
import io.milvus.grpc.HybridSearchRequest;
import io.milvus.grpc.IDs;
import io.milvus.grpc.InsertRequest;
import io.milvus.grpc.KeyValuePair;
import io.milvus.grpc.LongArray;
import io.milvus.grpc.MutationResult;
import io.milvus.grpc.QueryRequest;
import io.milvus.grpc.QueryResults;
import io.milvus.grpc.ScalarField;
import io.milvus.grpc.SearchIteratorV2Results;
import io.milvus.grpc.SearchRequest;
import io.milvus.grpc.SearchResultData;
import io.milvus.grpc.SearchResults;
import io.milvus.grpc.UpsertRequest;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Answers to what concerns rows. Rows written are counted, not kept; every collection, full or
 * empty, is found to hold the rows 1 to {@link #resultRows}.
 */
final class RowAnswers {
  private static final Pattern KEYS_IN = Pattern.compile("^\\s*\\w+ in \\[(.*)\\]\\s*$");
  private static final Pattern KEYS_ABOVE =
      Pattern.compile("^\\s*\\w+ > \"?(\\d+)\"?(?: and .*)?$");

  private final Catalog catalog;
  private final Map<Found, SearchResults> cache = new ConcurrentHashMap<>();

  /** How many rows every collection is found to hold. */
  volatile int resultRows = 3;

  private record Found(long collection, long queries, long first, long last, List<String> fields) {}

  RowAnswers(Catalog catalog) {
    this.catalog = catalog;
  }

  void putInto(Answers answers) {
    answers.put(getInsertMethod(), this::insert);
    answers.put(getUpsertMethod(), this::upsert);
    answers.put(getDeleteMethod(), this::delete);
    answers.put(getSearchMethod(), this::search);
    answers.put(getHybridSearchMethod(), this::hybridSearch);
    answers.put(getQueryMethod(), this::query);
  }

  /** How many rows were written or found. */
  static long rowCount(Message response) {
    if (response instanceof MutationResult result) {
      return result.getInsertCnt() + result.getUpsertCnt() + result.getDeleteCnt();
    }
    if (response instanceof SearchResults results) {
      return results.getResults().getScoresCount();
    }
    if (response instanceof QueryResults results && results.getFieldsDataCount() > 0) {
      ScalarField keys = results.getFieldsData(0).getScalars();
      return Math.max(keys.getLongData().getDataCount(), keys.getStringData().getDataCount());
    }
    return 0;
  }

  /** A hybrid timestamp of now. */
  static long timestamp() {
    return System.currentTimeMillis() << 18;
  }

  private MutationResult insert(InsertRequest request, String database) {
    MilvusCollection collection =
        catalog.collection(request.getDbName(), database, request.getCollectionName());
    int rows = request.getNumRows();
    return write(collection, request.getPartitionName(), request.getFieldsDataList(), rows)
        .setInsertCnt(rows)
        .build();
  }

  private MutationResult upsert(UpsertRequest request, String database) {
    MilvusCollection collection =
        catalog.collection(request.getDbName(), database, request.getCollectionName());
    int rows = request.getNumRows();
    return write(collection, request.getPartitionName(), request.getFieldsDataList(), rows)
        .setUpsertCnt(rows)
        .build();
  }

  private MutationResult.Builder write(
      MilvusCollection collection, String partition, List<FieldData> fields, int rows) {
    checkPartition(collection, partition);
    collection.addRows(rows);
    return MutationResult.newBuilder()
        .setIDs(keysOf(collection, fields, rows))
        .setAcknowledged(true)
        .setTimestamp(timestamp());
  }

  private static void checkPartition(MilvusCollection collection, String partition) {
    if (!partition.isEmpty()) {
      collection.checkPartition(partition);
    }
  }

  private IDs keysOf(MilvusCollection collection, List<FieldData> fields, int rows) {
    for (FieldData field : fields) {
      if (field.getFieldName().equals(collection.primaryKey.getName())) {
        ScalarField keys = field.getScalars();
        return collection.hasTextKey()
            ? IDs.newBuilder().setStrId(keys.getStringData()).build()
            : IDs.newBuilder().setIntId(keys.getLongData()).build();
      }
    }
    List<ResultRows.Row> generated = new ArrayList<>();
    for (int i = 0; i < rows; i++) {
      generated.add(new ResultRows.Row(catalog.nextId()));
    }
    return ResultRows.keys(collection, generated);
  }

  private MutationResult delete(DeleteRequest request, String database) {
    MilvusCollection collection =
        catalog.collection(request.getDbName(), database, request.getCollectionName());
    checkPartition(collection, request.getPartitionName());
    List<ResultRows.Row> named = keysIn(request.getExpr());
    long rows = named == null ? 1 : named.size();
    collection.addRows(-rows);
    return MutationResult.newBuilder()
        .setDeleteCnt(rows)
        .setAcknowledged(true)
        .setTimestamp(timestamp())
        .build();
  }

  private SearchResults search(SearchRequest request, String database) {
    MilvusCollection collection =
        catalog.collection(request.getDbName(), database, request.getCollectionName());
    Map<String, String> params = params(request.getSearchParamsList());
    long queries = Math.max(1, request.getNq());
    long limit = number(params, "topk", number(params, "limit", resultRows));
    long skipped = number(params, "offset", 0);
    boolean iterator = "true".equalsIgnoreCase(params.get("search_iter_v2"));
    if (iterator) {
      // The bound is the score, and so the number, of the row the iterator had last.
      skipped = (long) Double.parseDouble(params.getOrDefault("search_iter_last_bound", "0"));
      limit = number(params, "search_iter_batch_size", limit);
    }
    long last = Math.min(resultRows, skipped + limit);
    SearchResults found =
        found(collection, queries, skipped + 1, last, request.getOutputFieldsList());
    if (!iterator) {
      return found;
    }
    SearchResultData.Builder data = found.getResults().toBuilder();
    data.setSearchIteratorV2Results(
        SearchIteratorV2Results.newBuilder()
            .setToken("scripted")
            .setLastBound(Math.max(skipped, last)));
    return found.toBuilder().setResults(data).setSessionTs(timestamp()).build();
  }

  private SearchResults hybridSearch(HybridSearchRequest request, String database) {
    MilvusCollection collection =
        catalog.collection(request.getDbName(), database, request.getCollectionName());
    Map<String, String> params = params(request.getRankParamsList());
    long queries = request.getRequestsCount() == 0 ? 1 : request.getRequests(0).getNq();
    long last = Math.min(resultRows, number(params, "limit", resultRows));
    return found(collection, Math.max(1, queries), 1, last, request.getOutputFieldsList());
  }

  private SearchResults found(
      MilvusCollection collection, long queries, long first, long last, List<String> outputFields) {
    Found key = new Found(collection.id, queries, first, last, List.copyOf(outputFields));
    SearchResults results = cache.get(key);
    if (results == null) {
      if (cache.size() > 1000) {
        cache.clear();
      }
      results = find(collection, queries, first, last, outputFields);
      cache.put(key, results);
    }
    return results;
  }

  private static SearchResults find(
      MilvusCollection collection, long queries, long first, long last, List<String> outputFields) {
    List<ResultRows.Row> rows = new ArrayList<>();
    SearchResultData.Builder data = SearchResultData.newBuilder();
    for (int query = 0; query < queries; query++) {
      for (long number = first; number <= last; number++) {
        rows.add(new ResultRows.Row(number));
        data.addScores(number);
      }
      data.addTopks(Math.max(0, last - first + 1));
    }
    List<FieldSchema> fields = fields(collection, outputFields, false);
    for (FieldSchema field : fields) {
      data.addOutputFields(field.getName());
      data.addFieldsData(ResultRows.field(field, rows));
    }
    data.setNumQueries(queries)
        .setTopK(Math.max(0, last - first + 1))
        .setIds(ResultRows.keys(collection, rows))
        .setPrimaryFieldName(collection.primaryKey.getName());
    return SearchResults.newBuilder()
        .setResults(data)
        .setCollectionName(collection.schema.getName())
        .build();
  }

  private QueryResults query(QueryRequest request, String database) {
    MilvusCollection collection =
        catalog.collection(request.getDbName(), database, request.getCollectionName());
    QueryResults.Builder results =
        QueryResults.newBuilder()
            .setCollectionName(request.getCollectionName())
            .setPrimaryFieldName(collection.primaryKey.getName())
            .setSessionTs(timestamp());
    if (request.getOutputFieldsList().contains("count(*)")) {
      ScalarField count =
          ScalarField.newBuilder()
              .setLongData(LongArray.newBuilder().addData(collection.rows.get()))
              .build();
      return results
          .addOutputFields("count(*)")
          .addFieldsData(
              FieldData.newBuilder()
                  .setFieldName("count(*)")
                  .setType(DataType.Int64)
                  .setScalars(count))
          .build();
    }
    Map<String, String> params = params(request.getQueryParamsList());
    List<ResultRows.Row> rows = keysIn(request.getExpr());
    if (rows == null) {
      Matcher above = KEYS_ABOVE.matcher(request.getExpr());
      long skipped =
          (above.matches() ? Long.parseLong(above.group(1)) : 0) + number(params, "offset", 0);
      long last = Math.min(resultRows, skipped + number(params, "limit", resultRows));
      rows = new ArrayList<>();
      for (long number = skipped + 1; number <= last; number++) {
        rows.add(new ResultRows.Row(number));
      }
    }
    for (FieldSchema field : fields(collection, request.getOutputFieldsList(), true)) {
      results.addOutputFields(field.getName());
      results.addFieldsData(ResultRows.field(field, rows));
    }
    return results.build();
  }

  /** The fields that are asked for, the key first where it is to be there in any case. */
  private static List<FieldSchema> fields(
      MilvusCollection collection, List<String> outputFields, boolean withKey) {
    boolean all = outputFields.contains("*");
    Set<FieldSchema> fields = new LinkedHashSet<>();
    if (withKey) {
      fields.add(collection.primaryKey);
    }
    for (FieldSchema field : collection.schema.getFieldsList()) {
      if (all || outputFields.contains(field.getName())) {
        fields.add(field);
      }
    }
    return List.copyOf(fields);
  }

  /** The rows of a filter that lists keys, or null where it does not. */
  private static @Nullable List<ResultRows.Row> keysIn(String filter) {
    Matcher list = KEYS_IN.matcher(filter);
    if (!list.matches()) {
      return null;
    }
    List<ResultRows.Row> rows = new ArrayList<>();
    for (String key : list.group(1).split(",", -1)) {
      String text = key.strip();
      if (text.isEmpty()) {
        continue;
      }
      if (text.startsWith("\"") || text.startsWith("'")) {
        rows.add(new ResultRows.Row(rows.size() + 1L, text.substring(1, text.length() - 1)));
      } else {
        rows.add(new ResultRows.Row(Long.parseLong(text)));
      }
    }
    return rows;
  }

  private static Map<String, String> params(List<KeyValuePair> pairs) {
    Map<String, String> params = new java.util.HashMap<>();
    pairs.forEach(pair -> params.put(pair.getKey(), pair.getValue()));
    return params;
  }

  private static long number(Map<String, String> params, String key, long otherwise) {
    String value = params.get(key);
    return value == null ? otherwise : Long.parseLong(value);
  }
}
