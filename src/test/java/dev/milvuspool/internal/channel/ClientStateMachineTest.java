package dev.milvuspool.internal.channel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.milvuspool.ClientOptions;
import dev.milvuspool.ClientState;
import dev.milvuspool.MilvusPoolException;
import dev.milvuspool.PoolListener;
import dev.milvuspool.internal.common.Background;
import dev.milvuspool.internal.common.EventDispatcher;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A change of state delivers its own event, once and in order. */
@Timeout(20)
class ClientStateMachineTest {
  private static final ClientOptions OPTIONS =
      ClientOptions.builder().withAddress("localhost:1").build();
  private static final MilvusPoolException LOST =
      new MilvusPoolException("lost", "main", null, null);
  private static final MilvusPoolException OTHER =
      new MilvusPoolException("other", "main", null, null);

  private final Background background = new Background();
  private final IdleConnections made = new IdleConnections();
  private final Connection connection = made.connection("localhost:2");
  private final List<String> heard = new CopyOnWriteArrayList<>();
  private final EventDispatcher events =
      new EventDispatcher(
          "main",
          List.of(
              new PoolListener() {
                @Override
                public void onClientDown(String client, MilvusPoolException reason) {
                  heard.add("down: " + reason.getMessage());
                }

                @Override
                public void onClientUp(String client, Duration outage) {
                  heard.add("up after " + (outage.compareTo(Duration.ofMinutes(1)) < 0));
                }

                @Override
                public void onClientReplaced(String client, ClientOptions options) {
                  heard.add("last");
                }
              }),
          background);
  private final ClientStateMachine machine = new ClientStateMachine(events, OPTIONS);

  @AfterEach
  void close() {
    made.close();
    background.release();
    background.endWithLastUser();
  }

  private Snapshot up() {
    return machine.change(now -> now.with(ClientState.UP, List.of(connection), null));
  }

  private Snapshot down(MilvusPoolException error, MilvusPoolException reason) {
    return machine.change(now -> now.with(ClientState.DOWN, List.of(), error), reason);
  }

  /** What was heard until now: events come in order, so that of a last one ends them. */
  private List<String> heard() {
    events.replaced(OPTIONS);
    await().until(() -> heard.contains("last"));
    heard.remove("last");
    return heard;
  }

  @Test
  void aChangeReturnsTheOldSnapshotAndWakesWhoWaitsForIt() {
    Snapshot before = machine.snapshot();

    Snapshot old = up();

    assertThat(old).isSameAs(before);
    assertThat(before.changed()).isCompleted();
    assertThat(machine.snapshot().serving()).containsExactly(connection);
    assertThat(machine.snapshot().changed()).isNotDone();
  }

  @Test
  void aStepThatGivesNothingChangesNothing() {
    Snapshot before = machine.snapshot();

    assertThat(machine.change(now -> null)).isNull();

    assertThat(machine.snapshot()).isSameAs(before);
    assertThat(before.changed()).isNotDone();
  }

  @Test
  void downAndUpAreHeardOnceEach() {
    up();
    down(LOST, null);
    down(OTHER, null); // still down, for another reason
    up();
    up();

    assertThat(heard()).containsExactly("down: lost", "up after true");
  }

  @Test
  void theReasonMayBeAnotherThanTheLastError() {
    down(LOST, OTHER);

    assertThat(heard()).containsExactly("down: other");
    assertThat(machine.snapshot().lastError()).isSameAs(LOST);
  }

  @Test
  void theFirstConnectionAndTheEndAreNoEventsOfTheState() {
    up();
    machine.change(now -> now.with(ClientState.CLOSED, List.of(), null));

    assertThat(heard()).isEmpty();
  }
}
