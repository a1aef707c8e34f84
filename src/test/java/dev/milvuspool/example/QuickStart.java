package dev.milvuspool.example;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import dev.milvuspool.Client;
import dev.milvuspool.ClientOptions;
import dev.milvuspool.MilvusPool;
import dev.milvuspool.server.MilvusServer;
import dev.milvuspool.server.RealMilvus;
import io.milvus.v2.client.MilvusClientV2;
import io.milvus.v2.common.ConsistencyLevel;
import io.milvus.v2.common.DataType;
import io.milvus.v2.common.IndexParam;
import io.milvus.v2.service.collection.request.AddFieldReq;
import io.milvus.v2.service.collection.request.CreateCollectionReq;
import io.milvus.v2.service.vector.request.QueryReq;
import io.milvus.v2.service.vector.request.SearchReq;
import io.milvus.v2.service.vector.request.UpsertReq;
import io.milvus.v2.service.vector.request.data.FloatVec;
import io.milvus.v2.service.vector.response.QueryResp;
import io.milvus.v2.service.vector.response.SearchResp;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** The whole life of data, from an empty server to a clean one. */
public final class QuickStart {
  private static final String DATABASE = "quick_start";
  private static final String COLLECTION = "articles";
  private static final String PARTITION = "recent";
  private static final int DIMENSION = 128;
  private static final int ROWS = 100;
  private static final List<String> CATEGORIES = List.of("science", "sports", "music", "travel");

  private static final Random RANDOM = new Random(42);

  private QuickStart() {}

  /** Finds or starts a Milvus and walks through. */
  public static void main(String[] arguments) {
    System.out.println("Looking for a Milvus (the first start of a local one takes a minute) ...");
    MilvusServer found;
    try {
      found = RealMilvus.find();
    } catch (IllegalStateException e) {
      System.err.println(e.getMessage());
      System.exit(1);
      return;
    }
    try (MilvusServer server = found;
        MilvusPool pool = MilvusPool.create()) {
      System.out.println("Found " + server.description());
      ClientOptions.Builder options = ClientOptions.builder().withAddress(server.address());
      String username = server.username();
      String password = server.password();
      if (username != null && password != null) {
        options.withAuth(username, password);
      }
      walkThrough(pool.add("main", options.build()));
      System.out.println("Done: " + pool.stats());
    }
  }

  private static void walkThrough(Client main) {
    step("create database " + DATABASE);
    if (main.listDatabases().contains(DATABASE)) {
      cleanUp(main); // an earlier walk was cut short
    }
    main.createDatabase(DATABASE);
    main.useDatabase(DATABASE);

    step("create collection " + COLLECTION + ": id, vector(128), text, category, score");
    main.createCollection(COLLECTION, schema(), 1);
    step("create partition " + PARTITION);
    main.createPartition(COLLECTION, PARTITION);

    step("create index IVF_FLAT, L2, nlist 1024");
    main.createIndex(COLLECTION, index(), percent -> System.out.print("   " + percent + " %"));
    System.out.println();
    step("load");
    main.loadCollection(COLLECTION, percent -> System.out.print("   " + percent + " %"));
    System.out.println();

    step("insert " + ROWS + " rows");
    List<JsonObject> rows = rows();
    System.out.println(
        "   inserted " + main.insert(COLLECTION, PARTITION, rows).getInsertCnt() + " rows");

    step("query score >= 0.9");
    print(query(main, "score >= 0.9"));

    step("search the 5 nearest to row 7");
    print(search(main, vectorOf(rows.get(7)), ""));
    step("search the 5 nearest to row 7 in category music");
    print(search(main, vectorOf(rows.get(7)), "category == 'music'"));

    step("update row 7");
    JsonObject changed = rows.get(7).deepCopy();
    changed.addProperty("text", "article 7, second edition");
    main.upsert(
        UpsertReq.builder()
            .collectionName(COLLECTION)
            .partitionName(PARTITION)
            .data(List.of(changed))
            .build());
    print(query(main, "id == 7"));

    step("delete rows 0 to 9");
    main.delete(COLLECTION, "id < 10");
    System.out.println("   left: " + query(main, "id >= 0").getQueryResults().size() + " rows");

    step("clean up");
    cleanUp(main);
    System.out.println("   databases: " + main.listDatabases());
  }

  private static void cleanUp(Client main) {
    main.useDatabase(DATABASE);
    main.listCollections().forEach(main::dropCollection);
    main.useDatabase("default");
    main.dropDatabase(DATABASE);
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
        AddFieldReq.builder().fieldName("text").dataType(DataType.VarChar).maxLength(256).build());
    schema.addField(
        AddFieldReq.builder()
            .fieldName("category")
            .dataType(DataType.VarChar)
            .maxLength(32)
            .build());
    schema.addField(AddFieldReq.builder().fieldName("score").dataType(DataType.Float).build());
    return schema;
  }

  private static IndexParam index() {
    return IndexParam.builder()
        .fieldName("vector")
        .indexName("vector_index")
        .indexType(IndexParam.IndexType.IVF_FLAT)
        .metricType(IndexParam.MetricType.L2)
        .extraParams(Map.of("nlist", 1024))
        .build();
  }

  private static List<JsonObject> rows() {
    List<JsonObject> rows = new ArrayList<>();
    for (int id = 0; id < ROWS; id++) {
      JsonObject row = new JsonObject();
      row.addProperty("id", id);
      JsonArray vector = new JsonArray();
      for (int i = 0; i < DIMENSION; i++) {
        vector.add(RANDOM.nextFloat());
      }
      row.add("vector", vector);
      row.addProperty("text", "article " + id);
      row.addProperty("category", CATEGORIES.get(id % CATEGORIES.size()));
      row.addProperty("score", RANDOM.nextFloat());
      rows.add(row);
    }
    return rows;
  }

  private static FloatVec vectorOf(JsonObject row) {
    List<Float> vector = new ArrayList<>();
    row.getAsJsonArray("vector").forEach(value -> vector.add(value.getAsFloat()));
    return new FloatVec(vector);
  }

  private static QueryResp query(Client main, String filter) {
    return main.query(
        QueryReq.builder()
            .collectionName(COLLECTION)
            .filter(filter)
            .outputFields(List.of("id", "text", "category", "score"))
            .consistencyLevel(ConsistencyLevel.STRONG)
            .build());
  }

  private static SearchResp search(Client main, FloatVec vector, String filter) {
    return main.search(
        SearchReq.builder()
            .collectionName(COLLECTION)
            .data(List.of(vector))
            .filter(filter)
            .limit(5)
            .searchParams(Map.of("nprobe", 64))
            .outputFields(List.of("id", "text", "category", "score"))
            .consistencyLevel(ConsistencyLevel.STRONG)
            .build());
  }

  private static void step(String what) {
    System.out.println("-> " + what);
  }

  private static void print(QueryResp rows) {
    rows.getQueryResults().forEach(row -> System.out.println("   " + row.getEntity()));
  }

  private static void print(SearchResp hits) {
    hits.getSearchResults()
        .get(0)
        .forEach(
            hit -> System.out.println("   distance " + hit.getScore() + ": " + hit.getEntity()));
  }
}
