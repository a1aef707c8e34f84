package dev.milvuspool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import dev.milvuspool.scripted.ScriptedMilvus;
import io.milvus.shaded.io.grpc.Status;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What the log says, and how little. */
@Timeout(60)
class LogTest {
  private static final Duration SOON = Duration.ofSeconds(20);
  private static final String POOL = MilvusPool.class.getName();
  private static final String SDK = "io.milvus";

  private final ScriptedMilvus server = ClientOperation.server();
  private final MilvusPool pool = MilvusPool.create();
  private final CapturedLog log = new CapturedLog();

  @AfterEach
  void close() {
    log.close();
    server.close();
    pool.close();
  }

  private Client add() {
    return pool.add(
        "main",
        ClientOptions.builder()
            .withAddress(server.address())
            .withRetry(0, Duration.ZERO)
            .withDrainTimeout(Duration.ofMillis(200))
            .withReconnectBackoff(Duration.ofMillis(10), Duration.ofMillis(10))
            .withHealthCheckInterval(Duration.ofMillis(20))
            .build());
  }

  private static boolean fails(Client client) {
    return Outcome.of(client::listCollections).failure() != null;
  }

  @Test
  void aChangeOfStateIsOneLineWithItsReasonAndTheTimeItTook() {
    Client client = add();
    server.kill();
    await().atMost(SOON).until(() -> fails(client) && client.state() == ClientState.DOWN);
    server.restart();
    await().atMost(SOON).until(() -> client.state() == ClientState.UP);
    pool.remove("main");
    await()
        .atMost(SOON)
        .until(() -> log.lines(POOL, Level.INFO).stream().anyMatch(l -> l.contains("removed")));

    assertThat(log.lines(POOL, Level.INFO))
        .satisfiesExactly(
            added ->
                assertThat(added).startsWith("INFO " + POOL + ": [main] added: ClientOptions{"),
            down ->
                assertThat(down)
                    .startsWith("WARN " + POOL + ": [main] DOWN, reconnecting: ")
                    .contains(server.address()),
            up ->
                assertThat(up)
                    .matches("INFO .*: \\[main\\] UP at " + server.address() + " after \\d+ ms"),
            removed -> assertThat(removed).isEqualTo("INFO " + POOL + ": [main] removed"));
  }

  @Test
  void callsAreToldAtDebugAndAFailureThatIsThrownIsNoError() {
    Client client = add();
    client.hasCollection("items");
    server.reject("HasCollection", 1, "no", 1);
    assertThat(Outcome.of(() -> client.hasCollection("items")).failure()).isNotNull();

    List<String> calls =
        log.lines(POOL, Level.DEBUG).stream().filter(l -> l.contains("hasCollection")).toList();

    assertThat(calls)
        .satisfiesExactly(
            good -> assertThat(good).matches("DEBUG .*: \\[main\\] hasCollection took \\d+ ms"),
            bad -> assertThat(bad).startsWith("DEBUG ").contains("and failed: "));
    assertThat(log.lines("dev.milvuspool", Level.WARN)).isEmpty();
  }

  @Test
  void everyLineNamesItsClient() {
    Client client = add();
    server.kill();
    await().atMost(SOON).until(() -> fails(client) && client.state() == ClientState.DOWN);
    server.restart();
    await().atMost(SOON).until(() -> client.state() == ClientState.UP);

    assertThat(log.lines(POOL, Level.DEBUG))
        .isNotEmpty()
        .allSatisfy(line -> assertThat(line).contains(": [main] "));
  }

  @Test
  void anOutageDoesNotFloodTheLog() {
    Client client = add();
    server.kill();
    await().atMost(SOON).until(() -> fails(client) && client.state() == ClientState.DOWN);
    long reconnects = failedReconnects();
    int poolLines = log.lines(POOL, Level.INFO).size();
    int sdkLines = log.lines(SDK, Level.WARN).size();

    await().atMost(SOON).until(() -> failedReconnects() >= reconnects + 50);

    assertThat(log.lines(POOL, Level.INFO)).hasSize(poolLines);
    assertThat(log.lines(SDK, Level.WARN)).hasSize(sdkLines);
  }

  @Test
  void norDoesAServerThatRejectsTheCredentials() {
    Client client = add();
    server.kill();
    await().atMost(SOON).until(() -> fails(client) && client.state() == ClientState.DOWN);
    server.requireAuth("root", "new");
    server.restart();
    long reconnects = failedReconnects();
    int sdkLines = log.lines(SDK, Level.WARN).size();

    await().atMost(SOON).until(() -> failedReconnects() >= reconnects + 20);

    assertThat(log.lines(SDK, Level.WARN)).hasSize(sdkLines);
  }

  @Test
  void aProbeThatTheServerRefusesIsNotInTheLog() {
    add();
    server.fail("GetVersion", Status.PERMISSION_DENIED, ScriptedMilvus.ALWAYS);
    server.awaitCalls("GetVersion", 5, SOON);

    assertThat(log.lines(POOL, Level.WARN)).isEmpty();
    assertThat(log.lines(SDK, Level.WARN)).isEmpty();
  }

  @Test
  void theOutageOfAnIdleClientIsOneLine() {
    Client client = add();
    server.kill();
    await().atMost(SOON).until(() -> client.state() == ClientState.DOWN);
    await().atMost(SOON).until(() -> failedReconnects() >= 5);

    assertThat(log.lines(POOL, Level.WARN)).hasSize(1);
    assertThat(log.lines(SDK, Level.WARN)).isEmpty();
  }

  /** One line at DEBUG for each. */
  private long failedReconnects() {
    return log.lines(POOL, Level.DEBUG).stream()
        .filter(line -> line.contains("cannot connect") || line.contains("credentials"))
        .filter(line -> line.startsWith("DEBUG"))
        .count();
  }
}
