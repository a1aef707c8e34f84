package dev.milvuspool;

import static org.assertj.core.api.Assertions.assertThat;

import dev.milvuspool.scripted.ScriptedMilvus;
import io.milvus.shaded.io.grpc.ManagedChannel;
import io.milvus.v2.client.ConnectConfig;
import io.milvus.v2.client.MilvusClientV2;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** What happens where a version of the SDK hides its stub or its channel otherwise. */
class SdkInternalsTest {
  private static final Duration SOON = Duration.ofSeconds(20);

  @Test
  void aFieldThatIsMissingIsToldWithWhatFollows() {
    try (CapturedLog log = new CapturedLog()) {
      assertThat(SdkInternals.field("blockingStub", ManagedChannel.class)).isNull();
      assertThat(SdkInternals.field("channel", ManagedChannel.class)).isNotNull();

      assertThat(log.warnings())
          .singleElement()
          .asString()
          .contains("no field blockingStub", "waits for a probe");
    }
  }

  @Test
  void aClientWithoutAStubKeepsWhatItHas() {
    MilvusClientV2 unconnected = new MilvusClientV2(null);

    assertThat(SdkInternals.gate(unconnected, SOON)).isNull();
    assertThat(SdkInternals.channel(unconnected)).isNull();
  }

  @Test
  void withoutItsChannelAProbeAsksThroughTheClient() {
    try (ScriptedMilvus server = ScriptedMilvus.start();
        Background background = new Background()) {
      Connection connection =
          new Connection(
              new MilvusClientV2(ConnectConfig.builder().uri("http://" + server.address()).build()),
              null,
              null,
              Address.parse("address", server.address()),
              null,
              background,
              new Deadlines(background));

      assertThat(connection.ask(SOON)).succeedsWithin(SOON).asString().isNotEmpty();
      server.reject("GetVersion", 1, "no", 1);
      assertThat(connection.ask(SOON)).succeedsWithin(SOON).isEqualTo("");
      server.stall("GetVersion");
      assertThat(connection.ask(Duration.ofMillis(100))).failsWithin(SOON);
      connection.discard("main");
    }
  }
}
