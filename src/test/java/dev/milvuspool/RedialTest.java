package dev.milvuspool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.milvuspool.scripted.ScriptedMilvus;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The dials of many clients that come back at the same time. */
@Timeout(60)
class RedialTest {
  private static final int CLIENTS = 100;
  private static final int MOST_AT_ONCE = 32;
  private static final Duration LONG = Duration.ofSeconds(40);

  private final ScriptedMilvus server = ScriptedMilvus.start();
  private final ScriptedMilvus other = ScriptedMilvus.start();
  private final Background background = new Background();
  private final Connector connector = new SdkConnector(background, new Deadlines(background));
  private final List<CompletableFuture<Connection>> dials = new ArrayList<>();

  @AfterEach
  void close() {
    server.resumeAll();
    for (CompletableFuture<Connection> dial : dials) {
      dial.thenAccept(connection -> connection.discard("main"));
      dial.cancel(false);
    }
    server.awaitTransports(0, LONG);
    other.awaitTransports(0, LONG);
    background.close();
    server.close();
    other.close();
  }

  private static Connector.Target target(ScriptedMilvus at) {
    ClientOptions options = ClientOptions.builder().withAddress(at.address()).build();
    return new Connector.Target("main", options, null);
  }

  private static Address address(ScriptedMilvus at) {
    return Address.parse("address", at.address());
  }

  private CompletableFuture<Connection> redial(ScriptedMilvus at) {
    CompletableFuture<Connection> dial = connector.redial(target(at), address(at), LONG);
    dials.add(dial);
    return dial;
  }

  private static <T> T get(CompletableFuture<T> future) throws Exception {
    return future.get(LONG.toSeconds(), TimeUnit.SECONDS);
  }

  @Test
  void aRushToOneServerLeavesRoomForTheOthers() throws Exception {
    server.stall("Connect");

    for (int i = 0; i < CLIENTS; i++) {
      redial(server);
    }

    assertThat(dials.subList(0, MOST_AT_ONCE)).noneMatch(CompletableFuture::isDone);
    assertThat(dials.subList(MOST_AT_ONCE, CLIENTS)).allMatch(CompletableFuture::isCancelled);
    server.awaitCalls("Connect", MOST_AT_ONCE, LONG);
    assertThat(get(redial(other)).address()).isEqualTo(address(other));
    assertThat(server.calls("Connect")).isEqualTo(MOST_AT_ONCE);
  }

  @Test
  void thereIsRoomAgainWhenDialsEnd() throws Exception {
    server.stall("Connect");
    for (int i = 0; i < MOST_AT_ONCE; i++) {
      redial(server);
    }
    server.awaitCalls("Connect", MOST_AT_ONCE, LONG);
    dials.get(0).cancel(false);
    dials.get(1).cancel(false);

    await().atMost(LONG).until(() -> !redial(server).isCancelled());
    await().atMost(LONG).until(() -> !redial(server).isCancelled());
    assertThat(redial(server)).isCancelled();

    server.resume("Connect");
    for (CompletableFuture<Connection> dial : dials) {
      if (!dial.isCancelled()) {
        get(dial);
      }
    }
  }

  @Test
  void whereADialHasSucceededMeanwhileAKnockAsksNothing() {
    // The first time, unless the machine sleeps for a second between the dial and the knock.
    await().atMost(LONG).until(() -> !knockAsks(false));
  }

  /** It may have been the last that the server did. */
  @Test
  void aKnockAsksWhereTheDialWasBefore() throws Exception {
    for (int i = 0; i < 10; i++) {
      assertThat(knockAsks(true)).isTrue();
    }
  }

  /** Dials, and then knocks for a client that lost its server before the dial, or after it. */
  private boolean knockAsks(boolean lostAfterDial) throws Exception {
    long before = System.nanoTime();
    get(redial(server));
    long lostAt = lostAfterDial ? System.nanoTime() : before;
    long asked = server.calls("GetVersion");
    get(connector.knockAgain(target(server), List.of(address(server)), LONG, lostAt));
    return server.calls("GetVersion") > asked;
  }

  @Test
  void ofManyWhoKnockAtADeadServerMostLeaveItToTheOthers() {
    server.kill();
    List<CompletableFuture<Address>> knocks = new ArrayList<>();
    long lostAt = System.nanoTime();

    for (int i = 0; i < 10 * CLIENTS; i++) {
      knocks.add(connector.knockAgain(target(server), List.of(address(server)), LONG, lostAt));
    }

    assertThat(knocks.subList(0, 10)).noneMatch(CompletableFuture::isCancelled);
    assertThat(knocks.stream().filter(CompletableFuture::isCancelled).count())
        .as("ten in 100 ms are not")
        .isGreaterThan(5L * CLIENTS);
  }

  @Test
  void whoKnocksBecauseOfADoubtIsNotLeftToOthers() {
    server.kill();
    List<CompletableFuture<Address>> knocks = new ArrayList<>();

    for (int i = 0; i < CLIENTS; i++) {
      knocks.add(connector.knock(target(server), List.of(address(server)), LONG));
    }

    await().atMost(LONG).until(() -> knocks.stream().allMatch(CompletableFuture::isDone));
    assertThat(knocks).noneMatch(CompletableFuture::isCancelled);
  }

  /** So that clients with an old password do not keep the others from asking. */
  @Test
  void aRejectionIsASignOfLifeForOthers() {
    server.requireAuth("root", "new");
    ClientOptions old =
        ClientOptions.builder().withAddress(server.address()).withAuth("root", "old").build();
    Connector.Target rejected = new Connector.Target("old", old, null);

    await()
        .atMost(LONG)
        .until(
            () -> {
              long lostAt = System.nanoTime();
              CompletableFuture<Address> knock =
                  connector.knock(rejected, List.of(address(server)), LONG);
              assertThat(knock)
                  .failsWithin(LONG)
                  .withThrowableThat()
                  .withCauseInstanceOf(ClientConnectException.class);
              return address(server)
                  .equals(
                      connector
                          .knockAgain(target(server), List.of(address(server)), LONG, lostAt)
                          .getNow(null));
            });
  }
}
