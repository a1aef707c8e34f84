package dev.milvuspool;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import dev.milvuspool.server.MilvusServer;
import io.milvus.v2.client.MilvusClientV2;
import io.milvus.v2.common.ConsistencyLevel;
import io.milvus.v2.common.DataType;
import io.milvus.v2.common.IndexParam;
import io.milvus.v2.service.collection.request.AddFieldReq;
import io.milvus.v2.service.collection.request.CreateCollectionReq;
import io.milvus.v2.service.vector.request.QueryReq;
import io.milvus.v2.service.vector.request.SearchReq;
import io.milvus.v2.service.vector.request.data.FloatVec;
import io.milvus.v2.service.vector.response.QueryResp;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The collection that the tests work with: id, vector(8), category. */
final class Samples {
  static final int DIMENSION = 8;

  private Samples() {}

  static ClientOptions.Builder options(MilvusServer server) {
    ClientOptions.Builder options = ClientOptions.builder().withAddress(server.address());
    String username = server.username();
    if (username != null) {
      options.withAuth(username, String.valueOf(server.password()));
    }
    return options;
  }

  static CreateCollectionReq.CollectionSchema schema() {
    CreateCollectionReq.CollectionSchema schema = MilvusClientV2.CreateSchema();
    schema.addField(
        AddFieldReq.builder().fieldName("id").dataType(DataType.Int64).isPrimaryKey(true).build());
    schema.addField(
        AddFieldReq.builder()
            .fieldName("vector")
            .dataType(DataType.FloatVector)
            .dimension(DIMENSION)
            .build());
    schema.addField(
        AddFieldReq.builder()
            .fieldName("category")
            .dataType(DataType.VarChar)
            .maxLength(32)
            .build());
    return schema;
  }

  static IndexParam index() {
    return IndexParam.builder()
        .fieldName("vector")
        .indexName("vector_index")
        .indexType(IndexParam.IndexType.IVF_FLAT)
        .metricType(IndexParam.MetricType.L2)
        .extraParams(Map.of("nlist", 16))
        .build();
  }

  static void createLoaded(Client client, String collection) {
    if (client.hasCollection(collection)) {
      client.dropCollection(collection);
    }
    client.createCollection(collection, schema(), 1);
    client.createIndex(collection, index());
    client.loadCollection(collection);
  }

  /**
   * Rows with ids from {@code first}; the vector of row n is (n, n, …), its category n modulo 2.
   */
  static List<JsonObject> rows(long first, int count) {
    List<JsonObject> rows = new ArrayList<>();
    for (long id = first; id < first + count; id++) {
      JsonObject row = new JsonObject();
      row.addProperty("id", id);
      JsonArray vector = new JsonArray();
      for (int i = 0; i < DIMENSION; i++) {
        vector.add((float) id);
      }
      row.add("vector", vector);
      row.addProperty("category", id % 2 == 0 ? "even" : "odd");
      rows.add(row);
    }
    return rows;
  }

  static SearchReq.SearchReqBuilder nearestTo(String collection, float value) {
    List<Float> vector = new ArrayList<>();
    for (int i = 0; i < DIMENSION; i++) {
      vector.add(value);
    }
    return SearchReq.builder()
        .collectionName(collection)
        .annsField("vector")
        .data(List.of(new FloatVec(vector)))
        .outputFields(List.of("id", "category"))
        .consistencyLevel(ConsistencyLevel.STRONG)
        .limit(3);
  }

  /** The ids that a filter matches, seen with strong consistency. */
  static List<Long> ids(Client client, String collection, String filter) {
    QueryResp found =
        client.query(
            QueryReq.builder()
                .collectionName(collection)
                .filter(filter)
                .outputFields(List.of("id"))
                .consistencyLevel(ConsistencyLevel.STRONG)
                .build());
    return found.getQueryResults().stream()
        .map(row -> (Long) row.getEntity().get("id"))
        .sorted()
        .toList();
  }
}
