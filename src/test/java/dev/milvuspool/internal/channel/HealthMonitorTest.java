package dev.milvuspool.internal.channel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.milvuspool.ClientOptions;
import dev.milvuspool.ClientState;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What becomes of a connection that is silent, while no dial beside its probe gets through. */
@Timeout(30)
class HealthMonitorTest {
  private final InMemoryClient client = new InMemoryClient(ClientOptions.builder(), call -> {});
  private final ConnectionSupervisor supervisor = client.supervisor;

  @AfterEach
  void close() {
    client.close();
  }

  private void awaitNoConnection() {
    supervisor.connect().join();
    client.dialled = new CompletableFuture<>();
    supervisor.monitor().suspect(supervisor.snapshot().serving().get(0));
    await().until(() -> supervisor.snapshot().serving().isEmpty());
  }

  @Test
  void whileTheServerAnswersNobodyTheClientIsDown() {
    awaitNoConnection();

    assertThat(supervisor.snapshot().state()).isEqualTo(ClientState.DOWN);
  }

  /** With a hundred clients at once our limit of dials may hold one back for so long. */
  @Test
  void whileTheServerAnswersOthersItIsReplacedAndTheClientIsNotDown() {
    client.answersOthers = true;

    awaitNoConnection();

    await()
        .during(HealthMonitor.SILENCE.plusMillis(200))
        .until(() -> supervisor.snapshot().state() == ClientState.UP);
    client.dialled.complete(null);
    await().until(() -> !supervisor.snapshot().serving().isEmpty());
    assertThat(supervisor.snapshot().state()).isEqualTo(ClientState.UP);
  }
}
