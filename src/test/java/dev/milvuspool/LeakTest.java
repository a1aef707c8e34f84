package dev.milvuspool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.milvuspool.Events.Kind;
import dev.milvuspool.internal.common.Background;
import dev.milvuspool.internal.pool.TestPools;
import dev.milvuspool.scripted.ScriptedMilvus;
import io.milvus.v2.client.ConnectConfig;
import io.milvus.v2.client.MilvusClientV2;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Whatever happens to clients, no socket, file descriptor, thread, scheduled task or gRPC channel
 * is left behind: for the server, for the operating system, and in the JVM.
 */
@Timeout(90)
class LeakTest {
  private static final Duration SOON = Duration.ofSeconds(30);
  private static final int CYCLES = 25;

  private final ScriptedMilvus server = ClientOperation.server();
  private final Events events = new Events();
  private final Background background = new Background();
  private final MilvusPool pool = TestPools.open(List.of(events), background);
  private final OrphanedChannels orphans = new OrphanedChannels();

  @AfterEach
  void close() {
    server.resumeAll();
    pool.close();
    server.close();
    orphans.close();
  }

  private ClientOptions options() {
    return ClientOptions.builder()
        .withAddress(server.address())
        .withRetry(0, Duration.ZERO)
        .withDrainTimeout(Duration.ofSeconds(1))
        .withReconnectBackoff(Duration.ofMillis(10), Duration.ofMillis(50))
        .build();
  }

  /** What can go wrong with a dial. */
  enum FailedDial {
    REFUSED(ScriptedMilvus::refuseConnections),
    SILENT(ScriptedMilvus::blackhole),
    HANDSHAKE_STALLED(server -> server.stall("Connect")),
    HANDSHAKE_DROPPED(server -> server.dropConnectionBefore("Connect", ScriptedMilvus.ALWAYS)),
    HANDSHAKE_REJECTED(server -> server.reject("Connect", 65535, "no", ScriptedMilvus.ALWAYS)),
    CREDENTIALS_REJECTED(server -> server.requireAuth("somebody", "else")),
    VERSION_STALLED(server -> server.stall("GetVersion")),
    DATABASE_MISSING(server -> server.databases("default"));

    private final Consumer<ScriptedMilvus> fault;

    FailedDial(Consumer<ScriptedMilvus> fault) {
      this.fault = fault;
    }

    ClientOptions options(ClientOptions some) {
      ClientOptions.Builder builder =
          some.toBuilder().withConnectTimeout(Duration.ofMillis(300)).withAuth("root", "Milvus");
      return this == DATABASE_MISSING ? builder.withDatabase("other").build() : builder.build();
    }
  }

  private static int descriptors() {
    try (Stream<Path> open = Files.list(Path.of("/proc/self/fd"))) {
      return (int) open.count();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private int scheduledTasks() {
    return TestPools.scheduledTasks(background);
  }

  /** One socket has a descriptor here and one at the server, which is in this process, too. */
  private void awaitNoMoreThan(int descriptors, int transports) {
    await().atMost(SOON).untilAsserted(() -> assertThat(server.transports()).isEqualTo(transports));
    await()
        .atMost(SOON)
        .untilAsserted(() -> assertThat(descriptors()).isLessThanOrEqualTo(descriptors));
  }

  /** Once round, so that what is made once in a JVM is made. */
  private void warmUp() {
    pool.add("warm", options());
    pool.remove("warm");
    awaitNoMoreThan(Integer.MAX_VALUE, 0);
  }

  private void makeAChannel() {
    try (ScriptedMilvus other = ScriptedMilvus.start();
        Client client =
            Client.connect(ClientOptions.builder().withAddress(other.address()).build())) {
      client.listCollections();
    }
  }

  /** Without this, hearing nothing would prove nothing. */
  @Test
  void aChannelThatIsDroppedIsHeard() {
    new MilvusClientV2(
        ConnectConfig.builder().uri("http://" + server.address()).connectTimeoutMs(5_000).build());

    assertThatThrownBy(() -> orphans.assertNone(this::makeAChannel))
        .isInstanceOf(AssertionError.class);
  }

  // ---- what leaves nothing behind

  @ParameterizedTest
  @EnumSource
  void failedDials(FailedDial way) {
    warmUp();
    int before = descriptors();
    way.fault.accept(server);

    for (int i = 0; i < 5; i++) {
      assertThatThrownBy(() -> pool.add("main", way.options(options())))
          .isInstanceOf(ClientConnectException.class);
    }

    awaitNoMoreThan(before, 0);
    await().atMost(SOON).until(() -> scheduledTasks() == 0);
    orphans.assertNone(this::makeAChannel);
  }

  @Test
  void addAndRemove() {
    warmUp();
    int before = descriptors();

    for (int i = 0; i < CYCLES; i++) {
      pool.add("main", options()).listCollections();
      pool.remove("main");
    }

    awaitNoMoreThan(before, 0);
    assertThat(scheduledTasks()).isZero();
    assertThat(events.of(Kind.REMOVED)).hasSize(CYCLES + 1);
    orphans.assertNone(this::makeAChannel);
  }

  @Test
  void replaceAndUseDatabase() {
    warmUp();
    Client client = pool.add("main", options());
    int before = descriptors();
    int tasks = scheduledTasks();

    for (int i = 0; i < CYCLES; i++) {
      pool.replace("main", options());
      client.useDatabase("other");
      client.listCollections();
    }

    awaitNoMoreThan(before, 1);
    await().atMost(SOON).until(() -> scheduledTasks() <= tasks + 1);
    orphans.assertNone(this::makeAChannel);
  }

  @Test
  void outages() {
    warmUp();
    Client client = pool.add("main", options());
    int before = descriptors();
    int tasks = scheduledTasks();

    for (int i = 0; i < 5; i++) {
      server.kill();
      await()
          .atMost(SOON)
          .until(() -> client.health(Duration.ofMillis(200)).state() == ClientState.DOWN);
      server.restart();
      await().atMost(SOON).until(() -> client.state() == ClientState.UP);
    }

    awaitNoMoreThan(before, 1);
    await().atMost(SOON).until(() -> scheduledTasks() <= tasks + 1);
    orphans.assertNone(this::makeAChannel);
  }

  @Test
  void clientsThatAreDroppedInsteadOfClosedStayOpenAndTheirPoolClosesThem() {
    warmUp();
    int before = descriptors();
    for (int i = 0; i < 10; i++) {
      pool.add("client-" + i, options());
    }
    server.awaitTransports(10, SOON);

    pool.close();

    awaitNoMoreThan(before, 0);
    assertThat(scheduledTasks()).isZero();
    await().atMost(SOON).until(() -> Threads.named("milvus-pool-").isEmpty());
    orphans.assertNone(this::makeAChannel);
  }

  // ---- the end of a pool in the middle of things

  @Test
  void aPoolThatIsClosedWhileAClientReconnects() {
    warmUp();
    int before = descriptors();
    Client client = pool.add("main", options().toBuilder().withConnectTimeout(SOON).build());
    server.kill();
    await()
        .atMost(SOON)
        .until(() -> client.health(Duration.ofMillis(200)).state() == ClientState.DOWN);
    server.stall("Connect");
    server.restart();
    server.awaitInFlight("Connect", 1, SOON);

    pool.close();

    server.awaitInFlight("Connect", 0, Duration.ofSeconds(3));
    awaitNoMoreThan(before, 0);
    await().atMost(SOON).until(() -> Threads.named("milvus-pool-").isEmpty());
    orphans.assertNone(this::makeAChannel);
  }

  @Test
  void aPoolThatIsClosedWhileAClientIsAdded() throws Exception {
    warmUp();
    int before = descriptors();
    server.stall("Connect");
    Thread adding =
        new Thread(
            () ->
                Outcome.of(
                    () ->
                        pool.add("main", options().toBuilder().withConnectTimeout(SOON).build())));
    adding.start();
    server.awaitInFlight("Connect", 1, SOON);

    pool.close();

    adding.join(SOON.toMillis());
    assertThat(adding.isAlive()).isFalse();
    server.awaitInFlight("Connect", 0, Duration.ofSeconds(3));
    awaitNoMoreThan(before, 0);
    await().atMost(SOON).until(() -> Threads.named("milvus-pool-").isEmpty());
    orphans.assertNone(this::makeAChannel);
  }

  @Test
  void aPoolThatIsClosedWhileAConnectionIsProbed() {
    warmUp();
    int before = descriptors();
    Client client =
        pool.add(
            "main", options().toBuilder().withHealthCheckInterval(Duration.ofMillis(50)).build());
    server.stall("GetVersion");
    server.awaitInFlight("GetVersion", 1, SOON);
    assertThat(client.state()).isEqualTo(ClientState.UP);

    pool.close();

    awaitNoMoreThan(before, 0);
    await().atMost(SOON).until(() -> Threads.named("milvus-pool-").isEmpty());
    orphans.assertNone(this::makeAChannel);
  }
}
