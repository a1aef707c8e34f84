package dev.milvuspool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import java.util.random.RandomGenerator;
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
      Threads.spin(random.nextInt(400));
      supervisor.lost(serving, new MilvusPoolException("lost", "main", null, null));
    }

    awaitServing(LOSSES + 1);
    assertThat(supervisor.reconnects()).isEqualTo(LOSSES);
  }

  @Test
  void behindASilentServerNoMoreThanTwoKnocksWaitAndOneOfThemIsTheOldest() {
    List<CompletableFuture<Address>> knocks = new CopyOnWriteArrayList<>();
    AtomicLong most = new AtomicLong();
    Connector silent =
        new InMemoryConnector(background) {
          @Override
          public CompletableFuture<Address> knockAgain(
              Target target, List<Address> addresses, Duration timeout, long lostAt) {
            CompletableFuture<Address> knock = new CompletableFuture<>();
            knocks.add(knock);
            long waiting = knocks.stream().filter(each -> !each.isDone()).count();
            most.accumulateAndGet(waiting, Math::max);
            return knock;
          }
        };
    Supervisor lonely = withoutConnection(silent, new Random(5));

    await().until(() -> knocks.size() >= 50);

    assertThat(most.get()).isEqualTo(2);
    assertThat(knocks.get(0).isDone()).isFalse();
    lonely.close().join();
    await().until(() -> knocks.stream().allMatch(CompletableFuture::isDone));
  }

  @Test
  void whileItDialsItDoesNotKnock() {
    AtomicLong turns = new AtomicLong();
    AtomicLong knocks = new AtomicLong();
    CompletableFuture<Connection> dial = new CompletableFuture<>();
    Connector slow =
        new InMemoryConnector(background) {
          @Override
          public CompletableFuture<Connection> redial(
              Target target, Address address, Duration timeout) {
            return dial;
          }

          @Override
          public CompletableFuture<Address> knockAgain(
              Target target, List<Address> addresses, Duration timeout, long lostAt) {
            knocks.incrementAndGet();
            return CompletableFuture.completedFuture(addresses.get(0));
          }
        };

    Supervisor lonely = withoutConnection(slow, turns::incrementAndGet);

    await().until(() -> turns.get() >= 50);
    assertThat(knocks.get()).isEqualTo(1);
    lonely.close().join();
    assertThat(dial).isCancelled();
  }

  /** One that has just lost its connection. */
  private Supervisor withoutConnection(Connector through, RandomGenerator random) {
    Supervisor lonely =
        new Supervisor(
            "main",
            Situation.initial(ClientState.UP, supervisor.situation().options()),
            background,
            through,
            new ClientEvents("main", List.of(), background),
            random);
    lonely.connect().join();
    lonely.lost(
        lonely.situation().serving().get(0), new MilvusPoolException("lost", "main", null, null));
    return lonely;
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
