package dev.milvuspool.server;

import io.milvus.v2.client.ConnectConfig;
import io.milvus.v2.client.MilvusClientV2;
import io.milvus.v2.client.RetryConfig;
import io.milvus.v2.common.DataType;
import io.milvus.v2.service.collection.request.AddFieldReq;
import io.milvus.v2.service.collection.request.CreateCollectionReq;
import io.milvus.v2.service.collection.request.DropCollectionReq;
import io.milvus.v2.service.collection.request.HasCollectionReq;
import java.time.Duration;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;

/**
 * Waits until a server does real work: it answers the handshake before it can create a collection.
 */
final class Readiness {
  private static final String COLLECTION = "readiness_probe";

  private Readiness() {}

  static void await(
      ConnectConfig config, Duration timeout, BooleanSupplier alive, Supplier<String> log) {
    Throwable[] last = new Throwable[1];
    try {
      Awaitility.await()
          .pollDelay(Duration.ZERO)
          .pollInterval(Duration.ofMillis(200))
          .atMost(timeout)
          .until(
              () -> {
                if (!alive.getAsBoolean()) {
                  throw new IllegalStateException("the server ended: " + log.get());
                }
                try {
                  work(config);
                  return true;
                } catch (RuntimeException e) {
                  last[0] = e;
                  return false;
                }
              });
    } catch (ConditionTimeoutException e) {
      throw new IllegalStateException(
          "the server did not work within " + timeout + "; its log ends with: " + log.get(),
          last[0]);
    }
  }

  private static void work(ConnectConfig config) {
    MilvusClientV2 client = new MilvusClientV2(config);
    try {
      client.retryConfig(RetryConfig.builder().maxRetryTimes(1).build());
      if (client.hasCollection(HasCollectionReq.builder().collectionName(COLLECTION).build())) {
        client.dropCollection(DropCollectionReq.builder().collectionName(COLLECTION).build());
      }
      CreateCollectionReq.CollectionSchema schema = MilvusClientV2.CreateSchema();
      schema.addField(
          AddFieldReq.builder()
              .fieldName("id")
              .dataType(DataType.Int64)
              .isPrimaryKey(true)
              .build());
      schema.addField(
          AddFieldReq.builder()
              .fieldName("vector")
              .dataType(DataType.FloatVector)
              .dimension(2)
              .build());
      client.createCollection(
          CreateCollectionReq.builder()
              .collectionName(COLLECTION)
              .collectionSchema(schema)
              .build());
      client.dropCollection(DropCollectionReq.builder().collectionName(COLLECTION).build());
    } finally {
      client.close();
    }
  }
}
