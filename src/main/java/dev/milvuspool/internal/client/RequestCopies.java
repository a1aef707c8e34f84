package dev.milvuspool.internal.client;

import io.milvus.v2.service.vector.request.*;
import java.util.HashMap;
import java.util.Map;

/**
 * Copies requests that the SDK writes into: the database, a filter for primary keys, the state of
 * an iterator. The user's own are never changed, and can be sent again anywhere.
 */
final class RequestCopies {
  private RequestCopies() {}

  static SearchReq own(SearchReq request) {
    return SearchReq.builder()
        .databaseName(request.getDatabaseName())
        .collectionName(request.getCollectionName())
        .partitionNames(request.getPartitionNames())
        .annsField(request.getAnnsField())
        .metricType(request.getMetricType())
        .filter(request.getFilter())
        .outputFields(request.getOutputFields())
        .data(request.getData())
        .ids(request.getIds())
        .offset(request.getOffset())
        .limit(request.getLimit())
        .roundDecimal(request.getRoundDecimal())
        .searchParams(request.getSearchParams())
        .guaranteeTimestamp(request.getGuaranteeTimestamp())
        .gracefulTime(request.getGracefulTime())
        .consistencyLevel(request.getConsistencyLevel())
        .ignoreGrowing(request.isIgnoreGrowing())
        .timezone(request.getTimezone())
        .groupByFieldName(request.getGroupByFieldName())
        .groupSize(request.getGroupSize())
        .strictGroupSize(request.getStrictGroupSize())
        .ranker(request.getRanker())
        .functionScore(request.getFunctionScore())
        .filterTemplateValues(request.getFilterTemplateValues())
        .highlighter(request.getHighlighter())
        .build();
  }

  static HybridSearchReq own(HybridSearchReq request) {
    return HybridSearchReq.builder()
        .databaseName(request.getDatabaseName())
        .collectionName(request.getCollectionName())
        .partitionNames(request.getPartitionNames())
        .searchRequests(request.getSearchRequests())
        .ranker(request.getRanker())
        .functionScore(request.getFunctionScore())
        .limit(request.getLimit())
        .outFields(request.getOutFields())
        .offset(request.getOffset())
        .roundDecimal(request.getRoundDecimal())
        .consistencyLevel(request.getConsistencyLevel())
        .groupByFieldName(request.getGroupByFieldName())
        .groupSize(request.getGroupSize())
        .strictGroupSize(request.getStrictGroupSize())
        .build();
  }

  static QueryReq own(QueryReq request) {
    return QueryReq.builder()
        .databaseName(request.getDatabaseName())
        .collectionName(request.getCollectionName())
        .partitionNames(request.getPartitionNames())
        .outputFields(request.getOutputFields())
        .ids(request.getIds())
        .filter(request.getFilter())
        .consistencyLevel(request.getConsistencyLevel())
        .offset(request.getOffset())
        .limit(request.getLimit())
        .ignoreGrowing(request.isIgnoreGrowing())
        .timezone(request.getTimezone())
        .queryParams(request.getQueryParams())
        .filterTemplateValues(request.getFilterTemplateValues())
        .build();
  }

  static DeleteReq own(DeleteReq request) {
    return DeleteReq.builder()
        .databaseName(request.getDatabaseName())
        .collectionName(request.getCollectionName())
        .partitionName(request.getPartitionName())
        .filter(request.getFilter())
        .ids(request.getIds())
        .filterTemplateValues(request.getFilterTemplateValues())
        .build();
  }

  static UpsertReq own(UpsertReq request) {
    return UpsertReq.builder()
        .databaseName(request.getDatabaseName())
        .collectionName(request.getCollectionName())
        .partitionName(request.getPartitionName())
        .data(request.getData())
        .partialUpdate(request.isPartialUpdate())
        .fieldOps(request.getFieldOps())
        .build();
  }

  /** Its search parameters may be immutable; the iterator keeps its state in them. */
  static SearchIteratorReqV2 own(SearchIteratorReqV2 request) {
    Map<String, Object> parameters = request.getSearchParams();
    return SearchIteratorReqV2.builder()
        .databaseName(request.getDatabaseName())
        .collectionName(request.getCollectionName())
        .partitionNames(request.getPartitionNames())
        .metricType(request.getMetricType())
        .vectorFieldName(request.getVectorFieldName())
        .limit(request.getLimit())
        .filter(request.getFilter())
        .outputFields(request.getOutputFields())
        .vectors(request.getVectors())
        .roundDecimal(request.getRoundDecimal())
        .searchParams(parameters == null ? new HashMap<>() : new HashMap<>(parameters))
        .consistencyLevel(request.getConsistencyLevel())
        .ignoreGrowing(request.isIgnoreGrowing())
        .timezone(request.getTimezone())
        .groupByFieldName(request.getGroupByFieldName())
        .batchSize(request.getBatchSize())
        .externalFilterFunc(request.getExternalFilterFunc())
        .filterTemplateValues(request.getFilterTemplateValues())
        .build();
  }
}
