package dev.milvuspool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.milvuspool.server.MilvusServer;
import dev.milvuspool.server.RealMilvus;
import io.milvus.v2.exception.MilvusClientException;
import io.milvus.v2.service.vector.request.GetReq;
import io.milvus.v2.service.vector.request.UpsertReq;
import java.util.ArrayList;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The operations against Milvus Lite, which has the newest API and lacks two operations. */
@Tag("lite")
class MilvusLiteIT {
  private static final String ROWS = "lite_rows";

  @Test
  void allButTwoOperationsWork() {
    try (MilvusServer server = RealMilvus.lite();
        Client client = Client.connect(Samples.options(server).build())) {
      client.createDatabase("lite_db");
      client.useDatabase("lite_db");
      client.useDatabase("default");
      client.dropDatabase("lite_db");
      assertMissing(() -> client.useDatabase("lite_db"));
      assertMissing(() -> Client.connect(Samples.options(server).withDatabase("lite_db").build()));

      List<Integer> built = new ArrayList<>();
      List<Integer> loaded = new ArrayList<>();
      client.createCollection(ROWS, Samples.schema(), 1);
      client.createPartition(ROWS, "part");
      client.createIndex(ROWS, Samples.index(), built::add);
      client.loadCollection(ROWS, loaded::add);
      assertThat(built).isSorted().endsWith(100).doesNotHaveDuplicates();
      assertThat(loaded).isSorted().endsWith(100).doesNotHaveDuplicates();
      // Lite names an index after its field, whatever name was asked for.
      assertThat(client.listIndexes(ROWS)).containsExactly("vector");
      assertThat(client.describeIndex(ROWS, "vector").getIndexDescriptions()).hasSize(1);
      assertThat(client.listPartitions(ROWS)).contains("part");
      assertThat(client.hasPartition(ROWS, "part")).isTrue();

      client.insert(ROWS, Samples.rows(0, 50));
      client.insert(ROWS, "part", Samples.rows(50, 10));
      client.upsert(UpsertReq.builder().collectionName(ROWS).data(Samples.rows(0, 1)).build());
      client.delete(ROWS, "id in [1, 2]");
      client.flush(ROWS);
      assertThat(Samples.ids(client, ROWS, "id >= 0")).hasSize(58);
      assertThat(client.getCollectionStats(ROWS).getNumOfEntities()).isPositive();
      assertThat(
              client
                  .search(Samples.nearestTo(ROWS, 42).build())
                  .getSearchResults()
                  .get(0)
                  .get(0)
                  .getId())
          .isEqualTo(42L);
      assertThat(
              client
                  .get(GetReq.builder().collectionName(ROWS).ids(List.of(3L)).build())
                  .getGetResults())
          .hasSize(1);
      client.createAlias(ROWS, "lite_alias");
      assertThat(client.listAliases(ROWS)).containsExactly("lite_alias");
      client.dropAlias("lite_alias");
      client.compact(ROWS);

      assertThatThrownBy(() -> client.loadPartitions(ROWS, List.of("part")))
          .isInstanceOf(MilvusClientException.class)
          .hasMessageContaining("UNIMPLEMENTED");
      assertThatThrownBy(() -> client.releasePartitions(ROWS, List.of("part")))
          .isInstanceOf(MilvusClientException.class)
          .hasMessageContaining("UNIMPLEMENTED");

      client.releaseCollection(ROWS);
      client.dropPartition(ROWS, "part");
      client.dropIndex(ROWS, "vector");
      client.dropCollection(ROWS);
      assertThat(client.listCollections()).isEmpty();
    }
  }

  private static void assertMissing(ThrowingCallable use) {
    assertThatThrownBy(use)
        .isInstanceOfSatisfying(
            ClientConnectException.class,
            e ->
                assertThat(e.reason()).isEqualTo(ClientConnectException.Reason.DATABASE_NOT_FOUND));
  }
}
