package dev.milvuspool.server;

import io.milvus.v2.client.ConnectConfig;
import io.milvus.v2.client.MilvusClientV2;
import io.milvus.v2.client.RetryConfig;
import io.milvus.v2.common.DataType;
import io.milvus.v2.service.collection.request.AddFieldReq;
import io.milvus.v2.service.collection.request.CreateCollectionReq;
import io.milvus.v2.service.collection.request.DropCollectionReq;
import io.milvus.v2.service.collection.request.HasCollectionReq;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.function.Supplier;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;

/**
 * Waits until a server does real work: it answers the handshake before it can create a collection.
 */
final class Readiness {
  private static final String COLLECTION = "readiness_probe";
  private static final Duration POLL_INTERVAL = Duration.ofMillis(100);
  private static final int KNOCK_TIMEOUT_MILLIS = 1_000;

  private Readiness() {}

  /** Returns the server's version, when it works. */
  static String await(
      ConnectConfig config, Duration timeout, BooleanSupplier alive, Supplier<String> log) {
    AtomicReference<String> version = new AtomicReference<>("");
    AtomicReference<Exception> last = new AtomicReference<>();
    try {
      Awaitility.await()
          .pollDelay(Duration.ZERO)
          .pollInterval(POLL_INTERVAL)
          .atMost(timeout)
          .until(
              () -> {
                if (!alive.getAsBoolean()) {
                  throw new IllegalStateException(
                      "the server ended; its output ends with: " + log.get());
                }
                try {
                  knock(config);
                  version.set(asked(config, Readiness::work));
                  return true;
                } catch (IOException | RuntimeException e) {
                  last.set(e);
                  return false;
                }
              });
    } catch (ConditionTimeoutException e) {
      throw new IllegalStateException(
          "the server did not work within "
              + timeout.toSeconds()
              + " s: "
              + last.get()
              + "; its output ends with: "
              + log.get(),
          last.get());
    }
    return version.get();
  }

  /** The version of a server that should be up; nothing is changed there. */
  static String version(ConnectConfig config) throws IOException {
    knock(config);
    return asked(config, MilvusClientV2::getServerVersion);
  }

  /** The SDK waits for a second and more before it knocks again. */
  private static void knock(ConnectConfig config) throws IOException {
    try (Socket socket = new Socket()) {
      socket.connect(
          new InetSocketAddress(config.getHost(), config.getPort()), KNOCK_TIMEOUT_MILLIS);
    }
  }

  private static String asked(ConnectConfig config, Function<MilvusClientV2, String> question) {
    MilvusClientV2 client = new MilvusClientV2(config);
    try {
      client.retryConfig(RetryConfig.builder().maxRetryTimes(1).build());
      return question.apply(client);
    } finally {
      close(client);
    }
  }

  private static void close(MilvusClientV2 client) {
    try {
      client.close(1);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static String work(MilvusClientV2 client) {
    if (client.hasCollection(HasCollectionReq.builder().collectionName(COLLECTION).build())) {
      client.dropCollection(DropCollectionReq.builder().collectionName(COLLECTION).build());
    }
    CreateCollectionReq.CollectionSchema schema = MilvusClientV2.CreateSchema();
    schema.addField(
        AddFieldReq.builder().fieldName("id").dataType(DataType.Int64).isPrimaryKey(true).build());
    schema.addField(
        AddFieldReq.builder()
            .fieldName("vector")
            .dataType(DataType.FloatVector)
            .dimension(2)
            .build());
    client.createCollection(
        CreateCollectionReq.builder().collectionName(COLLECTION).collectionSchema(schema).build());
    client.dropCollection(DropCollectionReq.builder().collectionName(COLLECTION).build());
    return client.getServerVersion();
  }
}
