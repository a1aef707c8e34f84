package dev.milvuspool;

import static org.assertj.core.api.Assertions.assertThat;

import dev.milvuspool.scripted.ScriptedMilvus;
import io.milvus.orm.iterator.QueryIterator;
import io.milvus.orm.iterator.SearchIteratorV2;
import io.milvus.v2.service.vector.request.DeleteReq;
import io.milvus.v2.service.vector.request.QueryIteratorReq;
import io.milvus.v2.service.vector.request.QueryReq;
import io.milvus.v2.service.vector.request.SearchIteratorReqV2;
import io.milvus.v2.service.vector.request.UpsertReq;
import io.milvus.v2.service.vector.request.data.FloatVec;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A user's request objects are never written to: they can be used again, and be constants. */
@Timeout(60)
class UsersRequestsTest {
  private static final int ROWS = 5;

  private final ScriptedMilvus server = ClientOperation.server().resultRows(ROWS);
  private final Client client = Client.connect(ClientOperation.options(server).build());

  @AfterEach
  void close() {
    client.close();
    server.close();
  }

  private static SearchIteratorReqV2 nearest(Map<String, Object> parameters) {
    return SearchIteratorReqV2.builder()
        .collectionName("items")
        .vectorFieldName("vector")
        .vectors(List.of(new FloatVec(new float[Samples.DIMENSION])))
        .searchParams(parameters)
        .batchSize(2L)
        .build();
  }

  private static List<Object> hits(SearchIteratorV2 iterator) {
    List<Object> ids = new ArrayList<>();
    for (var page = iterator.next(); !page.isEmpty(); page = iterator.next()) {
      page.forEach(hit -> ids.add(hit.getId()));
    }
    return ids;
  }

  @Test
  void aSecondSearchIteratorOfTheSameRequestSkipsNothing() {
    Map<String, Object> parameters = new HashMap<>(Map.of("nprobe", 8));
    SearchIteratorReqV2 request = nearest(parameters);

    List<Object> first = hits(client.searchIterator(request));
    List<Object> second = hits(client.searchIterator(request));
    List<Object> ofSdk = hits(client.unwrap().searchIteratorV2(request));

    assertThat(first).containsExactly(1L, 2L, 3L, 4L, 5L);
    assertThat(second).isEqualTo(first);
    assertThat(ofSdk).isEqualTo(first);
    assertThat(parameters).isEqualTo(Map.of("nprobe", 8));
    assertThat(request.getSearchParams()).isSameAs(parameters);
  }

  @Test
  void searchParametersOfAnIteratorMayBeImmutable() {
    assertThat(hits(client.searchIterator(nearest(Map.of("nprobe", 8))))).hasSize(ROWS);
  }

  @Test
  void twoSearchIteratorsOfTheSameRequestDoNotDisturbEachOther() {
    SearchIteratorReqV2 request = nearest(new HashMap<>());

    SearchIteratorV2 one = client.searchIterator(request);
    one.next();
    SearchIteratorV2 other = client.searchIterator(request);

    assertThat(hits(other)).containsExactly(1L, 2L, 3L, 4L, 5L);
    assertThat(hits(one)).containsExactly(3L, 4L, 5L);
  }

  private static List<Object> rows(QueryIterator iterator) {
    List<Object> ids = new ArrayList<>();
    for (var page = iterator.next(); !page.isEmpty(); page = iterator.next()) {
      page.forEach(row -> ids.add(row.get("id")));
    }
    return ids;
  }

  @Test
  void aSecondQueryIteratorOfTheSameRequestSkipsNothing() {
    QueryIteratorReq request =
        QueryIteratorReq.builder()
            .collectionName("items")
            .expr("id > 0")
            .outputFields(List.of("id"))
            .offset(1)
            .batchSize(2L)
            .build();

    assertThat(rows(client.queryIterator(request))).containsExactly(2L, 3L, 4L, 5L);
    assertThat(rows(client.queryIterator(request))).containsExactly(2L, 3L, 4L, 5L);
    assertThat(request.getOffset()).isEqualTo(1);
    assertThat(request.getExpr()).isEqualTo("id > 0");
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void anUpsertKeepsItsPartialUpdate(boolean partial) {
    UpsertReq request =
        UpsertReq.builder()
            .collectionName("items")
            .data(List.copyOf(Samples.rows(1, 2)))
            .partialUpdate(partial)
            .build();
    String before = request.toString();

    client.upsert(request);
    client.upsert(request);

    assertThat(request.isPartialUpdate()).isEqualTo(partial);
    assertThat(request).hasToString(before);
    assertThat(server.rows("Upsert")).isEqualTo(4);
  }

  @Test
  void keysOfADeleteAndAQueryAreNotTurnedIntoAFilterOfTheRequest() {
    DeleteReq delete = DeleteReq.builder().collectionName("items").ids(List.of(1L)).build();
    QueryReq query = QueryReq.builder().collectionName("items").ids(List.of(1L)).build();

    for (int i = 0; i < 2; i++) {
      client.delete(delete);
      client.query(query);
    }

    assertThat(delete.getFilter()).isNull();
    assertThat(query.getFilter()).isNullOrEmpty();
    assertThat(server.executed("Delete")).isEqualTo(2);
  }
}
