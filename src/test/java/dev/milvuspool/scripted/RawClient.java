package dev.milvuspool.scripted;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import io.milvus.v2.client.ConnectConfig;
import io.milvus.v2.client.MilvusClientV2;
import io.milvus.v2.client.RetryConfig;
import io.milvus.v2.service.vector.request.InsertReq;
import io.milvus.v2.service.vector.request.SearchReq;
import io.milvus.v2.service.vector.request.data.FloatVec;
import io.milvus.v2.service.vector.response.InsertResp;
import io.milvus.v2.service.vector.response.SearchResp;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/** The SDK's client as it comes, with deadlines, and with retries off. */
final class RawClient implements AutoCloseable {
  static final String COLLECTION = "items";
  static final int DIMENSION = 4;

  private final MilvusClientV2 sdk;

  private RawClient(MilvusClientV2 sdk) {
    this.sdk = sdk;
    sdk.retryConfig(RetryConfig.builder().maxRetryTimes(1).build());
  }

  static RawClient of(ScriptedMilvus milvus) {
    return of(milvus, config -> config);
  }

  static RawClient of(
      ScriptedMilvus milvus, UnaryOperator<ConnectConfig.ConnectConfigBuilder> more) {
    return new RawClient(
        new MilvusClientV2(
            more.apply(
                    ConnectConfig.builder()
                        .uri("http://" + milvus.address())
                        .connectTimeoutMs(5000)
                        .rpcDeadlineMs(5000))
                .build()));
  }

  MilvusClientV2 sdk() {
    return sdk;
  }

  InsertResp insert(long... ids) {
    return sdk.insert(InsertReq.builder().collectionName(COLLECTION).data(rows(ids)).build());
  }

  static List<JsonObject> rows(long... ids) {
    List<JsonObject> rows = new ArrayList<>();
    for (long id : ids) {
      JsonArray vector = new JsonArray();
      for (int i = 0; i < DIMENSION; i++) {
        vector.add((float) i);
      }
      JsonObject row = new JsonObject();
      row.addProperty("id", id);
      row.add("vector", vector);
      rows.add(row);
    }
    return rows;
  }

  /** Searches for the nearest two. */
  SearchResp search() {
    return sdk.search(
        SearchReq.builder()
            .collectionName(COLLECTION)
            .data(List.of(new FloatVec(new float[DIMENSION])))
            .limit(2)
            .build());
  }

  @Override
  public void close() {
    try {
      sdk.close(1000);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
