package dev.milvuspool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Named.named;

import dev.milvuspool.scripted.ScriptedMilvus;
import io.milvus.orm.iterator.QueryIterator;
import io.milvus.orm.iterator.SearchIteratorV2;
import io.milvus.shaded.io.grpc.Status;
import io.milvus.v2.exception.MilvusClientException;
import io.milvus.v2.service.vector.request.SearchIteratorReqV2;
import io.milvus.v2.service.vector.request.data.FloatVec;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Iterators go on over swaps, and after a page that failed. */
@Timeout(60)
class IteratorTest {
  private static final Duration SOON = Duration.ofSeconds(15);
  private static final List<Long> ALL = List.of(1L, 2L, 3L, 4L, 5L, 6L, 7L);

  private final ScriptedMilvus server = ClientOperation.server().resultRows(7);
  private final MilvusPool pool = MilvusPool.create();
  private final Client client =
      pool.add(
          "main",
          ClientOperation.options(server)
              .withReconnectBackoff(Duration.ofMillis(50), Duration.ofMillis(500))
              .build());

  @AfterEach
  void close() {
    pool.close();
    server.close();
  }

  /** An iterator, as what its pages give. */
  interface Pages extends Supplier<List<Long>> {}

  record Kind(String rpc, Function<Client, Pages> open) {}

  private static Stream<Named<Kind>> kinds() {
    return Stream.of(
        named(
            "query",
            new Kind(
                "Query",
                client -> {
                  QueryIterator rows = client.queryIterator(ClientOperation.allRows());
                  return () -> rows.next().stream().map(row -> (Long) row.get("id")).toList();
                })),
        named(
            "search",
            new Kind(
                "Search",
                client -> {
                  SearchIteratorV2 hits = client.searchIterator(ClientOperation.nearest());
                  return () -> hits.next().stream().map(hit -> (Long) hit.getId()).toList();
                })));
  }

  private static List<Long> rest(Pages pages) {
    List<Long> ids = new ArrayList<>();
    for (List<Long> page = pages.get(); !page.isEmpty(); page = pages.get()) {
      ids.addAll(page);
    }
    return ids;
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void itGoesOnOverAReplaceAndAnOutage(Kind kind) {
    Pages pages = kind.open().apply(client);
    List<Long> ids = new ArrayList<>(pages.get());

    pool.replace("main", client.options());
    ids.addAll(pages.get());
    server.kill();
    await().atMost(SOON).until(() -> client.state() == ClientState.DOWN);
    server.restart();
    ids.addAll(rest(pages)); // its page waits for the reconnect

    assertThat(ids).isEqualTo(ALL);
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void afterAPageThatFailedItGoesOnWhereItWas(Kind kind) {
    Pages pages = kind.open().apply(client);
    List<Long> ids = new ArrayList<>(pages.get());
    server.kill();
    await().atMost(SOON).until(() -> client.state() == ClientState.DOWN);

    assertThatThrownBy(pages::get).hasStackTraceContaining("ClientUnavailableException");
    server.restart();
    await().atMost(SOON).until(() -> client.state() == ClientState.UP);
    ids.addAll(pages.get());
    server.reject(kind.rpc(), 65535, "segment broken", 1);
    assertThatThrownBy(pages::get).hasMessageContaining("segment broken");
    ids.addAll(rest(pages));

    assertThat(ids).isEqualTo(ALL);
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void makingOneIsACallThatFailsAtOnceIfTheClientIsDown(Kind kind) {
    server.kill();
    await().atMost(SOON).until(() -> client.state() == ClientState.DOWN);

    Outcome outcome = Outcome.of(() -> kind.open().apply(client));

    assertThat(outcome.failure()).isInstanceOf(ClientUnavailableException.class);
    assertThat(outcome.elapsed()).isLessThan(Duration.ofMillis(800)); // a page waits for 1 s
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void anErrorOfTheServerIsPassedOnAtOnceAndSentOnce(Kind kind) {
    Pages pages = kind.open().apply(client);
    server.resetCounts();
    server.fail(kind.rpc(), Status.INTERNAL.withDescription("panic"), ScriptedMilvus.ALWAYS);

    Outcome outcome = Outcome.of(pages::get);

    assertThat(outcome.failure())
        .isInstanceOf(MilvusClientException.class)
        .hasMessageContaining("panic");
    assertThat(server.calls(kind.rpc())).isEqualTo(1);
    assertThat(outcome.elapsed()).isLessThan(Duration.ofSeconds(2));
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void makingOneEndsWithItsDeadlineWhateverTheServerSays(Kind kind) {
    server.fail(kind.rpc(), Status.INTERNAL.withDescription("panic"), ScriptedMilvus.ALWAYS);

    Outcome outcome =
        Outcome.of(() -> kind.open().apply(client.withDeadline(Duration.ofMillis(500))));

    assertThat(outcome.failure()).isNotNull();
    assertThat(outcome.elapsed()).isLessThan(Duration.ofSeconds(2));
  }

  @Test
  void twoFromOneRequestWithImmutableParametersGiveTheSame() {
    SearchIteratorReqV2 request =
        SearchIteratorReqV2.builder()
            .collectionName("items")
            .vectorFieldName("vector")
            .vectors(List.of(new FloatVec(new float[Samples.DIMENSION])))
            .batchSize(2L)
            .searchParams(Map.of("nprobe", 8))
            .build();

    for (Client each : List.of(client, client.withDatabase("default"))) {
      SearchIteratorV2 hits = each.searchIterator(request);
      assertThat(rest(() -> hits.next().stream().map(hit -> (Long) hit.getId()).toList()))
          .isEqualTo(ALL);
    }
    assertThat(request.getSearchParams()).isEqualTo(Map.of("nprobe", 8));
    assertThat(request.getDatabaseName()).isNullOrEmpty();
  }

  @Test
  void itStaysInItsDatabase() {
    Client tenant = client.withDatabase("other");
    tenant.createCollection("items", Samples.schema(), 1);
    QueryIterator rows = client.queryIterator(ClientOperation.allRows());
    rows.next();

    client.useDatabase("other");
    rows.next();

    assertThat(server.lastHeader("Query", "dbname")).isEmpty();
  }
}
