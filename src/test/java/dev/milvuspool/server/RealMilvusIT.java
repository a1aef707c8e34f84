package dev.milvuspool.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.milvus.v2.client.ConnectConfig;
import io.milvus.v2.client.MilvusClientV2;
import io.milvus.v2.service.collection.request.CreateCollectionReq;
import io.milvus.v2.service.collection.request.HasCollectionReq;
import java.io.IOException;
import java.net.ConnectException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The servers that the other tests rest on are what they say. */
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class RealMilvusIT {
  private static final String COLLECTION = "real_milvus";

  @Test
  void theSharedServerIsFoundOnceAndWorks() {
    MilvusServer server = RealMilvus.shared();

    assertThat(RealMilvus.shared()).isSameAs(server);
    assertThat(server.description()).contains(":");
    assertThat(has(server)).isFalse();
  }

  @Test
  void aKilledServerRefusesAndComesBackOnItsPortWithItsDataBesideAnother() throws Exception {
    try (RestartableMilvus server = RealMilvus.restartable();
        RestartableMilvus other = RealMilvus.restartable()) {
      String address = server.address();
      create(server);
      create(other);

      server.kill();
      assertThatThrownBy(() -> knock(address)).isInstanceOf(ConnectException.class);
      assertThat(has(other)).isTrue();

      server.start();
      assertThat(server.address()).isEqualTo(address);
      assertThat(has(server)).isTrue();
    }
  }

  @Test
  void aFrozenServerAcceptsAndDoesNotAnswerUntilThawed() throws Exception {
    try (RestartableMilvus server = RealMilvus.restartable()) {
      server.freeze();
      knock(server.address());
      ConnectConfig config = SdkAccess.config(server, Setup.PLAIN);
      config.setConnectTimeoutMs(500);
      assertThatThrownBy(() -> asked(config, MilvusClientV2::getServerVersion))
          .hasMessageContaining("DEADLINE_EXCEEDED");

      server.thaw();
      assertThat(has(server)).isFalse();
    }
  }

  @Test
  void aFrozenServerCanBeKilledAndStarted() {
    try (RestartableMilvus server = RealMilvus.restartable()) {
      server.freeze();
      server.kill();

      server.start();

      assertThat(has(server)).isFalse();
    }
  }

  @Test
  void aServerWithAuthenticationKnowsRootAndNoOtherPassword() {
    try (MilvusServer server = RealMilvus.withAuthentication()) {
      assertThat(has(server)).isFalse();

      ConnectConfig wrong = SdkAccess.config(server, Setup.PLAIN);
      wrong.setPassword("wrong");
      assertThatThrownBy(() -> asked(wrong, MilvusClientV2::listDatabases))
          .hasMessageContaining("auth check failure");
    }
  }

  @Test
  void aServerWithTlsIsTrustedThroughItsCaOnly() {
    Certificates certificates = Certificates.get();
    try (MilvusServer server = RealMilvus.withTls(certificates)) {
      ConnectConfig config = SdkAccess.config(server, new Setup(false, certificates, false, false));
      assertThat(asked(config, MilvusClientV2::getServerVersion)).isNotBlank();

      config.setServerName("milvus.test");
      assertThat(asked(config, MilvusClientV2::getServerVersion)).isNotBlank();

      config.setServerPemPath(certificates.otherCa().toString());
      config.setConnectTimeoutMs(1_000);
      assertThatThrownBy(() -> asked(config, MilvusClientV2::getServerVersion))
          .hasMessageContaining("DEADLINE_EXCEEDED");
    }
  }

  @Test
  void aServerWithMutualTlsAsksForAClientCertificate() {
    Certificates certificates = Certificates.get();
    try (MilvusServer server = RealMilvus.withMutualTls(certificates)) {
      ConnectConfig config = SdkAccess.config(server, new Setup(false, certificates, true, false));
      assertThat(asked(config, MilvusClientV2::getServerVersion)).isNotBlank();

      ConnectConfig without =
          SdkAccess.config(server, new Setup(false, certificates, false, false));
      without.setConnectTimeoutMs(1_000);
      assertThatThrownBy(() -> asked(without, MilvusClientV2::getServerVersion))
          .hasMessageContaining("DEADLINE_EXCEEDED");
    }
  }

  @Test
  void whereThereIsNoWayTheMessageNamesWhatWasTriedAndTheRemedies() throws Exception {
    String message =
        failureOfFind(Map.of("MILVUS_SERVER", "process", "PATH", "/nothing"), "MILVUS_ADDRESS");

    assertThat(message)
        .contains("Tried: there is no Python 3 with venv")
        .contains("start Docker")
        .contains("apt-get install python3-venv")
        .contains("set MILVUS_ADDRESS");
  }

  @Test
  void aGivenAddressThatDoesNotAnswerIsNotPassedOver() throws Exception {
    String dead = "127.0.0.1:" + FreePort.take();

    String message = failureOfFind(Map.of("MILVUS_ADDRESS", dead), "MILVUS_SERVER");

    assertThat(message).contains("MILVUS_ADDRESS is " + dead).contains("unset MILVUS_ADDRESS");
  }

  /** The failure of the finder in a JVM of its own, with other environment variables. */
  private static String failureOfFind(Map<String, String> variables, String absent)
      throws IOException, InterruptedException {
    ProcessBuilder builder =
        new ProcessBuilder(
                List.of(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "-cp",
                    System.getProperty("java.class.path"),
                    Find.class.getName()))
            .redirectErrorStream(true);
    builder.environment().remove(absent);
    builder.environment().putAll(variables);
    Process process = builder.start();
    try {
      String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertThat(process.waitFor()).as(output).isEqualTo(Find.FAILED);
      return output;
    } finally {
      process.destroyForcibly();
    }
  }

  /** What that JVM runs. */
  static final class Find {
    static final int FAILED = 7;

    private Find() {}

    public static void main(String[] arguments) {
      try (MilvusServer server = RealMilvus.find()) {
        System.out.println(server.description());
      } catch (IllegalStateException e) {
        System.out.println(e.getMessage());
        System.exit(FAILED);
      }
    }
  }

  private static void knock(String address) throws IOException {
    int colon = address.lastIndexOf(':');
    new Socket(address.substring(0, colon), Integer.parseInt(address.substring(colon + 1))).close();
  }

  private static void create(MilvusServer server) {
    asked(
        SdkAccess.config(server, Setup.PLAIN),
        client -> {
          client.createCollection(
              CreateCollectionReq.builder().collectionName(COLLECTION).dimension(4).build());
          return true;
        });
  }

  private static boolean has(MilvusServer server) {
    return asked(
        SdkAccess.config(server, Setup.PLAIN),
        client ->
            client.hasCollection(HasCollectionReq.builder().collectionName(COLLECTION).build()));
  }

  private static <T> T asked(ConnectConfig config, Function<MilvusClientV2, T> question) {
    MilvusClientV2 client = new MilvusClientV2(config);
    try {
      return question.apply(client);
    } finally {
      client.close();
    }
  }
}
