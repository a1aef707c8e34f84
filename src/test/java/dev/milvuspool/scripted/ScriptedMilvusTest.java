package dev.milvuspool.scripted;

import static dev.milvuspool.scripted.BareSockets.assertRefused;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.milvuspool.server.Certificates;
import io.milvus.v2.client.ConnectConfig;
import io.milvus.v2.client.MilvusClientV2;
import java.io.BufferedReader;
import java.io.File;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** What a scripted Milvus is started with, how it ends, and how it runs in a process of its own. */
class ScriptedMilvusTest extends ScriptedMilvusCase {
  @Test
  void listensWhereItIsTold() {
    try (ScriptedMilvus second = ScriptedMilvus.startOn("127.0.0.2");
        RawClient raw = RawClient.of(second)) {
      assertThat(second.address()).startsWith("127.0.0.2:");
      assertThat(raw.sdk().getServerVersion()).isEqualTo(ScriptedMilvus.VERSION);
    }
    int port = milvus.port();
    milvus.close();
    try (ScriptedMilvus third = ScriptedMilvus.start(port)) {
      assertThat(third.address()).isEqualTo("127.0.0.1:" + port);
      assertThatThrownBy(() -> ScriptedMilvus.start(port))
          .hasMessageContaining("cannot listen on")
          .hasMessageContaining("Address already in use");
    }
  }

  private static File file(Path path) {
    return path.toFile();
  }

  @Test
  void speaksTls() throws Exception {
    Certificates files = Certificates.get();
    try (ScriptedMilvus tls =
        ScriptedMilvus.startTls(file(files.serverCertificate()), file(files.serverKey()))) {
      MilvusClientV2 caller =
          new MilvusClientV2(
              ConnectConfig.builder()
                  .uri("https://" + tls.address())
                  .serverPemPath(files.ca().toString())
                  .serverName("localhost")
                  .build());

      assertThat(caller.getServerVersion()).isEqualTo(ScriptedMilvus.VERSION);
      caller.close(1000);
      assertThatThrownBy(() -> RawClient.of(tls, config -> config.connectTimeoutMs(500)))
          .hasMessageContaining("DEADLINE_EXCEEDED");
    }
  }

  @Test
  void asksClientsForACertificate() throws Exception {
    Certificates files = Certificates.get();
    try (ScriptedMilvus mutual =
        ScriptedMilvus.startMutualTls(
            file(files.serverCertificate()), file(files.serverKey()), file(files.ca()))) {
      ConnectConfig.ConnectConfigBuilder config =
          ConnectConfig.builder()
              .uri("https://" + mutual.address())
              .connectTimeoutMs(1000)
              .serverName("localhost");
      MilvusClientV2 caller =
          new MilvusClientV2(
              config
                  .caPemPath(files.ca().toString())
                  .clientPemPath(files.clientCertificate().toString())
                  .clientKeyPath(files.clientKey().toString())
                  .build());

      assertThat(caller.getServerVersion()).isEqualTo(ScriptedMilvus.VERSION);
      caller.close(1000);
      assertThatThrownBy(
              () ->
                  new MilvusClientV2(
                      ConnectConfig.builder()
                          .uri("https://" + mutual.address())
                          .connectTimeoutMs(1000)
                          .serverName("localhost")
                          .serverPemPath(files.ca().toString())
                          .build()))
          .hasMessageContaining("DEADLINE_EXCEEDED");
    }
  }

  @Test
  void capsConcurrentCallsOfAConnection() throws Exception {
    try (ScriptedMilvus capped =
            ScriptedMilvus.builder()
                .maxConcurrentCallsPerConnection(2)
                .start()
                .collection(RawClient.COLLECTION, RawClient.DIMENSION);
        RawClient raw = RawClient.of(capped)) {
      Hold hold = capped.hold("Search");

      Future<?> one = inBackground(raw::search);
      Future<?> two = inBackground(raw::search);
      Future<?> three = inBackground(raw::search);
      hold.awaitCalls(2, SOON);

      assertThatThrownBy(() -> hold.awaitCalls(3, Duration.ofMillis(300)))
          .isInstanceOf(AssertionError.class);

      hold.release();

      assertThat(get(one)).isNotNull();
      assertThat(get(two)).isNotNull();
      assertThat(get(three)).isNotNull();
      assertThat(capped.maxInFlight("Search")).isEqualTo(2);
    }
  }

  @Test
  void leavesNoThreadAndNoPortBehind() throws Exception {
    Hold hold = milvus.hold("Search");
    Future<?> search = inBackground(client::search);
    hold.awaitCalls(1, SOON);
    milvus.delay("GetVersion", Duration.ofMinutes(1));
    Future<?> version = inBackground(sdk::getServerVersion);
    milvus.awaitInFlight("GetVersion", 1, SOON);

    milvus.close();
    milvus.close();

    assertCutOff(search);
    assertCutOff(version);
    assertRefused(milvus);
    Awaitility.await()
        .atMost(SOON)
        .untilAsserted(
            () ->
                assertThat(Thread.getAllStackTraces().keySet())
                    .extracting(Thread::getName)
                    .noneMatch(name -> name.startsWith("scripted-milvus")));
  }

  @Test
  void runsInAProcessOfItsOwnUntilItsInputEnds() throws Exception {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                ScriptedMilvus.class.getName(),
                "--rows",
                "5",
                "--delay-micros",
                "50000",
                "--collection",
                RawClient.COLLECTION,
                "--dimension",
                "4")
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    try (BufferedReader output =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
      String line = output.readLine();
      assertThat(line).matches("PORT \\d+");
      MilvusClientV2 caller =
          new MilvusClientV2(
              ConnectConfig.builder().uri("http://127.0.0.1:" + line.substring(5)).build());

      long start = System.nanoTime();
      assertThat(caller.listCollections().getCollectionNames())
          .isEqualTo(List.of(RawClient.COLLECTION));
      assertThat(Duration.ofNanos(System.nanoTime() - start))
          .isGreaterThanOrEqualTo(Duration.ofMillis(50));
      caller.close(1000);
      process.getOutputStream().close();

      assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
      assertThat(process.exitValue()).isZero();
    } finally {
      process.destroyForcibly();
    }
  }
}
