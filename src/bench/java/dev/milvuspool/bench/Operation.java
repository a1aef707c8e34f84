package dev.milvuspool.bench;

import com.google.gson.JsonObject;
import dev.milvuspool.Client;
import io.milvus.v2.client.MilvusClientV2;
import io.milvus.v2.service.collection.request.HasCollectionReq;
import io.milvus.v2.service.vector.request.InsertReq;
import io.milvus.v2.service.vector.request.QueryReq;
import io.milvus.v2.service.vector.request.SearchReq;
import io.milvus.v2.service.vector.request.data.FloatVec;
import java.util.List;
import java.util.function.Function;

/** What is called, as users of this library and of the SDK write it, on {@link Collections}. */
public enum Operation {
  /** The cheapest call there is. */
  HAS_COLLECTION(
      "hasCollection",
      client -> client.hasCollection(Collections.READ),
      sdk ->
          sdk.hasCollection(HasCollectionReq.builder().collectionName(Collections.READ).build())),
  /** The ten nearest. */
  SEARCH("search", client -> client.search(searchRequest()), sdk -> sdk.search(searchRequest())),
  /** Three rows by their ids. */
  QUERY("query", client -> client.query(queryRequest()), sdk -> sdk.query(queryRequest())),
  /** One row. */
  INSERT_1(
      "insert, 1 row",
      client -> client.insert(insertRequest(Data.ONE)),
      sdk -> sdk.insert(insertRequest(Data.ONE))),
  /** A thousand rows. */
  INSERT_1000(
      "insert, 1,000 rows",
      client -> client.insert(insertRequest(Data.THOUSAND)),
      sdk -> sdk.insert(insertRequest(Data.THOUSAND)));

  private final String label;
  private final Function<Client, Object> pooled;
  private final Function<MilvusClientV2, Object> raw;

  Operation(String label, Function<Client, Object> pooled, Function<MilvusClientV2, Object> raw) {
    this.label = label;
    this.pooled = pooled;
    this.raw = raw;
  }

  /** What is sent again and again. */
  private static final class Data {
    static final List<JsonObject> ONE = Collections.rows(0, 1);
    static final List<JsonObject> THOUSAND = Collections.rows(0, 1_000);
    static final List<Float> VECTOR = Collections.vector(7);
  }

  private static SearchReq searchRequest() {
    return SearchReq.builder()
        .collectionName(Collections.READ)
        .annsField("vector")
        .data(List.of(new FloatVec(Data.VECTOR)))
        .outputFields(List.of("id"))
        .limit(10)
        .build();
  }

  private static QueryReq queryRequest() {
    return QueryReq.builder()
        .collectionName(Collections.READ)
        .filter("id in [1, 2, 3]")
        .outputFields(List.of("id", "category"))
        .build();
  }

  private static InsertReq insertRequest(List<JsonObject> rows) {
    return InsertReq.builder().collectionName(Collections.WRITTEN).data(rows).build();
  }

  String label() {
    return label;
  }

  /** Whether it takes so many times longer than the others that few fit into a turn. */
  boolean isSlow() {
    return this == INSERT_1000;
  }

  Object on(Client client) {
    return pooled.apply(client);
  }

  Object on(MilvusClientV2 sdk) {
    return raw.apply(sdk);
  }
}
