package dev.milvuspool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a client is at one moment, and what it may become. */
class SituationTest {
  private static final ClientOptions OPTIONS =
      ClientOptions.builder()
          .withAddress("here:1")
          .withDatabase("books")
          .withConnections(3)
          .build();
  private static final MilvusPoolException ERROR =
      new MilvusPoolException("nobody listens", "main", "here:1", null);

  private final Background background = new Background();
  private final InMemoryConnector connector = new InMemoryConnector(background);
  private final Situation initial = Situation.initial(ClientState.UP, OPTIONS);

  @AfterEach
  void close() {
    background.close();
  }

  private Connection connection() throws Exception {
    return connector
        .dial(
            initial.target("main"),
            List.of(Address.parse("address", "there:2")),
            Duration.ofSeconds(10))
        .get(10, TimeUnit.SECONDS);
  }

  @Test
  void aClientBeginsWithoutConnectionsInTheDatabaseOfItsOptions() {
    assertThat(initial.epoch()).isZero();
    assertThat(initial.serving()).isEmpty();
    assertThat(initial.leastLoaded()).isNull();
    assertThat(initial.database()).isEqualTo("books");
    assertThat(initial.target("main")).isEqualTo(new Connector.Target("main", OPTIONS, "books"));
    assertThat(initial.address()).isEqualTo("here:1");
  }

  @ParameterizedTest
  @CsvSource({
    "UP, UP",
    "UP, DOWN",
    "UP, CLOSED",
    "DOWN, UP",
    "DOWN, DOWN",
    "DOWN, CLOSED",
    "CLOSED, CLOSED"
  })
  void legalChangesOfState(ClientState from, ClientState to) {
    Situation before = Situation.initial(from, OPTIONS);

    Situation after = before.with(to, List.of(), ERROR);

    assertThat(after.state()).isEqualTo(to);
    assertThat(after.lastError()).isSameAs(ERROR);
  }

  @ParameterizedTest
  @CsvSource({"CLOSED, UP", "CLOSED, DOWN"})
  void nothingLeavesClosed(ClientState from, ClientState to) {
    Situation before = Situation.initial(from, OPTIONS);

    assertThatThrownBy(() -> before.with(to, List.of(), null)).isInstanceOf(AssertionError.class);
  }

  @Test
  void aNewStateBeginsNowAndIsLeftLater() {
    Situation down = initial.with(ClientState.DOWN, List.of(), ERROR);

    assertThat(down.since()).isAfterOrEqualTo(initial.since());
    assertThat(down.sinceNanos()).isGreaterThan(initial.sinceNanos());
    assertThat(down.left()).isNotSameAs(initial.left()).isNotDone();
  }

  @Test
  void otherConnectionsInTheSameStateAreNoNewState() throws Exception {
    Connection one = connection();

    Situation next = initial.with(ClientState.UP, List.of(one), null);

    assertThat(next.serving()).containsExactly(one);
    assertThat(next.since()).isSameAs(initial.since());
    assertThat(next.sinceNanos()).isEqualTo(initial.sinceNanos());
    assertThat(next.left()).isSameAs(initial.left());
    assertThat(next.epoch()).isEqualTo(initial.epoch());
  }

  @Test
  void otherOptionsOrAnotherDatabaseBeginANewEpoch() {
    ClientOptions other = ClientOptions.builder().withAddress("elsewhere:3").build();

    Situation next = initial.configured(other, "films");

    assertThat(next.epoch()).isEqualTo(initial.epoch() + 1);
    assertThat(next.options()).isSameAs(other);
    assertThat(next.database()).isEqualTo("films");
    assertThat(next.left()).isSameAs(initial.left());
  }

  @Test
  void connectionsComeAndGo() throws Exception {
    Connection one = connection();
    Connection two = connection();
    Situation withOne = initial.with(ClientState.UP, List.of(one), null);

    assertThat(withOne.servingAnd(two)).containsExactly(one, two);
    assertThat(withOne.servingWithout(one)).isEmpty();
    assertThat(withOne.servingWithout(two)).containsExactly(one);
    assertThat(withOne.serving()).containsExactly(one);
  }

  @Test
  void whatIsMissingIsToldUntilTheClientIsClosed() throws Exception {
    Situation withOne = initial.with(ClientState.UP, List.of(connection()), null);

    assertThat(initial.missing()).isEqualTo(3);
    assertThat(withOne.missing()).isEqualTo(2);
    assertThat(initial.with(ClientState.CLOSED, List.of(), null).missing()).isZero();
  }

  @Test
  void whatIsMissingIsBroughtBackButForALazyClientsFirstConnection() throws Exception {
    List<Connection> three = List.of(connection(), connection(), connection());

    assertThat(initial.needsReconnect()).isFalse();
    assertThat(initial.with(ClientState.DOWN, List.of(), ERROR).needsReconnect()).isTrue();
    assertThat(initial.with(ClientState.UP, three.subList(0, 2), null).needsReconnect()).isTrue();
    assertThat(initial.with(ClientState.UP, three, null).needsReconnect()).isFalse();
    assertThat(initial.with(ClientState.CLOSED, List.of(), null).needsReconnect()).isFalse();
  }

  @Test
  void theAddressIsThatOfTheConnectionThatServes() throws Exception {
    Situation serving = initial.with(ClientState.UP, List.of(connection()), null);

    assertThat(serving.address()).isEqualTo("there:2");
  }

  @Test
  void aCallThatMayNotWaitIsToldWhyAndThatItWasNotSent() {
    Situation down = initial.with(ClientState.DOWN, List.of(), ERROR);

    ClientUnavailableException failure = down.unavailable("main", "search");

    assertThat(failure)
        .hasMessageContainingAll("main", "DOWN", "search", "here:1", "not sent", "nobody listens")
        .hasCause(ERROR);
    assertThat(failure.outcomeUnknown()).isFalse();
    assertThat(failure.clientName()).isEqualTo("main");
    assertThat(failure.address()).isEqualTo("here:1");
  }

  @Test
  void aCallThatWaitedInVainIsToldWhyAndThatItWasNotSent() {
    ClientTimeoutException failure = initial.timedOut("main", "search", Duration.ofMillis(250));

    assertThat(failure)
        .hasMessageContainingAll(
            "main", "search", "here:1", "not sent", "250 ms", "no dial has ended yet");
    assertThat(failure.clientName()).isEqualTo("main");
    assertThat(failure.address()).isEqualTo("here:1");
  }

  @Test
  void theNextCallTakesTheLeastLoadedConnection() throws Exception {
    Connection one = connection();
    Connection two = connection();
    Connection three = connection();
    Situation serving = initial.with(ClientState.UP, List.of(one, two, three), null);

    assertThat(serving.leastLoaded()).isSameAs(one);
    load(one, 3);
    load(two, 2);
    load(three, 2);
    assertThat(serving.leastLoaded()).isSameAs(two);
    load(two, 2);
    assertThat(serving.leastLoaded()).isSameAs(three);
    assertThat(initial.with(ClientState.UP, List.of(one), null).leastLoaded()).isSameAs(one);
  }

  private static void load(Connection connection, int weight) {
    long deadlineAt = System.nanoTime() + Duration.ofMinutes(1).toNanos();
    assertThat(connection.begin(Operation.INSERT, deadlineAt, weight)).isNotNull();
  }
}
