package dev.milvuspool.bench;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import dev.milvuspool.Client;
import io.milvus.v2.client.MilvusClientV2;
import io.milvus.v2.common.DataType;
import io.milvus.v2.common.IndexParam;
import io.milvus.v2.service.collection.request.AddFieldReq;
import io.milvus.v2.service.collection.request.CreateCollectionReq;
import java.util.ArrayList;
import java.util.List;

/** The collections that are worked with: id, vector(8), category. */
final class Collections {
  /** The largest text that a row takes. */
  static final int MAX_TEXT = 65_535;

  /** A thousand rows, indexed and loaded, that stay as they are. */
  static final String READ = "bench_read";

  /** Where rows are inserted. */
  static final String WRITTEN = "bench_written";

  private static final int DIMENSION = 8;

  private Collections() {}

  /** Makes both afresh. */
  static void create(Target target) {
    try (Client client = Client.connect(target.options().build())) {
      drop(client);
      client.createCollection(WRITTEN, schema(), 1);
      client.createCollection(READ, schema(), 1);
      client.insert(READ, rows(0, 1_000));
      client.flush(READ);
      client.createIndex(
          READ,
          IndexParam.builder()
              .fieldName("vector")
              .indexName("vector_index")
              .indexType(IndexParam.IndexType.FLAT)
              .metricType(IndexParam.MetricType.L2)
              .build());
      client.loadCollection(READ);
    }
  }

  /** Drops both. */
  static void drop(Target target) {
    try (Client client = Client.connect(target.options().build())) {
      drop(client);
    }
  }

  private static void drop(Client client) {
    for (String name : List.of(READ, WRITTEN)) {
      if (client.hasCollection(name)) {
        client.dropCollection(name);
      }
    }
  }

  private static CreateCollectionReq.CollectionSchema schema() {
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
            .maxLength(MAX_TEXT)
            .build());
    return schema;
  }

  static List<JsonObject> rows(long first, int count) {
    return rows(first, count, "science");
  }

  static List<JsonObject> rows(long first, int count, String category) {
    List<JsonObject> rows = new ArrayList<>();
    for (long id = first; id < first + count; id++) {
      JsonObject row = new JsonObject();
      row.addProperty("id", id);
      JsonArray vector = new JsonArray();
      vector(id).forEach(vector::add);
      row.add("vector", vector);
      row.addProperty("category", category);
      rows.add(row);
    }
    return rows;
  }

  static List<Float> vector(long id) {
    List<Float> vector = new ArrayList<>();
    for (int i = 0; i < DIMENSION; i++) {
      vector.add((float) id + i);
    }
    return vector;
  }
}
