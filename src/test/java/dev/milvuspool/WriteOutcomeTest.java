package dev.milvuspool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.milvuspool.Events.Kind;
import dev.milvuspool.scripted.ScriptedMilvus;
import io.milvus.shaded.io.grpc.Status;
import java.time.Duration;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * A write is never carried out twice, and its caller learns whether it may have been carried out.
 */
@Timeout(60)
class WriteOutcomeTest {
  private final ScriptedMilvus server = ClientOperation.server();
  private final Events events = new Events();
  private final MilvusPool pool = MilvusPool.builder().withListener(events).build();
  private final Client client =
      pool.add(
          "main",
          options ->
              options
                  .withAddress(server.address())
                  .withHealthCheckInterval(Duration.ZERO)
                  .withReconnectBackoff(Duration.ofMillis(5), Duration.ofMillis(50))
                  .withRetry(20, Duration.ofMillis(100)));

  @AfterEach
  void close() {
    pool.close();
    server.close();
  }

  @Test
  void aWriteWhoseAnswerIsLostWasCarriedOutOnceAndIsNotSentAgain() {
    assertNotRepeated(rpc -> server.dropConnectionAfterExecuting(rpc, 1), 1);
  }

  @Test
  void aWriteWhoseConnectionIsLostBeforeItIsCarriedOutIsNotSentAgainEither() {
    assertNotRepeated(rpc -> server.dropConnectionBefore(rpc, 1), 0);
  }

  @Test
  void aWriteThatIsToldUnavailableIsNotSentAgain() {
    assertNotRepeated(rpc -> server.fail(rpc, Status.UNAVAILABLE, 1), 0);
  }

  private void assertNotRepeated(Consumer<String> fault, long executed) {
    ClientOperation.writes()
        .forEach(
            operation -> {
              await().until(() -> client.state() == ClientState.UP);
              server.resetCounts();
              fault.accept(operation.rpc());

              assertThatThrownBy(() -> operation.on(client))
                  .as("%s", operation)
                  .isInstanceOfSatisfying(
                      ClientUnavailableException.class,
                      e -> assertThat(e.outcomeUnknown()).as("%s", operation).isTrue())
                  .hasMessageContaining("main")
                  .hasMessageContaining(server.address());

              await().until(() -> client.state() == ClientState.UP);
              assertThat(server.calls(operation.rpc())).as("%s", operation).isEqualTo(1);
              assertThat(server.executed(operation.rpc())).as("%s", operation).isEqualTo(executed);
            });
    assertThat(events.of(Kind.RETRY)).isEmpty();
    assertThat(pool.stats().clients().get("main").retries()).isZero();
  }

  @Test
  void aWriteThatWasNeverSentIsKnownNotToBeCarriedOut() {
    server.kill();
    await().until(() -> client.health(Duration.ofMillis(200)).state() == ClientState.DOWN);
    server.resetCounts();

    ClientOperation.writes()
        .forEach(
            operation ->
                assertThatThrownBy(() -> operation.on(client))
                    .isInstanceOfSatisfying(
                        ClientUnavailableException.class,
                        e -> assertThat(e.outcomeUnknown()).as("%s", operation).isFalse()));

    server.restart();
    await().until(() -> client.state() == ClientState.UP);
    ClientOperation.writes()
        .forEach(operation -> assertThat(server.calls(operation.rpc())).isZero());
  }

  @Test
  void anIndexIsOrderedOnceThoughTheQuestionsAfterItAreRepeated() {
    server.dropConnectionBefore("DescribeIndex", 2);

    ClientOperation.CREATE_INDEX.on(client);

    assertThat(server.calls("CreateIndex")).isEqualTo(1);
    assertThat(server.executed("DescribeIndex")).isEqualTo(1);
    assertThat(pool.stats().clients().get("main").retries()).isZero();
  }

  @Test
  void aFlushIsOrderedOnceThoughAQuestionForItsEndIsLost() {
    server.dropConnectionBefore("GetFlushState", 1);

    client.flush("items");

    assertThat(server.executed("Flush")).isEqualTo(1);
    assertThat(server.executed("GetFlushState")).isEqualTo(1);
  }

  @Test
  void aReadThatIsLostHasNoOutcomeToBeUnknown() {
    pool.replace("main", client.options().toBuilder().withRetry(0, Duration.ZERO).build());
    server.fail("Search", Status.UNAVAILABLE, 1);

    assertThatThrownBy(() -> ClientOperation.SEARCH.on(client))
        .isInstanceOfSatisfying(
            ClientUnavailableException.class, e -> assertThat(e.outcomeUnknown()).isFalse());
  }
}
