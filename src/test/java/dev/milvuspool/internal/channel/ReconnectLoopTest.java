package dev.milvuspool.internal.channel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.milvuspool.ClientOptions;
import dev.milvuspool.ClientState;
import dev.milvuspool.internal.common.Background;
import dev.milvuspool.internal.common.DeadlineSweeper;
import dev.milvuspool.internal.common.EventDispatcher;
import dev.milvuspool.internal.connect.Connector;
import dev.milvuspool.internal.connect.InMemoryConnector;
import dev.milvuspool.internal.connect.Transport;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The loop that brings connections back, without a network: as fast as threads can go. */
@Timeout(90)
class ReconnectLoopTest {
  private static final int LOSSES = 20_000;

  private final Background background = new Background();
  private final InMemoryConnector connector = new InMemoryConnector(background);
  private final ConnectionSupervisor supervisor = supervisor(connector, 1, Duration.ofNanos(2));

  private ConnectionSupervisor supervisor(Connector through, int connections, Duration backoff) {
    return new ConnectionSupervisor(
        "main",
        ClientOptions.builder()
            .withHealthCheckInterval(Duration.ZERO)
            .withConnections(connections)
            .withReconnectBackoff(backoff.dividedBy(2), backoff)
            .build(),
        background,
        new DeadlineSweeper(background),
        through,
        new EventDispatcher("main", List.of(), background),
        new Random(5));
  }

  @AfterEach
  void close() {
    supervisor.closeConnections().join();
    background.release();
    background.endWithLastUser();
  }

  /** The loss may come while the loop is on its way to end, and must not be overlooked. */
  @Test
  void aConnectionThatIsLostAtOnceIsBroughtBackEveryTime() {
    Random random = new Random(3);
    supervisor.connect().join();

    for (int loss = 1; loss <= LOSSES; loss++) {
      Connection serving = awaitServing(loss);
      for (int spin = random.nextInt(400); spin > 0; spin--) {
        Thread.onSpinWait();
      }
      supervisor.ended(serving);
    }

    awaitServing(LOSSES + 1);
    assertThat(supervisor.reconnects()).isEqualTo(LOSSES);
  }

  @Test
  void behindASilentServerNoMoreThanTwoDialsWaitAndOneOfThemIsTheOldest() {
    List<CompletableFuture<Transport>> dials = new CopyOnWriteArrayList<>();
    AtomicLong most = new AtomicLong();
    Connector silent =
        silentAfterTheFirst(
            dial -> {
              dials.add(dial);
              long waiting = dials.stream().filter(each -> !each.isDone()).count();
              most.accumulateAndGet(waiting, Math::max);
            });
    ConnectionSupervisor lonely = supervisor(silent, 1, Duration.ofNanos(2));
    lonely.connect().join();

    lonely.ended(lonely.snapshot().serving().get(0));

    await().until(() -> dials.size() >= 50);
    assertThat(most.get()).isEqualTo(2);
    assertThat(dials.get(0).isDone()).isFalse();
    lonely.closeConnections();
    await().until(() -> dials.stream().allMatch(CompletableFuture::isDone));
  }

  /** Connects, and brings nothing back. */
  private Connector silentAfterTheFirst(Consumer<CompletableFuture<Transport>> onDial) {
    return new InMemoryConnector(background) {
      @Override
      public CompletableFuture<Transport> connect(Target target, Route route, Duration timeout) {
        if (route.lostAt() == 0) {
          return super.connect(target, route, timeout);
        }
        CompletableFuture<Transport> dial = new CompletableFuture<>();
        onDial.accept(dial);
        return dial;
      }
    };
  }

  /** It says nothing of the server of the last one: calls wait for a dial of their own. */
  @Test
  void aDialFromBeforeTheLastLossTakesNoClientDown() {
    List<CompletableFuture<Transport>> dials = new CopyOnWriteArrayList<>();
    ConnectionSupervisor two =
        supervisor(silentAfterTheFirst(dials::add), 2, Duration.ofMinutes(1));
    two.connect().join();
    List<Connection> serving = two.snapshot().serving();
    two.ended(serving.get(0));
    await().until(() -> dials.size() == 1);

    two.ended(serving.get(1));
    dials.get(0).completeExceptionally(new IllegalStateException("refused"));

    assertThat(two.snapshot().state()).isEqualTo(ClientState.UP);
    await().until(() -> dials.size() == 2);
    dials.get(1).completeExceptionally(new IllegalStateException("refused"));
    assertThat(two.snapshot().state()).isEqualTo(ClientState.DOWN);
    two.closeConnections();
  }

  /** However long the backoff may get for a server that flaps. */
  @Test
  void aConnectionThatLastedASecondIsBroughtBackAtOnce() {
    ConnectionSupervisor patient = supervisor(connector, 1, Duration.ofMinutes(1));
    patient.connect().join();

    for (int loss = 1; loss <= 2; loss++) {
      await().pollDelay(Duration.ofMillis(1_100)).until(() -> true);
      patient.ended(patient.snapshot().serving().get(0));
      await().until(() -> !patient.snapshot().serving().isEmpty());
    }

    assertThat(patient.reconnects()).isEqualTo(2);
    patient.closeConnections();
  }

  private Connection awaitServing(int loss) {
    long giveUpAt = System.nanoTime() + Duration.ofSeconds(10).toNanos();
    while (true) {
      Snapshot now = supervisor.snapshot();
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
