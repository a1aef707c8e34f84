package dev.milvuspool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.milvuspool.server.RealMilvus;
import io.milvus.v2.client.MilvusClientV2;
import io.milvus.v2.service.collection.request.CreateCollectionReq;
import io.milvus.v2.service.collection.request.DropCollectionReq;
import io.milvus.v2.service.collection.request.HasCollectionReq;
import io.milvus.v2.service.collection.request.LoadCollectionReq;
import io.milvus.v2.service.index.request.CreateIndexReq;
import io.milvus.v2.service.vector.request.DeleteReq;
import io.milvus.v2.service.vector.request.InsertReq;
import io.milvus.v2.service.vector.request.SearchReq;
import io.milvus.v2.service.vector.response.SearchResp;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/**
 * The usage patterns of the Go package's README, and that of a framework which is given the SDK's
 * client, on a real server.
 */
class UsagePatternsIT {
  private final ClientOptions options = Samples.options(RealMilvus.shared()).build();

  @Test
  void basic() {
    try (MilvusPool pool = MilvusPool.create()) {
      pool.add("main_client", options);

      Client client = pool.get("main_client");

      assertThat(client.listDatabases()).contains("default");
    }
  }

  @Test
  void autoCreate() {
    try (MilvusPool pool = MilvusPool.create()) {
      Client made = pool.mustGet("auto_client", options);

      assertThat(pool.mustGet("auto_client", options)).isSameAs(made);
      assertThat(made.hasCollection("absent")).isFalse();
    }
  }

  @Test
  void severalClients() {
    try (MilvusPool pool = MilvusPool.create()) {
      List<String> names = List.of("client1", "client2", "client3");
      names.forEach(name -> pool.add(name, options));

      assertThat(names).allSatisfy(name -> assertThat(pool.get(name).listDatabases()).isNotEmpty());
    }
  }

  @Test
  void dynamicManagement() {
    try (MilvusPool pool = MilvusPool.create()) {
      IntStream.range(0, 5).forEach(i -> pool.add("client_" + i, options));
      assertThat(pool.list()).hasSize(5);

      IntStream.range(0, 3).forEach(i -> pool.remove("client_" + i));

      assertThat(pool.list()).containsExactly("client_3", "client_4");
    }
  }

  @Test
  void tenConcurrentUsers() throws Exception {
    ExecutorService users = Executors.newFixedThreadPool(10);
    try (MilvusPool pool = MilvusPool.create()) {
      pool.add("main_client", options);
      Samples.createLoaded(pool.get("main_client"), "patterns_concurrent");
      List<Future<Integer>> inserted = new ArrayList<>();
      for (int user = 0; user < 10; user++) {
        long first = user * 10L;
        inserted.add(
            users.submit(
                () -> {
                  Client client = pool.get("main_client");
                  return (int)
                      client.insert("patterns_concurrent", Samples.rows(first, 10)).getInsertCnt();
                }));
      }

      for (Future<Integer> each : inserted) {
        assertThat(each.get()).isEqualTo(10);
      }

      Client client = pool.get("main_client");
      assertThat(Samples.ids(client, "patterns_concurrent", "id >= 0")).hasSize(100);
      client.dropCollection("patterns_concurrent");
    } finally {
      users.shutdownNow();
    }
  }

  /** The requests of LangChain4j's store, which itself is run by hand: src/it/langchain4j. */
  @Test
  void embeddingStore() {
    String rows = "patterns_store";
    try (MilvusPool pool = MilvusPool.create()) {
      Client client = pool.add("store", options);
      MilvusClientV2 store = client.unwrap();
      assertThat(store.hasCollection(HasCollectionReq.builder().collectionName(rows).build()))
          .isFalse();
      store.createCollection(
          CreateCollectionReq.builder()
              .collectionName(rows)
              .collectionSchema(Samples.schema())
              .build());
      store.createIndex(
          CreateIndexReq.builder()
              .collectionName(rows)
              .indexParams(List.of(Samples.index()))
              .build());
      store.loadCollection(LoadCollectionReq.builder().collectionName(rows).build());
      store.insert(InsertReq.builder().collectionName(rows).data(Samples.rows(0, 5)).build());

      pool.replace("store", options.toBuilder().withConnections(2).build());
      store.delete(DeleteReq.builder().collectionName(rows).filter("id in [2]").build());
      store.insert(InsertReq.builder().collectionName(rows).data(Samples.rows(5, 1)).build());

      SearchReq nearest = Samples.nearestTo(rows, 2).filter("category == 'even'").build();
      assertThat(store.search(nearest).getSearchResults().get(0))
          .extracting(SearchResp.SearchResult::getId)
          .containsExactlyInAnyOrder(0L, 4L);
      assertThat(Samples.ids(client, rows, "id >= 0"))
          .containsExactlyInAnyOrder(0L, 1L, 3L, 4L, 5L);
      store.dropCollection(DropCollectionReq.builder().collectionName(rows).build());
    }
  }

  @Test
  void errorHandling() {
    try (MilvusPool pool = MilvusPool.create()) {
      pool.add("client1", options);

      assertThatThrownBy(() -> pool.add("client1", options))
          .isInstanceOf(ClientAlreadyExistsException.class)
          .hasMessage("client client1 already exists");
      assertThatThrownBy(() -> pool.get("client2"))
          .isInstanceOf(ClientNotFoundException.class)
          .hasMessage("client client2 not found");
      assertThatThrownBy(() -> pool.remove("client2")).isInstanceOf(ClientNotFoundException.class);
    }
  }

  @Test
  void clientsForReadingAndWriting() {
    try (MilvusPool pool = MilvusPool.create()) {
      Client reader =
          pool.add("read_client", options.toBuilder().withRetry(3, Duration.ofSeconds(1)).build());
      Client writer =
          pool.add("write_client", options.toBuilder().withRetry(5, Duration.ofSeconds(2)).build());
      Samples.createLoaded(writer, "patterns_split");

      writer.insert("patterns_split", Samples.rows(0, 5));

      assertThat(Samples.ids(reader, "patterns_split", "id >= 0")).hasSize(5);
      writer.dropCollection("patterns_split");
    }
  }
}
