package dev.milvuspool;

import static org.assertj.core.api.Assertions.assertThat;

import dev.milvuspool.scripted.ScriptedMilvus;
import io.milvus.v2.client.ConnectConfig;
import io.milvus.v2.client.MilvusClientV2;
import io.milvus.v2.service.collection.request.HasCollectionReq;
import io.milvus.v2.service.vector.request.SearchReq;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What a call through the client allocates more than the same call through the bare SDK. */
@Timeout(60)
class CallCostTest {
  private static final long AT_MOST = 1024;
  private static final int ROUNDS = 9;
  private static final int TIMES = 200;
  private static final SearchReq SEARCH_REQUEST = Samples.nearestTo("items", 1).build();

  private final ScriptedMilvus server = ClientOperation.server();
  private MilvusClientV2 sdk;

  /** A call, as a user of the client and a user of the SDK write it. */
  enum Operation {
    HAS_COLLECTION(
        client -> client.hasCollection("items"),
        sdk -> sdk.hasCollection(HasCollectionReq.builder().collectionName("items").build())),
    SEARCH(client -> client.search(SEARCH_REQUEST), sdk -> sdk.search(SEARCH_REQUEST));

    private final Consumer<Client> pooled;
    private final Consumer<MilvusClientV2> raw;

    Operation(Consumer<Client> pooled, Consumer<MilvusClientV2> raw) {
      this.pooled = pooled;
      this.raw = raw;
    }
  }

  @BeforeEach
  void connectTheSdk() {
    sdk = new MilvusClientV2(ConnectConfig.builder().uri("http://" + server.address()).build());
  }

  @AfterEach
  void close() throws InterruptedException {
    sdk.close(1);
    server.close();
  }

  @ParameterizedTest
  @EnumSource
  void aCallAllocatesAtMostAKilobyteMoreThanTheSdk(Operation operation) {
    assertThat(moreThanTheSdk(operation, MilvusPool.create())).isLessThanOrEqualTo(AT_MOST);
  }

  @ParameterizedTest
  @EnumSource
  void withAListenerItIsStillAtMostAKilobyte(Operation operation) {
    PoolListener listener = new PoolListener() {};
    MilvusPool observed = MilvusPool.builder().withListener(listener).build();

    assertThat(moreThanTheSdk(operation, observed)).isLessThanOrEqualTo(AT_MOST);
  }

  private long moreThanTheSdk(Operation operation, MilvusPool pool) {
    try (pool) {
      Client client = pool.add("main", options -> options.withAddress(server.address()));
      Runnable pooled = () -> operation.pooled.accept(client);
      Runnable raw = () -> operation.raw.accept(sdk);
      Allocation.difference(2, TIMES, pooled, raw); // warm-up

      return Allocation.difference(ROUNDS, TIMES, pooled, raw);
    }
  }
}
