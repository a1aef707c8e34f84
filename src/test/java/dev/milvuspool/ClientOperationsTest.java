package dev.milvuspool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.milvuspool.internal.client.Operation;
import dev.milvuspool.scripted.ScriptedMilvus;
import io.milvus.orm.iterator.QueryIterator;
import io.milvus.v2.exception.MilvusClientException;
import io.milvus.v2.service.collection.request.CreateCollectionReq;
import io.milvus.v2.service.collection.response.DescribeCollectionResp;
import io.milvus.v2.service.vector.request.DeleteReq;
import io.milvus.v2.service.vector.request.InsertReq;
import io.milvus.v2.service.vector.request.UpsertReq;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Every operation of a client reaches the server as it was meant, and brings back its answer. */
@Timeout(60)
class ClientOperationsTest {
  private final ScriptedMilvus server = ClientOperation.server();
  private final Client client =
      Client.connect(ClientOptions.builder().withAddress(server.address()).build());

  @AfterEach
  void close() {
    client.close();
    server.close();
  }

  @Test
  void theTableOfOperationsHasThemAll() {
    Set<String> methods =
        Arrays.stream(Client.class.getMethods())
            .filter(method -> !Modifier.isStatic(method.getModifiers()))
            .map(Method::getName)
            .collect(Collectors.toCollection(TreeSet::new));
    methods.removeAll(
        Set.of(
            "name",
            "options",
            "state",
            "health",
            "withDeadline",
            "withDatabase",
            "unwrap",
            "currentDatabase",
            "close"));

    assertThat(Arrays.stream(Operation.values()).map(Operation::method))
        .containsExactlyInAnyOrderElementsOf(methods);
    assertThat(Arrays.stream(ClientOperation.values()).map(Enum::name))
        .containsExactlyInAnyOrderElementsOf(
            Arrays.stream(Operation.values()).map(Enum::name).toList());
  }

  @ParameterizedTest
  @EnumSource
  void anOperationSendsItsRequest(ClientOperation operation) {
    server.resetCounts();

    operation.on(client);

    assertThat(server.executed(operation.rpc())).isPositive();
    if (!operation.isRepeatable()) {
      assertThat(server.calls(operation.rpc())).as("not twice").isEqualTo(1);
    }
  }

  @Test
  void databasesComeAndGo() {
    client.createDatabase("new");
    assertThat(client.listDatabases()).containsExactly("default", "new", "old", "other");

    client.dropDatabase("old");
    assertThat(client.listDatabases()).containsExactly("default", "new", "other");
  }

  @Test
  void collectionsComeAndGo() {
    client.createCollection("short", Samples.schema(), 3);
    client.createCollection(
        CreateCollectionReq.builder()
            .collectionName("long")
            .collectionSchema(Samples.schema())
            .numShards(2)
            .build());

    assertThat(client.listCollections()).contains("short", "long", "items");
    assertThat(client.hasCollection("short")).isTrue();
    assertThat(client.hasCollection("missing")).isFalse();
    DescribeCollectionResp described = client.describeCollection("short");
    assertThat(described.getCollectionName()).isEqualTo("short");
    assertThat(described.getShardsNum()).isEqualTo(3);
    assertThat(described.getFieldNames()).containsExactly("id", "vector", "category");
    assertThat(client.describeCollection("long").getShardsNum()).isEqualTo(2);

    client.dropCollection("short");
    assertThat(client.hasCollection("short")).isFalse();
  }

  @Test
  void theSchemaDecidesWhetherThereAreDynamicFields() {
    CreateCollectionReq.CollectionSchema fixed = Samples.schema();
    fixed.setEnableDynamicField(false);
    CreateCollectionReq.CollectionSchema dynamic = Samples.schema();
    dynamic.setEnableDynamicField(true);

    client.createCollection("fixed", fixed, 1);
    client.createCollection("dynamic", dynamic, 1);

    assertThat(client.describeCollection("fixed").getEnableDynamicField()).isFalse();
    assertThat(client.describeCollection("dynamic").getEnableDynamicField()).isTrue();
  }

  @Test
  void collectionsAreLoadedAndReleased() {
    client.loadCollection("items");
    assertThat(server.executed("LoadCollection")).isEqualTo(1);

    client.releaseCollection("items");
    client.loadPartitions("items", List.of("part", "old"));
    client.releasePartitions("items", List.of("part"));

    assertThat(server.executed("ReleaseCollection")).isEqualTo(1);
    assertThat(server.executed("LoadPartitions")).isEqualTo(1);
    assertThat(server.executed("ReleasePartitions")).isEqualTo(1);
    assertThatThrownBy(() -> client.loadPartitions("items", List.of("missing")))
        .isInstanceOf(MilvusClientException.class)
        .hasMessageContaining("partition not found");
  }

  @Test
  void aliasesComeGoAndMove() {
    client.createAlias("items", "first");
    assertThat(client.listAliases("items")).contains("first");
    Long items = client.describeCollection("items").getCollectionID();
    assertThat(client.describeCollection("first").getCollectionID()).isEqualTo(items);

    client.alterAlias("old", "first");
    assertThat(client.listAliases("old")).containsExactly("first");
    assertThat(client.listAliases("items")).doesNotContain("first");
    assertThat(client.describeCollection("first").getCollectionID()).isNotEqualTo(items);

    client.dropAlias("first");
    assertThat(client.listAliases("old")).isEmpty();
  }

  @Test
  void partitionsComeAndGo() {
    client.createPartition("items", "new");
    assertThat(client.hasPartition("items", "new")).isTrue();
    assertThat(client.listPartitions("items")).contains("new", "part");

    client.dropPartition("items", "new");
    assertThat(client.hasPartition("items", "new")).isFalse();
  }

  @Test
  void indexesComeAndGo() {
    client.createIndex("new_index", ClientOperation.index());
    assertThat(client.listIndexes("new_index")).containsExactly("vector_index");
    assertThat(
            client
                .describeIndex("new_index", "vector_index")
                .getIndexDescByIndexName("vector_index")
                .getFieldName())
        .isEqualTo("vector");

    client.dropIndex("new_index", "vector_index");
    assertThat(client.listIndexes("new_index")).isEmpty();
  }

  @Test
  void rowsAreWrittenAndCounted() {
    assertThat(client.insert("items", Samples.rows(1, 3)).getInsertCnt()).isEqualTo(3);
    assertThat(client.insert("items", "part", Samples.rows(4, 2)).getInsertCnt()).isEqualTo(2);
    assertThat(
            client
                .insert(
                    InsertReq.builder().collectionName("items").data(Samples.rows(6, 1)).build())
                .getInsertCnt())
        .isEqualTo(1);
    assertThat(
            client
                .upsert(
                    UpsertReq.builder().collectionName("items").data(Samples.rows(1, 2)).build())
                .getUpsertCnt())
        .isEqualTo(2);

    assertThat(server.rows("Insert")).isEqualTo(6);
    assertThat(server.rows("Upsert")).isEqualTo(2);
    assertThat(client.getCollectionStats("items").getNumOfEntities()).isPositive();
  }

  @Test
  void aPartitionThatIsNamedIsMeant() {
    assertThatThrownBy(() -> client.insert("items", "missing", Samples.rows(1, 1)))
        .isInstanceOf(MilvusClientException.class)
        .hasMessageContaining("partition not found");
    assertThatThrownBy(() -> client.delete("items", "missing", "id > 0"))
        .isInstanceOf(MilvusClientException.class)
        .hasMessageContaining("partition not found");
  }

  @Test
  void rowsAreDeletedInEachWayThereIs() {
    client.delete("items", "id > 0");
    client.delete("items", "part", "id > 0");
    client.delete(DeleteReq.builder().collectionName("items").ids(List.of(1L, 2L)).build());

    assertThat(server.executed("Delete")).isEqualTo(3);
  }

  @Test
  void aRequestThatWasSentCanBeSentAgain() {
    DeleteReq byKeys = DeleteReq.builder().collectionName("items").ids(List.of(1L, 2L)).build();

    client.delete(byKeys);
    client.delete(byKeys);

    assertThat(byKeys.getFilter()).isNull();
    assertThat(server.executed("Delete")).isEqualTo(2);
  }

  @Test
  void whatIsFoundComesBack() {
    server.resultRows(5);

    assertThat(client.search(Samples.nearestTo("items", 1).build()).getSearchResults().get(0))
        .hasSize(3);
    assertThat(Samples.ids(client, "items", "id > 0")).containsExactly(1L, 2L, 3L, 4L, 5L);
    try (var rows = new Closing(client.queryIterator(ClientOperation.allRows()))) {
      assertThat(rows.next()).isEqualTo(2);
    }
  }

  /** An iterator that closes itself. */
  private record Closing(QueryIterator iterator) implements AutoCloseable {
    int next() {
      return iterator.next().size();
    }

    @Override
    public void close() {
      iterator.close();
    }
  }

  @Test
  void flushTakesManyCollectionsAndWaitsForThem() {
    server.flushUnderWay(2);

    client.flush("items", "old");

    assertThat(server.executed("Flush")).isEqualTo(1);
    assertThat(server.calls("GetFlushState")).isGreaterThan(2);
  }

  @Test
  void compactTellsTheJob() {
    assertThat(client.compact("items")).isPositive();
  }

  @Test
  void whatTheServerSaysAboutARequestComesUnchanged() {
    assertThatThrownBy(() -> client.describeCollection("missing"))
        .isInstanceOf(MilvusClientException.class)
        .hasMessageContaining("missing");
    assertThat(client.state()).isEqualTo(ClientState.UP);
  }
}
