package dev.milvuspool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Named.named;

import dev.milvuspool.scripted.ScriptedMilvus;
import io.milvus.orm.iterator.QueryIterator;
import io.milvus.orm.iterator.SearchIteratorV2;
import io.milvus.v2.client.MilvusClientV2;
import io.milvus.v2.exception.MilvusClientException;
import java.time.Duration;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What may go on when the call that gave it has ended: iterators, and the SDK's own client. */
@Timeout(60)
class BorrowedClientTest {
  private static final Duration DEADLINE = Duration.ofSeconds(1);
  private static final Duration AT_MOST = DEADLINE.plusSeconds(1);

  private static Stream<Named<Function<Client, Runnable>>> borrowed() {
    return Stream.of(
        named(
            "queryIterator",
            client -> {
              QueryIterator rows = client.queryIterator(ClientOperation.allRows());
              return () -> readToTheEnd(rows::next);
            }),
        named(
            "searchIterator",
            client -> {
              SearchIteratorV2 hits = client.searchIterator(ClientOperation.nearest());
              return () -> readToTheEnd(hits::next);
            }),
        named("unwrap", client -> client.unwrap()::listCollections),
        named("kept by a function", client -> client.call(sdk -> sdk)::listCollections));
  }

  private static void readToTheEnd(Supplier<List<?>> next) {
    while (!next.get().isEmpty()) {
      // on
    }
  }

  @ParameterizedTest
  @MethodSource("borrowed")
  void itsRequestsEndWithTheAdminDeadline(Function<Client, Runnable> borrowing) {
    try (ScriptedMilvus server = ClientOperation.server();
        MilvusPool pool = MilvusPool.create()) {
      Client client =
          pool.add(
              "main",
              options ->
                  options
                      .withAddress(server.address())
                      .withAdminDeadline(DEADLINE)
                      .withDrainTimeout(Duration.ZERO));
      Runnable borrowed = borrowing.apply(client);
      server.stall("Query");
      server.stall("Search");
      server.stall("ShowCollections");

      Outcome outcome = Outcome.ofAll(List.of(borrowed)).get(0);

      assertThat(outcome.failure()).isNotNull();
      assertThat(outcome.elapsed()).isLessThan(AT_MOST);
    }
  }

  @Test
  void theCallsOfOthersKeepTheirLongerDeadline() {
    try (ScriptedMilvus server = ClientOperation.server();
        MilvusPool pool = MilvusPool.create()) {
      Client client =
          pool.add(
              "main",
              options ->
                  options.withAddress(server.address()).withAdminDeadline(Duration.ofMillis(200)));
      MilvusClientV2 unwrapped = client.unwrap();
      server.delay("ShowCollections", Duration.ofMillis(600));

      assertThatThrownBy(unwrapped::listCollections).isInstanceOf(MilvusClientException.class);
      assertThat(client.listCollections()).contains("items");
    }
  }
}
