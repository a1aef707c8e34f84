package dev.milvuspool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.milvuspool.scripted.ScriptedMilvus;
import io.milvus.v2.exception.MilvusClientException;
import io.milvus.v2.service.vector.request.DeleteReq;
import io.milvus.v2.service.vector.request.QueryReq;
import io.milvus.v2.service.vector.request.UpsertReq;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Views on other databases, over the same connections. */
@Timeout(60)
class DatabaseViewTest {
  private static final Duration SOON = Duration.ofSeconds(15);

  private final ScriptedMilvus server =
      ScriptedMilvus.start().databases("default", "books", "films").collection("items", 8);
  private final MilvusPool pool = MilvusPool.create();
  private final Client client = pool.add("main", o -> o.withAddress(server.address()));

  @AfterEach
  void close() {
    pool.close();
    server.close();
  }

  @Test
  void aThousandTenantsCostOneConnectionAndNoQuestion() {
    String[] names = IntStream.range(0, 1000).mapToObj(i -> "tenant" + i).toArray(String[]::new);
    server.databases(names);
    server.resetCounts();

    for (String name : names) {
      Client tenant = client.withDatabase(name);
      assertThat(tenant.listCollections()).isEmpty();
      assertThat(tenant.currentDatabase()).isEqualTo(name);
    }

    assertThat(server.transportsEver()).isZero();
    assertThat(server.calls("ListDatabases")).isZero();
    assertThat(server.calls("ShowCollections")).isEqualTo(1000);
  }

  @Test
  void aDatabaseThatIsNotThereIsTheServersErrorAtTheFirstCall() {
    Client nowhere = client.withDatabase("nowhere");

    assertThatThrownBy(nowhere::listCollections)
        .isInstanceOf(MilvusClientException.class)
        .hasMessageContaining("nowhere");
    assertThat(client.state()).isEqualTo(ClientState.UP);
  }

  @Test
  void viewsCombineAndKeepTheirDatabaseWhileTheClientChangesIts() {
    Client books = client.withDeadline(Duration.ofSeconds(3)).withDatabase("books");
    Client films = books.withDatabase("films").withDeadline(Duration.ofSeconds(2));

    client.useDatabase("films");
    pool.replace("main", client.options());

    books.listCollections();
    assertThat(server.lastHeader("ShowCollections", "dbname")).hasValue("books");
    films.listCollections();
    assertThat(server.lastHeader("ShowCollections", "dbname")).hasValue("films");
    assertThat(client.currentDatabase()).isEqualTo("default");
    assertThat(books.name()).isEqualTo("main");
  }

  @Test
  void aViewCannotUseAnotherDatabaseAndSaysWhatCan() {
    assertThatThrownBy(() -> client.withDatabase("books").useDatabase("films"))
        .isInstanceOf(UnsupportedOperationException.class)
        .hasMessageContainingAll("main", "books", "withDatabase(\"films\")");
    assertThatThrownBy(
            () -> client.withDatabase("books").withDeadline(Duration.ofSeconds(1)).useDatabase("x"))
        .isInstanceOf(UnsupportedOperationException.class);
  }

  @Test
  void closingAViewClosesTheClient() {
    client.withDatabase("books").close();

    assertThat(pool.has("main")).isFalse();
    assertThat(client.state()).isEqualTo(ClientState.CLOSED);
    server.awaitTransports(0, SOON);
  }

  @Test
  void useDatabaseOpensNoConnection() {
    for (int i = 0; i < 10; i++) {
      client.useDatabase(i % 2 == 0 ? "books" : "films");
    }

    assertThat(server.transportsEver()).isEqualTo(1);
    assertThat(server.calls("Connect")).isEqualTo(1);
  }

  @Test
  void requestsAreNeverWrittenTo() {
    Client books = client.withDatabase("books");
    books.createCollection("items", Samples.schema(), 1);
    QueryReq query = QueryReq.builder().collectionName("items").ids(List.of(1L, 2L)).build();
    DeleteReq delete = DeleteReq.builder().collectionName("items").ids(List.of(1L)).build();
    UpsertReq upsert =
        UpsertReq.builder()
            .collectionName("items")
            .data(Samples.rows(1, 1))
            .partialUpdate(true)
            .build();
    String before = query + " " + delete + " " + upsert + upsert.isPartialUpdate();

    for (int i = 0; i < 2; i++) {
      for (Client each : List.of(books, client)) {
        each.query(query);
        each.delete(delete);
        each.upsert(upsert);
        each.unwrap().query(query);
        each.unwrap().delete(delete);
      }
    }

    assertThat(query + " " + delete + " " + upsert + upsert.isPartialUpdate()).isEqualTo(before);
    assertThat(upsert.getData()).isEqualTo(Samples.rows(1, 1));
    assertThat(query.getFilter()).isNullOrEmpty();
    assertThat(query.getDatabaseName()).isNullOrEmpty();
    assertThat(delete.getFilter()).isNullOrEmpty();
  }

  @Test
  void sessionConsistencyOfOneTenantIsNotThatOfAnother() {
    Client books = client.withDatabase("books");
    Client films = client.withDatabase("films");
    books.createCollection("items", Samples.schema(), 1);
    films.createCollection("items", Samples.schema(), 1);
    books.insert("items", Samples.rows(1, 1));
    var session =
        Samples.nearestTo("items", 1)
            .consistencyLevel(io.milvus.v2.common.ConsistencyLevel.SESSION)
            .build();

    films.dropCollection("items");
    books.search(session);

    assertThat(
            server
                .lastRequest("Search", io.milvus.grpc.SearchRequest.class)
                .getGuaranteeTimestamp())
        .isGreaterThan(1);
  }
}
