package dev.milvuspool;

import static org.assertj.core.api.Assertions.assertThat;

import dev.milvuspool.Events.Kind;
import dev.milvuspool.internal.common.Durations;
import dev.milvuspool.scripted.ScriptedMilvus;
import java.time.Duration;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A server that asks for another transport, as Envoy and connection-age limits do. */
@Timeout(60)
class GoAwayTest {
  private final Events events = new Events();

  @ParameterizedTest
  @CsvSource({"1, 1500", "3, 1500", "1, 300", "3, 300"})
  void aLimitedConnectionAgeFailsNeitherReadsNorWrites(int connections, int ageMillis) {
    try (ScriptedMilvus server =
            ScriptedMilvus.builder().maxConnectionAge(Duration.ofMillis(ageMillis)).start();
        MilvusPool pool = MilvusPool.builder().withListener(events).build()) {
      server.collection("items", Samples.DIMENSION);
      Client client =
          pool.add(
              "main",
              options -> options.withAddress(server.address()).withConnections(connections));
      ConcurrentLinkedQueue<Duration> elapsed = new ConcurrentLinkedQueue<>();

      try (Load load =
          Load.of(
              4,
              () -> {
                long startedAt = System.nanoTime();
                ClientOperation.SEARCH.on(client);
                client.delete("items", "id > 0");
                elapsed.add(Durations.since(startedAt));
              })) {
        while (server.transportsEver() < 5L * connections) {
          load.awaitMore(100);
        }
        load.stopUnharmed();
      }

      assertThat(events.lifeOf("main")).containsExactly(Kind.ADDED);
      assertThat(elapsed).allSatisfy(each -> assertThat(each).isLessThan(Duration.ofSeconds(1)));
    }
  }

  @Test
  void aCallInFlightFinishesOnTheOldTransport() throws Exception {
    try (ScriptedMilvus server =
            ScriptedMilvus.builder().maxConnectionAge(Duration.ofMillis(500)).start();
        MilvusPool pool = MilvusPool.builder().withListener(events).build()) {
      server.collection("items", Samples.DIMENSION);
      Client client = pool.add("main", options -> options.withAddress(server.address()));
      server.delay("Delete", Duration.ofSeconds(3));
      AtomicLong calls = new AtomicLong();

      Thread slow =
          new Thread(
              () -> {
                client.delete("items", "id > 0");
                calls.incrementAndGet();
              });
      slow.start();
      server.awaitInFlight("Delete", 1, Duration.ofSeconds(5));
      slow.join(20_000);

      assertThat(calls.get()).isEqualTo(1);
      assertThat(server.calls("Delete")).isEqualTo(1);
      assertThat(server.transportsEver()).isGreaterThan(2);
      assertThat(events.lifeOf("main")).containsExactly(Kind.ADDED);
    }
  }

  /**
   * What waits in gRPC for one of the server's few streams was never sent. Only of those that get
   * one between the two GOAWAYs of a graceful end, when the server no longer looks at them, nobody
   * knows that. They are rare, where some twenty wait at each of the four ends. gRPC forgets one
   * now and then: that ends at its deadline.
   */
  @Test
  void writesThatWaitForAStreamDoNotFail() {
    try (ScriptedMilvus server =
            ScriptedMilvus.builder()
                .maxConcurrentCallsPerConnection(5)
                .maxConnectionAge(Duration.ofMillis(300))
                .start();
        MilvusPool pool = MilvusPool.create()) {
      server.collection("items", Samples.DIMENSION);
      server.delay("Delete", Duration.ofMillis(30));
      Client client =
          pool.add(
              "main",
              options -> options.withAddress(server.address()).withDeadline(Duration.ofSeconds(5)));

      try (Load load = Load.of(30, () -> client.delete("items", "id > 0"))) {
        while (server.transportsEver() < 5) {
          load.awaitMore(20);
        }
        load.stop();
        assertThat(load.failures())
            .hasSizeLessThan(10)
            .allSatisfy(
                failure ->
                    assertThat(failure)
                        .satisfiesAnyOf(
                            e -> assertThat(e).isInstanceOf(ClientTimeoutException.class),
                            e -> assertThat(e).rootCause().hasMessageContaining("after GOAWAY")));
      }
    }
  }
}
