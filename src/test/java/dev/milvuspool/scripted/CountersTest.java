package dev.milvuspool.scripted;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/** What the scripted Milvus counts and remembers, and waiting for it. */
class CountersTest extends ScriptedMilvusCase {
  @Test
  void remembersTheDeadlineOfTheLastCall() {
    client.search();

    assertThat(milvus.lastDeadline("Search"))
        .hasValueSatisfying(
            deadline ->
                assertThat(deadline).isBetween(Duration.ofSeconds(1), Duration.ofSeconds(5)));
    try (RawClient patient = RawClient.of(milvus, config -> config.rpcDeadlineMs(0))) {
      patient.search();

      assertThat(milvus.lastDeadline("Search")).isEmpty();
    }
    assertThat(milvus.lastDeadline("Query")).isEmpty();
  }

  @Test
  void countsCallsByMethodAndTogether() {
    milvus.resetCounts();

    client.search();
    client.search();
    sdk.getServerVersion();

    assertThat(milvus.calls("Search")).isEqualTo(2);
    assertThat(milvus.calls(ScriptedMilvus.ALL)).isEqualTo(3);
    assertThat(milvus.executed(ScriptedMilvus.ALL)).isEqualTo(3);
    assertThat(milvus.rows(ScriptedMilvus.ALL)).isEqualTo(4);
    assertThat(milvus.inFlight(ScriptedMilvus.ALL)).isZero();
    assertThat(milvus.maxInFlight(ScriptedMilvus.ALL)).isEqualTo(1);
    assertThat(milvus.calls("Query")).isZero();
  }

  @Test
  void countsTransports() {
    RawClient second = RawClient.of(milvus);
    milvus.awaitTransports(2, SOON);

    second.close();

    milvus.awaitTransports(1, SOON);
    assertThat(milvus.transportsEver()).isEqualTo(2);
    assertThatThrownBy(() -> milvus.awaitTransports(3, Duration.ofMillis(50)))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("transports: 1 instead of 3");
  }

  @Test
  void waitsForCalls() throws Exception {
    Future<?> waiting =
        inBackground(
            () -> {
              milvus.awaitCalls("Search", 2, Duration.ofMinutes(1));
              milvus.awaitExecuted("Search", 2, Duration.ofMinutes(1));
              return null;
            });
    client.search();

    assertThat(waiting.isDone()).isFalse();

    client.search();

    get(waiting);
    assertThatThrownBy(() -> milvus.awaitCalls("Search", 3, Duration.ofMillis(50)))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("calls of Search: 2 instead of 3");
  }
}
