package dev.milvuspool;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The loop that brings connections back, without a network: as fast as threads can go. */
@Timeout(90)
class ReconnectTest {
  private static final int LOSSES = 20_000;

  private final Background background = new Background();
  private final InMemoryConnector connector = new InMemoryConnector(background);
  private final Supervisor supervisor =
      new Supervisor(
          "main",
          Situation.initial(
              ClientState.UP,
              ClientOptions.builder()
                  .withHealthCheckInterval(Duration.ZERO)
                  .withReconnectBackoff(Duration.ofNanos(1), Duration.ofNanos(2))
                  .build()),
          background,
          connector,
          new ClientEvents("main", List.of(), background),
          new Random(5));

  @AfterEach
  void close() {
    supervisor.close().join();
    background.close();
  }

  /** The loss may come while the loop is on its way to end, and must not be overlooked. */
  @Test
  void aConnectionThatIsLostAtOnceIsBroughtBackEveryTime() {
    Random random = new Random(3);
    supervisor.connect().join();

    for (int loss = 1; loss <= LOSSES; loss++) {
      Connection serving = awaitServing(loss);
      spin(random.nextInt(400));
      supervisor.lost(serving, new MilvusPoolException("lost", "main", null, null));
    }

    awaitServing(LOSSES + 1);
    assertThat(supervisor.reconnects()).isEqualTo(LOSSES);
  }

  private static void spin(int times) {
    for (int i = 0; i < times; i++) {
      Thread.onSpinWait();
    }
  }

  private Connection awaitServing(int loss) {
    long giveUpAt = System.nanoTime() + Duration.ofSeconds(10).toNanos();
    while (true) {
      Situation now = supervisor.situation();
      if (!now.serving().isEmpty()) {
        return now.serving().get(0);
      }
      if (System.nanoTime() - giveUpAt > 0) {
        throw new AssertionError("still " + now.state() + " after loss " + (loss - 1));
      }
      Thread.onSpinWait();
    }
  }
}
