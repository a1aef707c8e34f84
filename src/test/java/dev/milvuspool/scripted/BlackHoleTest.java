package dev.milvuspool.scripted;

import static dev.milvuspool.scripted.BareSockets.SILENCE_MILLIS;
import static dev.milvuspool.scripted.BareSockets.assertServed;
import static dev.milvuspool.scripted.BareSockets.assertSilent;
import static dev.milvuspool.scripted.BareSockets.connect;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.Socket;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;

/** A server that lets connections open and answers no byte, until it does again. */
class BlackHoleTest extends ScriptedMilvusCase {
  @Test
  void aBlackHoleAnswersNoConnectionThereWas() throws Exception {
    milvus.blackhole();

    Future<?> search = inBackground(client::search);

    assertThatThrownBy(() -> search.get(SILENCE_MILLIS, TimeUnit.MILLISECONDS))
        .isInstanceOf(TimeoutException.class);
    assertThat(milvus.calls("Search")).isZero();
    assertThat(milvus.transports()).isEqualTo(1);

    milvus.unblackhole();

    assertThat(get(search)).isNotNull();
    assertThat(milvus.acceptedConnections()).isEqualTo(1);
  }

  @Test
  void afterABlackHoleEvenWhatClientsGaveUpIsExecuted() {
    client.insert(1);
    milvus.blackhole();
    sdk.withTimeout(300, TimeUnit.MILLISECONDS);

    assertThatThrownBy(() -> client.insert(2)).hasMessageContaining("DEADLINE_EXCEEDED");
    assertThat(milvus.executed("Insert")).isEqualTo(1);

    milvus.unblackhole();

    milvus.awaitExecuted("Insert", 2, SOON);
  }

  @Test
  void aBlackHoleKeepsAnswersBackToo() throws Exception {
    Hold hold = milvus.hold("Search");
    Future<?> search = inBackground(client::search);
    hold.awaitCalls(1, SOON);

    milvus.blackhole();
    hold.release();
    milvus.awaitExecuted("Search", 1, SOON);

    assertThatThrownBy(() -> search.get(SILENCE_MILLIS, TimeUnit.MILLISECONDS))
        .isInstanceOf(TimeoutException.class);

    milvus.unblackhole();

    assertThat(get(search)).isNotNull();
  }

  @Test
  void aConnectionMadeInABlackHoleStaysDead() throws Exception {
    milvus.blackhole();

    try (Socket dead = connect(milvus)) {
      milvus.awaitAcceptedConnections(2, SOON);
      dead.getOutputStream().write(new byte[1 << 20]);
      assertSilent(dead);
      assertThatThrownBy(() -> RawClient.of(milvus, config -> config.connectTimeoutMs(300)))
          .hasMessageContaining("DEADLINE_EXCEEDED");
      assertThat(milvus.transports()).isEqualTo(1);

      milvus.unblackhole();

      assertSilent(dead);
      try (Socket next = connect(milvus)) {
        assertServed(next);
      }
    }
  }

  @Test
  void aBlackHoleMayEndInAKill() throws Exception {
    milvus.blackhole();
    Future<?> insert = inBackground(() -> client.insert(1));
    try (Socket dead = connect(milvus)) {
      milvus.awaitAcceptedConnections(2, SOON);

      milvus.kill();

      assertThat(dead.getInputStream().read()).isEqualTo(-1);
    }
    assertCutOff(insert);

    milvus.restart();

    assertThat(client.search()).isNotNull();
    assertThat(milvus.calls("Insert")).isZero();
  }
}
