package dev.milvuspool.internal.channel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.milvuspool.ClientOptions;
import dev.milvuspool.ClientState;
import io.milvus.grpc.GetVersionResponse;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What becomes of a connection that is silent, or old, while no dial beside it gets through. */
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

  /** Its timers run before the answer is read that came meanwhile. */
  @Test
  void aClientThatWasFrozenItselfLooksOnceMoreBeforeItTakesItsServerForDead() {
    supervisor.connect().join();
    client.dialled = new CompletableFuture<>();
    CompletableFuture<Void> frozen = new CompletableFuture<>();
    CompletableFuture<Void> awake = new CompletableFuture<>();
    client.background.schedule(frozen::join, Duration.ZERO);
    supervisor.monitor().suspect(supervisor.snapshot().serving().get(0));
    client.background.schedule(() -> awake.complete(null), HealthMonitor.SILENCE); // after the end

    frozen.completeOnTimeout(null, HealthMonitor.SILENCE.toMillis() + 700, TimeUnit.MILLISECONDS);
    awake.join();
    assertThat(supervisor.snapshot().serving()).hasSize(1);
    client.channels.get(0).calls().get(0).answer(GetVersionResponse.getDefaultInstance());

    await()
        .during(Duration.ofMillis(1200))
        .until(() -> supervisor.snapshot().serving().size() == 1);
    assertThat(supervisor.snapshot().state()).isEqualTo(ClientState.UP);
  }

  // ---- a connection that goes on for days

  private static InMemoryClient answering(ClientOptions.Builder options) {
    return new InMemoryClient(
        options, call -> call.answer(GetVersionResponse.getDefaultInstance()));
  }

  @Test
  void probesLeaveNothingBehindOnTheirConnection() {
    try (InMemoryClient sound = answering(ClientOptions.builder())) {
      sound.supervisor.connect().join();
      Connection connection = sound.supervisor.snapshot().serving().get(0);
      int dependents = connection.closed().getNumberOfDependents();

      for (int i = 0; i < 10; i++) {
        sound.supervisor.monitor().suspect(connection);
      }

      assertThat(sound.received(0)).hasSize(10);
      assertThat(connection.closed().getNumberOfDependents()).isEqualTo(dependents);
    }
  }

  @Test
  void renewalsThatFailLeaveNothingBehindOnTheirConnection() {
    try (InMemoryClient aged =
        answering(ClientOptions.builder().withMaxConnectionAge(Duration.ofMillis(50)))) {
      aged.supervisor.connect().join();
      aged.reachable = false;
      Connection connection = aged.supervisor.snapshot().serving().get(0);
      int dependents = connection.closed().getNumberOfDependents();

      await().until(() -> aged.received(0).size() >= 5); // a probe after each renewal that failed

      assertThat(connection.closed().getNumberOfDependents()).isEqualTo(dependents);
    }
  }
}
