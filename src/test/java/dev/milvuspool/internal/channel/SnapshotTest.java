package dev.milvuspool.internal.channel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.milvuspool.ClientOptions;
import dev.milvuspool.ClientState;
import dev.milvuspool.MilvusPoolException;
import dev.milvuspool.internal.connect.EndpointLoads;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class SnapshotTest {
  private static final ClientOptions OPTIONS =
      ClientOptions.builder().withAddress("localhost:1").withConnections(3).build();
  private static final MilvusPoolException LOST =
      new MilvusPoolException("lost", "main", null, null);

  private final IdleConnections made = new IdleConnections();
  private final Connection one = made.connection("localhost:2");
  private final Connection two = made.connection("localhost:3");
  private final Connection three = made.connection("localhost:4");
  private final Snapshot initial = Snapshot.initial(OPTIONS);

  @AfterEach
  void close() {
    made.close();
  }

  private Snapshot serving(Connection... connections) {
    return initial.with(ClientState.UP, List.of(connections), null);
  }

  @Test
  void itBeginsLazyAndUpWithNoConnection() {
    assertThat(initial.epoch()).isZero();
    assertThat(initial.state()).isEqualTo(ClientState.UP);
    assertThat(initial.lazy()).isTrue();
    assertThat(initial.leastLoaded(null)).isNull();
    assertThat(initial.missing()).isZero();
    assertThat(initial.site()).isEqualTo(-1);
    assertThat(initial.address()).isEqualTo("localhost:1");
    assertThat(initial.isReplacingLast()).isFalse();
  }

  @Test
  void theLeastLoadedConnectionIsNext() {
    one.acquire(3);
    two.acquire(1);
    three.acquire(2);

    assertThat(serving(one, two, three).leastLoaded(null)).isSameAs(two);
    assertThat(serving(two, three, one).leastLoaded(null)).isSameAs(two);
    assertThat(serving(three, one, two).leastLoaded(null)).isSameAs(two);
    assertThat(serving(one).leastLoaded(null)).isSameAs(one);
  }

  @Test
  void amongEqualsItIsTheFirst() {
    assertThat(serving(two, one, three).leastLoaded(null)).isSameAs(two);
  }

  @Test
  void aProxyThatIsNotReadyIsPassedOver() {
    one.acquire(5);
    two.ejectFor(Duration.ofMinutes(1));

    assertThat(serving(one, two).leastLoaded(null)).isSameAs(one);
    assertThat(serving(two, one).leastLoaded(null)).isSameAs(one);
  }

  @Test
  void ifNoneIsReadyTheLeastLoadedOneIsNext() {
    one.acquire(5);
    one.ejectFor(Duration.ofMinutes(1));
    two.ejectFor(Duration.ofMinutes(2));

    assertThat(serving(one, two).leastLoaded(null)).isSameAs(two);
    assertThat(serving(two, one).leastLoaded(null)).isSameAs(two);
    assertThat(serving(two).leastLoaded(null)).isSameAs(two);
  }

  @Test
  void anotherStateBeginsNow() {
    Snapshot down = serving(one).with(ClientState.DOWN, List.of(), LOST);

    assertThat(down.state()).isEqualTo(ClientState.DOWN);
    assertThat(down.since()).isAfterOrEqualTo(initial.since());
    assertThat(down.sinceNanos()).isGreaterThan(initial.sinceNanos());
    assertThat(down.lastError()).isSameAs(LOST);
    assertThat(down.serving()).isEmpty();
    assertThat(down.lazy()).isFalse();
  }

  @Test
  void otherConnectionsLeaveTheStateAndItsBeginning() {
    Snapshot up = serving(one);

    assertThat(up.state()).isEqualTo(ClientState.UP);
    assertThat(up.since()).isSameAs(initial.since());
    assertThat(up.sinceNanos()).isEqualTo(initial.sinceNanos());
    assertThat(up.lazy()).isFalse();
    assertThat(up.changed()).isNotSameAs(initial.changed()).isNotDone();
  }

  @Test
  void aClosedClientStaysClosed() {
    Snapshot closed = serving(one).with(ClientState.CLOSED, List.of(), null);

    assertThat(closed.with(ClientState.CLOSED, List.of(), null).state())
        .isEqualTo(ClientState.CLOSED);
    assertThatThrownBy(() -> closed.with(ClientState.UP, List.of(), null))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("CLOSED to UP");
  }

  @Test
  void otherOptionsBeginAnEpochAndChangeNothingElse() {
    ClientOptions others = ClientOptions.builder().withAddress("localhost:9").build();
    Snapshot before = serving(one);

    Snapshot after = before.withOptions(others, new EndpointLoads());

    assertThat(after.epoch()).isEqualTo(1);
    assertThat(after.options()).isSameAs(others);
    assertThat(after.serving()).containsExactly(one);
    assertThat(after.with(ClientState.UP, List.of(two), null).epoch()).isEqualTo(1);
    assertThat(before.epoch()).isZero();
  }

  @Test
  void connectionsAreAddedAndTakenAwayInACopy() {
    Snapshot before = serving(one, two);

    assertThat(before.exchanged(one, null)).containsExactly(two);
    assertThat(before.exchanged(three, null)).containsExactly(one, two);
    assertThat(before.exchanged(null, three)).containsExactly(one, two, three);
    assertThat(before.serving()).containsExactly(one, two);
  }

  @Test
  void theGivenListIsCopied() {
    List<Connection> given = new ArrayList<>(List.of(one));
    Snapshot snapshot = initial.with(ClientState.UP, given, null);

    given.clear();

    assertThat(snapshot.serving()).containsExactly(one);
  }

  @Test
  void whatServesIsTheAddressAndTheSite() {
    assertThat(serving(two, one).address()).isEqualTo("localhost:3");
    assertThat(serving(two).site()).isZero();
  }

  @Test
  void missingConnectionsAreCountedWhileItIsOpenAndHasConnected() {
    assertThat(serving(one).missing()).isEqualTo(2);
    assertThat(serving(one, two, three).missing()).isZero();
    assertThat(serving().missing()).isEqualTo(3);
    assertThat(serving().with(ClientState.CLOSED, List.of(), null).missing()).isZero();
  }

  @Test
  void theLastConnectionIsBeingReplacedUntilItIsKnownThatTheClientIsDown() {
    assertThat(serving().isReplacingLast()).isTrue();
    assertThat(serving(one).isReplacingLast()).isFalse();
    assertThat(serving().with(ClientState.DOWN, List.of(), LOST).isReplacingLast()).isFalse();
  }
}
