package dev.milvuspool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.milvuspool.scripted.ScriptedMilvus;
import dev.milvuspool.server.Certificates;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A name with several IPs, such as that of a headless service: each is one endpoint. What a name
 * leads to is the JVM's matter, so a JVM of its own resolves it: from a file, which it reads at
 * every look-up.
 */
@Timeout(120)
class HeadlessServiceTest {
  private static final Duration SOON = Duration.ofSeconds(60);
  private static final String NAME = "milvus.test"; // the certificate has it, and none of the IPs

  private final List<ScriptedMilvus> pods = new ArrayList<>();
  private Path hosts;

  @BeforeEach
  void makeHostsFile(@TempDir Path directory) {
    hosts = directory.resolve("hosts");
  }

  @AfterEach
  void close() {
    pods.forEach(ScriptedMilvus::close);
  }

  /** Starts pods on 127.0.0.2 and so on, on one port. */
  private void start(int number, boolean tls) {
    int port = 0;
    for (int i = 0; i < number; i++) {
      ScriptedMilvus.Builder builder =
          ScriptedMilvus.builder().host("127.0.0." + (i + 2)).port(port).threads(1);
      if (tls) {
        builder.tls(
            Certificates.get().serverCertificate().toFile(),
            Certificates.get().serverKey().toFile());
      }
      ScriptedMilvus pod = builder.start();
      pods.add(pod);
      port = pod.port();
    }
  }

  /** Makes the name lead to these of the pods. */
  private void resolveTo(Integer... numbers) throws IOException {
    List<String> lines = new ArrayList<>();
    for (int number : numbers) {
      lines.add("127.0.0." + (number + 2) + " " + NAME);
    }
    Files.write(hosts, lines);
  }

  private ChildJvm connect(String... properties) {
    List<String> arguments = new ArrayList<>(List.of("address=" + NAME + ":" + pods.get(0).port()));
    arguments.addAll(List.of(properties));
    return ChildJvm.start(
        App.class, List.of("-Djdk.net.hosts.file=" + hosts, "-Dsun.net.inetaddr.ttl=0"), arguments);
  }

  private void awaitSpread(Integer... connections) {
    await()
        .atMost(SOON)
        .untilAsserted(
            () ->
                assertThat(pods.stream().map(ScriptedMilvus::transports).toList())
                    .isEqualTo(Arrays.asList(connections)));
  }

  @Test
  void fourConnectionsToTwoPodsAreTwoAndTwo() throws Exception {
    start(2, false);
    resolveTo(0, 1);

    try (ChildJvm app = connect("connections=4")) {
      app.awaitLine("CONNECTED", SOON);
      awaitSpread(2, 2);
    }
  }

  @Test
  void aPodThatRefusesLeavesAllToTheOtherAtOnce() throws Exception {
    start(2, false);
    resolveTo(0, 1);
    pods.get(0).kill();

    try (ChildJvm app = connect("connections=4", "connect-timeout=30s")) {
      app.awaitLine("CONNECTED", SOON);
      awaitSpread(0, 4);
      assertThat(millisToConnect(app)).isLessThan(5_000);
    }
  }

  @Test
  void aPodThatSwallowsPacketsLeavesTimeForTheOther() throws Exception {
    start(2, false);
    resolveTo(0, 1);
    pods.get(0).stallAccept();

    try (ChildJvm app = connect("connections=4", "connect-timeout=16s")) {
      app.awaitLine("CONNECTED", SOON);
      awaitSpread(0, 4);
      assertThat(millisToConnect(app)).isLessThan(16_000);
    }
  }

  @Test
  void tlsChecksTheNameAndNotTheIp() throws Exception {
    start(2, true);
    resolveTo(0, 1);

    try (ChildJvm app =
        connect("connections=2", "tls.enabled=true", "tls.ca-file=" + Certificates.get().ca())) {
      app.awaitLine("CONNECTED", SOON);
      awaitSpread(1, 1);
    }
  }

  @Test
  void healthChecksFindNewPodsAndLeaveThoseThatAreGone() throws Exception {
    start(3, false);
    resolveTo(0);

    try (ChildJvm app = connect("connections=4", "health-check-interval=300ms")) {
      app.awaitLine("CONNECTED", SOON);
      awaitSpread(4, 0, 0);
      resolveTo(0, 1);
      awaitSpread(2, 2, 0);
      resolveTo(1, 2);
      awaitSpread(0, 2, 2);
      assertThat(app.lines()).noneMatch(line -> line.startsWith("FAILED"));
    }
  }

  @Test
  void ageingFindsNewPodsAndLeavesThoseThatAreGone() throws Exception {
    start(3, false);
    resolveTo(0, 1);

    try (ChildJvm app =
        connect("connections=2", "health-check-interval=0ms", "max-connection-age=1s")) {
      app.awaitLine("CONNECTED", SOON);
      awaitSpread(1, 1, 0);
      resolveTo(1, 2);
      awaitSpread(0, 1, 1);
      assertThat(app.lines()).noneMatch(line -> line.startsWith("FAILED"));
    }
  }

  private static long millisToConnect(ChildJvm app) {
    return app.lines().stream()
        .filter(line -> line.startsWith("CONNECTED"))
        .mapToLong(line -> Long.parseLong(line.substring(line.lastIndexOf(' ') + 1)))
        .findFirst()
        .orElseThrow();
  }

  /** An application that lists collections with the properties that it was given, for a while. */
  static final class App {
    private App() {}

    public static void main(String[] arguments) {
      java.util.Map<String, String> properties = new java.util.HashMap<>();
      for (String argument : arguments) {
        String[] keyAndValue = argument.split("=", 2);
        properties.put("milvus.pool.clients.main." + keyAndValue[0], keyAndValue[1]);
      }
      long startedAt = System.nanoTime();
      MilvusPool pool = MilvusPool.builder().withProperties(properties).build();
      System.out.println("CONNECTED " + Duration.ofNanos(System.nanoTime() - startedAt).toMillis());
      Client client = pool.get("main");
      while (System.nanoTime() - startedAt < SOON.toNanos()) {
        try {
          client.listCollections();
        } catch (MilvusPoolException e) {
          System.out.println("FAILED " + e.getMessage());
        }
        java.util.concurrent.locks.LockSupport.parkNanos(1_000_000);
      }
    }
  }
}
