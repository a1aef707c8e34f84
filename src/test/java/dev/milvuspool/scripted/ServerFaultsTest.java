package dev.milvuspool.scripted;

import static dev.milvuspool.scripted.BareSockets.SILENCE_MILLIS;
import static dev.milvuspool.scripted.BareSockets.assertRefused;
import static dev.milvuspool.scripted.BareSockets.assertServed;
import static dev.milvuspool.scripted.BareSockets.assertSilent;
import static dev.milvuspool.scripted.BareSockets.connect;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.Socket;
import java.net.SocketException;
import java.time.Duration;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/**
 * Each fault of the whole server but black holes, as the SDK's own client or a bare socket meets
 * it.
 */
class ServerFaultsTest extends ScriptedMilvusCase {
  @Test
  void aKilledServerRefusesAndCutsItsCallsOff() throws Exception {
    Hold hold = milvus.hold("Search");
    Future<?> search = inBackground(client::search);
    hold.awaitCalls(1, SOON);

    milvus.kill();

    assertCutOff(search);
    assertRefused(milvus);
    assertThat(milvus.transports()).isZero();
    milvus.awaitInFlight("Search", 0, SOON);
  }

  @Test
  void aRestartedServerKeepsPortStateAndCounts() {
    client.insert(1, 2);
    int port = milvus.port();

    milvus.kill();
    milvus.restart();

    assertThat(milvus.port()).isEqualTo(port);
    try (RawClient next = RawClient.of(milvus)) {
      next.insert(3);

      assertThat(next.sdk().listCollections().getCollectionNames())
          .containsExactly(RawClient.COLLECTION);
      assertThat(milvus.rows("Insert")).isEqualTo(3);
    }
  }

  @Test
  void killingMayBeRepeated() throws Exception {
    for (int i = 0; i < 20; i++) {
      milvus.kill();
      milvus.kill();
      assertRefused(milvus);
      milvus.restart();
      milvus.restart();
      try (Socket socket = connect(milvus)) {
        assertServed(socket);
      }
    }
  }

  @Test
  void aStalledAcceptLeavesNewConnectionsWaiting() throws Exception {
    milvus.stallAccept();

    try (Socket waiting = connect(milvus)) {
      assertSilent(waiting);
      assertThat(milvus.acceptedConnections()).isEqualTo(1);
      assertThat(client.search()).isNotNull();

      milvus.acceptConnections();

      assertServed(waiting);
    }
  }

  @Test
  void aRefusingServerServesTheConnectionsItHas() throws Exception {
    milvus.refuseConnections();

    assertRefused(milvus);
    assertThat(client.search()).isNotNull();
    assertThat(milvus.acceptedConnections()).isEqualTo(1);

    milvus.acceptConnections();

    try (Socket next = connect(milvus)) {
      assertServed(next);
    }
  }

  @Test
  void aSlowAcceptLeavesNewConnectionsSilentForAWhile() throws Exception {
    milvus.slowAccept(Duration.ofMillis(2 * SILENCE_MILLIS));

    try (Socket slow = connect(milvus);
        Socket slowToo = connect(milvus)) {
      assertSilent(slow);
      slow.setSoTimeout(5000);
      slowToo.setSoTimeout(5000);
      assertServed(slow);
      assertServed(slowToo);
    }
    milvus.slowAccept(Duration.ZERO);
    try (Socket next = connect(milvus)) {
      assertServed(next);
    }
  }

  @Test
  void aKillEndsConnectionsThatWaitToBeServed() throws Exception {
    milvus.slowAccept(Duration.ofMinutes(1));

    try (Socket slow = connect(milvus)) {
      milvus.awaitAcceptedConnections(2, SOON);
      milvus.kill();

      assertThat(slow.getInputStream().read()).isEqualTo(-1);
    }
  }

  @Test
  void droppedConnectionsAreReset() throws Exception {
    Hold hold = milvus.hold("Search");
    Future<?> search = inBackground(client::search);
    hold.awaitCalls(1, SOON);

    milvus.dropConnections();

    assertCutOff(search);
    hold.release();
    assertThat(client.search()).isNotNull();
    assertThat(milvus.acceptedConnections()).isEqualTo(2);
  }

  @Test
  void aDropIsATcpReset() throws Exception {
    try (Socket bare = connect(milvus)) {
      assertServed(bare);
      bare.setSoTimeout(5000);

      milvus.dropConnections();

      assertThatThrownBy(() -> bare.getInputStream().readAllBytes())
          .isInstanceOf(SocketException.class)
          .hasMessageContaining("Connection reset");
    }
  }
}
