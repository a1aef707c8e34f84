package dev.milvuspool.scripted;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.milvuspool.server.Certificates;
import io.milvus.shaded.io.grpc.Status;
import io.milvus.v2.client.ConnectConfig;
import io.milvus.v2.client.MilvusClientV2;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Each fault of the whole server, as the SDK's own client or a bare socket meets it. */
class ServerFaultsTest {
  private static final Duration SOON = Duration.ofSeconds(5);
  private static final int SILENCE_MILLIS = 300;

  private final ExecutorService threads = Executors.newCachedThreadPool();
  private ScriptedMilvus milvus;
  private RawClient client;

  @BeforeEach
  void start() {
    milvus = ScriptedMilvus.start().collection(RawClient.COLLECTION, RawClient.DIMENSION);
    client = RawClient.of(milvus);
  }

  @AfterEach
  void stop() {
    client.close();
    milvus.close();
    threads.shutdownNow();
  }

  private <T> Future<T> inBackground(Callable<T> call) {
    return threads.submit(call);
  }

  private static <T> T get(Future<T> future) throws Exception {
    return future.get(SOON.toSeconds(), TimeUnit.SECONDS);
  }

  private Socket connect() throws IOException {
    Socket socket = new Socket();
    socket.setSoTimeout(SILENCE_MILLIS);
    socket.connect(new InetSocketAddress("127.0.0.1", milvus.port()), 2000);
    return socket;
  }

  /** An HTTP/2 server speaks first. */
  private static void assertServed(Socket socket) throws IOException {
    assertThat(socket.getInputStream().read()).isNotNegative();
  }

  private static void assertSilent(Socket socket) {
    assertThatThrownBy(() -> socket.getInputStream().read())
        .isInstanceOf(SocketTimeoutException.class);
  }

  private void assertRefused() {
    assertThatThrownBy(this::connect).isInstanceOf(ConnectException.class);
  }

  /** The SDK says UNKNOWN, "channel closed", where the connection went while it was writing. */
  private static void assertCutOff(Future<?> call) {
    assertThatThrownBy(() -> get(call))
        .satisfies(
            e ->
                assertThat(Status.fromThrowable(e).getCode())
                    .isIn(Status.Code.UNAVAILABLE, Status.Code.UNKNOWN));
  }

  @Test
  void aKilledServerRefusesAndCutsItsCallsOff() throws Exception {
    Hold hold = milvus.hold("Search");
    Future<?> search = inBackground(client::search);
    hold.awaitCalls(1, SOON);

    milvus.kill();

    assertCutOff(search);
    assertRefused();
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
      assertRefused();
      milvus.restart();
      milvus.restart();
      try (Socket socket = connect()) {
        assertServed(socket);
      }
    }
  }

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
    client.sdk().withTimeout(300, TimeUnit.MILLISECONDS);

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

    try (Socket dead = connect()) {
      milvus.awaitAcceptedConnections(2, SOON);
      dead.getOutputStream().write(new byte[1 << 20]);
      assertSilent(dead);
      assertThatThrownBy(() -> RawClient.of(milvus, config -> config.connectTimeoutMs(300)))
          .hasMessageContaining("DEADLINE_EXCEEDED");
      assertThat(milvus.transports()).isEqualTo(1);

      milvus.unblackhole();

      assertSilent(dead);
      try (Socket next = connect()) {
        assertServed(next);
      }
    }
  }

  @Test
  void aBlackHoleMayEndInAKill() throws Exception {
    milvus.blackhole();
    Future<?> insert = inBackground(() -> client.insert(1));
    try (Socket dead = connect()) {
      milvus.awaitAcceptedConnections(2, SOON);

      milvus.kill();

      assertThat(dead.getInputStream().read()).isEqualTo(-1);
    }
    assertCutOff(insert);

    milvus.restart();

    assertThat(client.search()).isNotNull();
    assertThat(milvus.calls("Insert")).isZero();
  }

  @Test
  void aStalledAcceptLeavesNewConnectionsWaiting() throws Exception {
    milvus.stallAccept();

    try (Socket waiting = connect()) {
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

    assertRefused();
    assertThat(client.search()).isNotNull();
    assertThat(milvus.acceptedConnections()).isEqualTo(1);

    milvus.acceptConnections();

    try (Socket next = connect()) {
      assertServed(next);
    }
  }

  @Test
  void aSlowAcceptLeavesNewConnectionsSilentForAWhile() throws Exception {
    milvus.slowAccept(Duration.ofMillis(2 * SILENCE_MILLIS));

    try (Socket slow = connect();
        Socket slowToo = connect()) {
      assertSilent(slow);
      slow.setSoTimeout(5000);
      slowToo.setSoTimeout(5000);
      assertServed(slow);
      assertServed(slowToo);
    }
    milvus.slowAccept(Duration.ZERO);
    try (Socket next = connect()) {
      assertServed(next);
    }
  }

  @Test
  void aKillEndsConnectionsThatWaitToBeServed() throws Exception {
    milvus.slowAccept(Duration.ofMinutes(1));

    try (Socket slow = connect()) {
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
    try (Socket bare = connect()) {
      assertServed(bare);
      bare.setSoTimeout(5000);

      milvus.dropConnections();

      assertThatThrownBy(() -> bare.getInputStream().readAllBytes())
          .isInstanceOf(SocketException.class)
          .hasMessageContaining("Connection reset");
    }
  }

  @Test
  void countsTransports() {
    RawClient second = RawClient.of(milvus);
    milvus.awaitTransports(2, SOON);

    second.close();

    milvus.awaitTransports(1, SOON);
    assertThat(milvus.transportsEver()).isEqualTo(2);
    assertThatThrownBy(() -> milvus.awaitTransports(3, Duration.ofMillis(50)))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("transports: 1 instead of 3");
  }

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
      MilvusClientV2 sdk =
          new MilvusClientV2(
              ConnectConfig.builder()
                  .uri("https://" + tls.address())
                  .serverPemPath(files.ca().toString())
                  .serverName("localhost")
                  .build());

      assertThat(sdk.getServerVersion()).isEqualTo(ScriptedMilvus.VERSION);
      sdk.close(1000);
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
      MilvusClientV2 sdk =
          new MilvusClientV2(
              config
                  .caPemPath(files.ca().toString())
                  .clientPemPath(files.clientCertificate().toString())
                  .clientKeyPath(files.clientKey().toString())
                  .build());

      assertThat(sdk.getServerVersion()).isEqualTo(ScriptedMilvus.VERSION);
      sdk.close(1000);
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
  void leavesNoThreadAndNoPortBehind() throws Exception {
    Hold hold = milvus.hold("Search");
    Future<?> search = inBackground(client::search);
    hold.awaitCalls(1, SOON);
    milvus.delay("GetVersion", Duration.ofMinutes(1));
    Future<?> version = inBackground(client.sdk()::getServerVersion);
    milvus.awaitInFlight("GetVersion", 1, SOON);

    milvus.close();
    milvus.close();

    assertCutOff(search);
    assertCutOff(version);
    assertRefused();
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
      MilvusClientV2 sdk =
          new MilvusClientV2(
              ConnectConfig.builder().uri("http://127.0.0.1:" + line.substring(5)).build());

      long start = System.nanoTime();
      assertThat(sdk.listCollections().getCollectionNames())
          .isEqualTo(List.of(RawClient.COLLECTION));
      assertThat(Duration.ofNanos(System.nanoTime() - start))
          .isGreaterThanOrEqualTo(Duration.ofMillis(50));
      sdk.close(1000);
      process.getOutputStream().close();

      assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
      assertThat(process.exitValue()).isZero();
    } finally {
      process.destroyForcibly();
    }
  }
}
