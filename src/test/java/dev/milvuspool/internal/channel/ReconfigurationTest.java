package dev.milvuspool.internal.channel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.milvuspool.ClientHealth;
import dev.milvuspool.ClientOptions;
import io.milvus.grpc.GetVersionResponse;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A lazy client that is replaced while its first dial is under way. */
@Timeout(30)
class ReconfigurationTest {
  private final InMemoryClient client =
      new InMemoryClient(
          ClientOptions.builder(),
          call -> call.answer(GetVersionResponse.newBuilder().setVersion("2.6.0").build()));
  private final ConnectionSupervisor supervisor = client.supervisor;

  @AfterEach
  void close() {
    client.close();
  }

  /** Begins the first dial, and has other options before it ends. */
  private CompletableFuture<Void> replacedDuringTheFirstDial() {
    CompletableFuture<Void> first = client.dialled;
    client.dialled = CompletableFuture.completedFuture(null);
    supervisor.replace(ClientOptions.builder().withAddress("other:19530").build());
    return first;
  }

  private CompletableFuture<ClientHealth> healthDuringTheFirstDial() {
    client.dialled = new CompletableFuture<>();
    return supervisor.probe(Duration.ofSeconds(20));
  }

  @Test
  void itsHealthIsThatOfTheNewOptionsWhenTheFirstDialEndsLate() {
    CompletableFuture<ClientHealth> health = healthDuringTheFirstDial();

    replacedDuringTheFirstDial().complete(null);

    assertThat(health)
        .succeedsWithin(10, TimeUnit.SECONDS)
        .satisfies(
            each -> {
              assertThat(each.lastError()).isNull();
              assertThat(each.healthy()).isTrue();
              assertThat(each.address()).isEqualTo("other:19530");
            });
  }

  @Test
  void itsHealthIsThatOfTheNewOptionsWhenTheFirstDialFailsLate() {
    CompletableFuture<ClientHealth> health = healthDuringTheFirstDial();

    replacedDuringTheFirstDial().completeExceptionally(new IllegalStateException("refused"));

    assertThat(health)
        .succeedsWithin(10, TimeUnit.SECONDS)
        .satisfies(each -> assertThat(each.healthy()).isTrue());
  }

  @Test
  void itsCallsAreServedByTheNewOptionsWhenTheFirstDialFailsLate() throws Exception {
    client.dialled = new CompletableFuture<>();
    CompletableFuture<Void> first = supervisor.firstDial();

    replacedDuringTheFirstDial().completeExceptionally(new IllegalStateException("refused"));

    assertThat(first).isDone();
    assertThat(supervisor.snapshot().serving()).hasSize(1);
    assertThat(supervisor.snapshot().state()).isEqualTo(dev.milvuspool.ClientState.UP);
  }

  @Test
  void withoutAReplaceItsHealthIsWhyTheFirstDialFailed() {
    CompletableFuture<ClientHealth> health = healthDuringTheFirstDial();

    client.dialled.completeExceptionally(new IllegalStateException("refused"));

    assertThat(health)
        .succeedsWithin(10, TimeUnit.SECONDS)
        .satisfies(each -> assertThat(each.lastError()).hasStackTraceContaining("refused"));
  }
}
