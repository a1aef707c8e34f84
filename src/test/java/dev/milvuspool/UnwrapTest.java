package dev.milvuspool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import dev.milvuspool.scripted.ScriptedMilvus;
import io.milvus.grpc.DeleteRequest;
import io.milvus.v2.client.MilvusClientV2;
import io.milvus.v2.client.RetryConfig;
import io.milvus.v2.common.DataType;
import io.milvus.v2.exception.MilvusClientException;
import io.milvus.v2.service.collection.request.AddFieldReq;
import io.milvus.v2.service.collection.request.CreateCollectionReq;
import io.milvus.v2.service.collection.request.DropCollectionReq;
import io.milvus.v2.service.rbac.request.UpdatePasswordReq;
import io.milvus.v2.service.vector.request.DeleteReq;
import io.milvus.v2.service.vector.request.GetReq;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The SDK client that is given away: valid for the client's life, and always supervised. */
@Timeout(60)
class UnwrapTest {
  private static final Duration SOON = Duration.ofSeconds(15);

  private final ScriptedMilvus server = ClientOperation.server();
  private final Events events = new Events();
  private final MilvusPool pool = MilvusPool.builder().withListener(events).build();
  private final Client client = pool.add("main", ClientOperation.options(server).build());

  @AfterEach
  void close() {
    pool.close();
    server.close();
  }

  @Test
  void itStaysValidThroughAReconnectAReplaceAndAgeing() {
    MilvusClientV2 sdk = client.unwrap();
    server.kill();
    await().atMost(SOON).until(() -> client.state() == ClientState.DOWN);
    assertThat(sdk.clientIsReady()).isFalse();
    server.restart();
    await().atMost(SOON).until(sdk::clientIsReady);
    assertThat(sdk.listCollections().getCollectionNames()).contains("items");

    try (ScriptedMilvus other = ClientOperation.server()) {
      pool.replace(
          "main",
          ClientOperation.options(other).withMaxConnectionAge(Duration.ofMillis(100)).build());
      await().atMost(SOON).until(() -> other.transportsEver() > 3);
      assertThat(sdk.listCollections().getCollectionNames()).contains("items");
      assertThat(other.calls("ShowCollections")).isEqualTo(1);
      assertThat(client.unwrap()).isSameAs(sdk);
      pool.remove("main");
    }
  }

  @Test
  void itIsOneObjectForEachDatabaseHoweverItIsAskedFor() {
    MilvusClientV2 first = client.unwrap();
    MilvusClientV2 other = client.withDatabase("other").unwrap();

    client.useDatabase("other");

    assertThat(client.unwrap()).isSameAs(other).isNotSameAs(first);
    assertThat(client.withDatabase("default").unwrap()).isSameAs(first);
    assertThat(client.withDeadline(Duration.ofSeconds(1)).unwrap()).isSameAs(other);
    assertThat(client.<MilvusClientV2>call(sdk -> sdk)).isSameAs(other);
    assertThat(first.currentUsedDatabase()).isEqualTo("default");
    assertThat(other.currentUsedDatabase()).isEqualTo("other");
    other.listCollections();
    assertThat(server.lastHeader("ShowCollections", "dbname")).hasValue("other");
    first.listCollections();
    assertThat(server.lastHeader("ShowCollections", "dbname")).isEmpty();
  }

  @Test
  void listenersDoNotHearItsRequests() {
    server.reject("ShowCollections", 8, "rate limit exceeded", 1);

    client.unwrap().listCollections();

    assertThat(events.of(Events.Kind.CALL)).isEmpty();
    assertThat(events.of(Events.Kind.RETRY)).isEmpty();
  }

  @Test
  void whatItCannotDoNamesTheRemedy() {
    MilvusClientV2 sdk = client.unwrap();

    assertThatThrownBy(() -> sdk.useDatabase("other"))
        .isInstanceOf(UnsupportedOperationException.class)
        .hasMessageContaining("withDatabase(\"other\")");
    assertThatThrownBy(() -> sdk.withTimeout(1, TimeUnit.SECONDS))
        .isInstanceOf(UnsupportedOperationException.class)
        .hasMessageContaining("withDeadline");
    assertThatThrownBy(() -> sdk.withRetry(RetryConfig.builder().build()))
        .isInstanceOf(UnsupportedOperationException.class)
        .hasMessageContaining("withRetry");
    assertThatThrownBy(() -> sdk.retryConfig(RetryConfig.builder().build()))
        .isInstanceOf(UnsupportedOperationException.class)
        .hasMessageContaining("withRetry");
  }

  @Test
  void itsCloseClosesNothingAndSaysSoInOneLine() throws Exception {
    MilvusClientV2 sdk = client.unwrap();
    try (CapturedLog log = new CapturedLog()) {
      sdk.close();

      assertThat(log.lines("dev.milvuspool", Level.DEBUG))
          .filteredOn(line -> line.contains("closes nothing"))
          .hasSize(1);
    }
    assertThat(sdk.listCollections().getCollectionNames()).contains("items");
    assertThat(client.listCollections()).contains("items");
  }

  @Test
  void aNewPasswordWithANewConnectionChangesThePasswordAndNothingElse() {
    UpdatePasswordReq request =
        UpdatePasswordReq.builder()
            .userName("root")
            .password("old")
            .newPassword("new")
            .resetConnection(true)
            .build();
    long transports = server.transportsEver();

    client.unwrap().updatePassword(request);
    client.call(
        sdk -> {
          sdk.updatePassword(request);
          return true;
        });

    assertThat(server.executed("UpdateCredential")).isEqualTo(2);
    assertThat(server.transportsEver()).isEqualTo(transports);
    server.kill();
    await().atMost(SOON).until(() -> client.state() == ClientState.DOWN);
    server.restart();
    await().atMost(SOON).until(() -> client.state() == ClientState.UP);
    assertThat(client.listCollections()).contains("items");
  }

  @Test
  void afterTheEndItOpensNothingAndSaysWhy() {
    MilvusClientV2 sdk = client.unwrap();
    pool.remove("main");
    server.awaitTransports(0, SOON);
    long transports = server.transportsEver();

    assertThatThrownBy(sdk::listCollections)
        .isInstanceOf(MilvusClientException.class)
        .hasCauseInstanceOf(ClientClosedException.class);
    assertThat(sdk.clientIsReady()).isFalse();
    assertThat(server.transportsEver()).isEqualTo(transports);
  }

  @Test
  void itsRequestInFlightIsDrainedLikeAnyOther() throws Exception {
    MilvusClientV2 sdk = client.unwrap();
    server.delay("ShowCollections", Duration.ofMillis(400));
    var threads = java.util.concurrent.Executors.newSingleThreadExecutor();
    try {
      var listing = threads.submit(() -> sdk.listCollections().getCollectionNames());
      server.awaitInFlight("ShowCollections", 1, SOON);
      pool.remove("main");
      assertThat(listing.get()).contains("items");
    } finally {
      threads.shutdownNow();
    }
  }

  // ---- one schema cache for all connections

  private static CreateCollectionReq recreated(String key, int dimension) {
    var schema = MilvusClientV2.CreateSchema();
    schema.addField(
        AddFieldReq.builder().fieldName(key).dataType(DataType.Int64).isPrimaryKey(true).build());
    schema.addField(
        AddFieldReq.builder()
            .fieldName("vector")
            .dataType(DataType.FloatVector)
            .dimension(dimension)
            .build());
    return CreateCollectionReq.builder()
        .collectionName("changing")
        .collectionSchema(schema)
        .build();
  }

  private static com.google.gson.JsonObject row(String key, int dimension) {
    var row = new com.google.gson.JsonObject();
    row.addProperty(key, 1);
    var vector = new com.google.gson.JsonArray();
    for (int i = 0; i < dimension; i++) {
      vector.add(0.5f);
    }
    row.add("vector", vector);
    return row;
  }

  private static void writeAndRead(Client client, String key, int dimension) {
    for (int i = 0; i < 4; i++) { // each connection has its turn
      client.insert("changing", List.of(row(key, dimension)));
      client.delete(DeleteReq.builder().collectionName("changing").ids(List.of(1L)).build());
      client.get(GetReq.builder().collectionName("changing").ids(List.of(1L)).build());
    }
  }

  @Test
  void aCollectionThatIsMadeAnewIsWrittenAtOnceOverAllConnections() {
    Client many = pool.add("many", ClientOperation.options(server).withConnections(3).build());
    many.createCollection(recreated("id", 4));
    writeAndRead(many, "id", 4);

    many.dropCollection("changing");
    many.createCollection(recreated("number", 4));
    writeAndRead(many, "number", 4);

    many.dropCollection("changing");
    many.createCollection(recreated("number", 8));
    writeAndRead(many, "number", 8);
  }

  @Test
  void anAliasThatMovesAndACollectionThatAnotherClientDroppedHaveNoOldSchema() {
    client.createCollection(recreated("id", 4));
    client.createAlias("items", "current");
    client.delete(DeleteReq.builder().collectionName("current").ids(List.of(1L)).build());
    client.dropCollection("changing");
    client.createCollection(recreated("number", 4));

    client.alterAlias("changing", "current");
    client.insert("current", List.of(row("number", 4)));
    client.delete(DeleteReq.builder().collectionName("current").ids(List.of(1L)).build());
    assertThat(server.lastRequest("Delete", DeleteRequest.class).getExpr()).startsWith("number");

    Client tenant = client.withDatabase("other");
    tenant.createCollection(recreated("id", 4));
    tenant.delete(DeleteReq.builder().collectionName("changing").ids(List.of(1L)).build());
    pool.add("another", client.options()).withDatabase("other").dropCollection("changing");
    tenant.createCollection(recreated("number", 4));
    tenant.delete(DeleteReq.builder().collectionName("changing").ids(List.of(1L)).build());
    assertThat(server.lastRequest("Delete", DeleteRequest.class).getExpr()).startsWith("number");
  }

  @Test
  void aCollectionMadeAnewFromAnotherDatabaseHasNoOldSchemaInAnyView() {
    Client tenant = client.withDatabase("other");
    var key = DeleteReq.builder().collectionName("changing").ids(List.of(1L)).build();
    var keyOfTenant =
        DeleteReq.builder()
            .databaseName("other")
            .collectionName("changing")
            .ids(List.of(1L))
            .build();
    tenant.createCollection(recreated("id", 4));
    tenant.delete(key);

    client
        .unwrap()
        .dropCollection(
            DropCollectionReq.builder().databaseName("other").collectionName("changing").build());
    CreateCollectionReq ofTenant = recreated("number", 4);
    ofTenant.setDatabaseName("other");
    client.createCollection(ofTenant);
    tenant.delete(key);
    assertThat(server.lastRequest("Delete", DeleteRequest.class).getExpr()).startsWith("number");

    client.delete(keyOfTenant);
    tenant.dropCollection("changing");
    tenant.createCollection(recreated("key", 4));
    client.delete(keyOfTenant);
    assertThat(server.lastRequest("Delete", DeleteRequest.class).getExpr()).startsWith("key");
  }

  @Test
  void aReplaceByAnotherClusterLeavesNoSchemaOfTheFormer() {
    client.createCollection(recreated("id", 4));
    client.withDatabase("other").createCollection(recreated("id", 4));
    writeAndRead(client, "id", 4);
    writeAndRead(client.withDatabase("other"), "id", 4);
    try (ScriptedMilvus cluster = ClientOperation.server();
        Client admin = Client.connect(ClientOperation.options(cluster).build())) {
      admin.createCollection(recreated("number", 4));
      admin.withDatabase("other").createCollection(recreated("number", 4));

      pool.replace("main", ClientOperation.options(cluster).build());

      for (Client view : List.of(client, client.withDatabase("other"))) {
        view.delete(DeleteReq.builder().collectionName("changing").ids(List.of(1L)).build());
        assertThat(cluster.lastRequest("Delete", DeleteRequest.class).getExpr())
            .startsWith("number");
      }
      pool.remove("main");
    }
  }
}
