package dev.milvuspool;

import io.milvus.v2.service.vector.request.DeleteReq;
import io.milvus.v2.service.vector.request.HybridSearchReq;
import io.milvus.v2.service.vector.request.QueryReq;
import io.milvus.v2.service.vector.request.SearchReq;
import org.jspecify.annotations.Nullable;

/**
 * Copies of the requests that the SDK would write into. It sets the database in use, if it is not
 * the default, which would hold the user's request to it for ever; and a filter for primary keys,
 * after which the request cannot be sent again. A request that would not change needs no copy.
 */
final class Requests {
  private Requests() {}

  static SearchReq own(SearchReq request, @Nullable String database) {
    if (database == null || isSet(request.getDatabaseName())) {
      return request;
    }
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

  static HybridSearchReq own(HybridSearchReq request, @Nullable String database) {
    if (database == null || isSet(request.getDatabaseName())) {
      return request;
    }
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

  static QueryReq own(QueryReq request, @Nullable String database) {
    if ((database == null || isSet(request.getDatabaseName()))
        && (request.getIds() == null || request.getIds().isEmpty())) {
      return request;
    }
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
    if (request.getFilter() != null) {
      return request;
    }
    return DeleteReq.builder()
        .databaseName(request.getDatabaseName())
        .collectionName(request.getCollectionName())
        .partitionName(request.getPartitionName())
        .filter(request.getFilter())
        .ids(request.getIds())
        .filterTemplateValues(request.getFilterTemplateValues())
        .build();
  }

  private static boolean isSet(@Nullable String text) {
    return text != null && !text.isEmpty();
  }
}
