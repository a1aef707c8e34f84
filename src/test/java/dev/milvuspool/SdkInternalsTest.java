package dev.milvuspool;

import static org.assertj.core.api.Assertions.assertThat;

import io.milvus.shaded.io.grpc.ManagedChannel;
import io.milvus.v2.client.MilvusClientV2;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** What happens where a version of the SDK hides its stub or its channel otherwise. */
class SdkInternalsTest {
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

    assertThat(SdkInternals.failFast(unconnected, new RpcGate(Duration.ofSeconds(1)))).isFalse();
    assertThat(SdkInternals.channel(unconnected)).isNull();
  }
}
