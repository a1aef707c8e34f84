package dev.milvuspool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.milvuspool.ClientConnectException.Reason;
import dev.milvuspool.server.RealMilvus;
import dev.milvuspool.server.RestartableMilvus;
import io.milvus.v2.client.MilvusClientV2;
import io.milvus.v2.exception.MilvusClientException;
import io.milvus.v2.service.rbac.request.CreateUserReq;
import io.milvus.v2.service.rbac.request.UpdatePasswordReq;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** A real server is killed, restarted, frozen and thawed under a client. */
class RecoveryIT {
  private static final String ROWS = "recovery_rows";

  private static final int MANY = 300;

  /** Nobody calls, and the first health check and keepalive ping are later than this. */
  private static final Duration UNASKED = Duration.ofSeconds(8);

  /** A thread that inserts one row after the other, and keeps the ids that were acknowledged. */
  private static final class Inserts implements AutoCloseable {
    private final Client client;
    private final Duration deadline;
    private final Set<Long> acknowledged = ConcurrentHashMap.newKeySet();
    private final AtomicBoolean stop = new AtomicBoolean();
    private final ExecutorService thread = Executors.newSingleThreadExecutor();
    private final Future<?> running;
    private volatile Duration longest = Duration.ZERO;

    Inserts(Client client, Duration deadline) {
      this.client = client;
      this.deadline = deadline;
      running = thread.submit(this::insertUntilStopped);
      awaitMore(20, Duration.ofSeconds(10));
    }

    private void insertUntilStopped() {
      for (long id = 0; !stop.get(); id++) {
        long row = id;
        Outcome outcome = Outcome.of(() -> client.insert(ROWS, Samples.rows(row, 1)));
        if (outcome.elapsed().compareTo(longest) > 0) {
          longest = outcome.elapsed();
        }
        if (outcome.failure() == null) {
          acknowledged.add(id);
        } else if (!(outcome.failure() instanceof ClientUnavailableException)
            && !(outcome.failure() instanceof ClientTimeoutException)
            // The server answers before it takes writes.
            && !(outcome.failure() instanceof MilvusClientException)) {
          throw new AssertionError("outside the contract", outcome.failure());
        }
      }
    }

    void awaitMore(int rows, Duration atMost) {
      int before = acknowledged.size();
      Awaitility.await().atMost(atMost).until(() -> acknowledged.size() >= before + rows);
    }

    /** Finds every acknowledged row, and no insert that outlived its deadline. */
    void stopAndAssertAllAreThere() throws Exception {
      stop.set(true);
      running.get(30, TimeUnit.SECONDS);
      Awaitility.await()
          .atMost(Duration.ofSeconds(90))
          .ignoreExceptions()
          .untilAsserted(
              () -> assertThat(Samples.ids(client, ROWS, "id >= 0")).containsAll(acknowledged));
      assertThat(longest).isLessThan(deadline.plusMillis(700));
    }

    @Override
    public void close() {
      stop.set(true);
      thread.shutdownNow();
    }
  }

  private static void awaitState(Client client, ClientState state, Duration atMost) {
    Awaitility.await().atMost(atMost).until(() -> client.state() == state);
  }

  @Test
  void anOutageCostsNoAcknowledgedRowAndHealsByItself() throws Exception {
    Duration deadline = Duration.ofSeconds(5);
    try (RestartableMilvus server = RealMilvus.restartable();
        MilvusPool pool = MilvusPool.create()) {
      Client client = pool.add("main", Samples.options(server).withDeadline(deadline).build());
      Samples.createLoaded(client, ROWS);
      try (Inserts inserts = new Inserts(client, deadline)) {

        server.kill();
        awaitState(client, ClientState.DOWN, Duration.ofSeconds(10));
        assertThatThrownBy(client::listCollections)
            .isInstanceOfSatisfying(
                ClientUnavailableException.class, e -> assertThat(e.outcomeUnknown()).isFalse());
        server.start();

        awaitState(client, ClientState.UP, Duration.ofSeconds(10));
        inserts.awaitMore(20, Duration.ofSeconds(90));
        inserts.stopAndAssertAllAreThere();
      }
    }
  }

  @Test
  void aFrozenServerCostsNoMoreThanTheDeadlineAndNoAcknowledgedRow() throws Exception {
    Duration deadline = Duration.ofSeconds(2);
    try (RestartableMilvus server = RealMilvus.restartable();
        MilvusPool pool = MilvusPool.create()) {
      Client client = pool.add("main", Samples.options(server).withDeadline(deadline).build());
      Samples.createLoaded(client, ROWS);
      try (Inserts inserts = new Inserts(client, deadline)) {

        server.freeze();
        Outcome list = Outcome.of(client::listCollections);
        assertThat(list.failure()).isInstanceOf(MilvusPoolException.class);
        assertThat(list.elapsed()).isLessThan(deadline.plusMillis(700));
        awaitState(client, ClientState.DOWN, Duration.ofSeconds(15));
        assertThat(client.health().healthy()).isFalse();
        server.thaw();

        awaitState(client, ClientState.UP, Duration.ofSeconds(10));
        inserts.awaitMore(20, Duration.ofSeconds(60));
        inserts.stopAndAssertAllAreThere();
        assertThat(client.listCollections()).containsExactly(ROWS);
      }
    }
  }

  @Test
  void allOfManyClientsComeBack() throws Exception {
    try (RestartableMilvus server = RealMilvus.restartable();
        MilvusPool pool = MilvusPool.create()) {
      ClientOptions options = Samples.options(server).build();
      for (int i = 0; i < MANY; i++) {
        pool.add("tenant-" + i, options);
      }

      server.kill();
      awaitAll(pool, ClientState.DOWN, Duration.ofSeconds(10));
      server.start();
      awaitAll(pool, ClientState.UP, Duration.ofSeconds(60));

      for (int i = 0; i < MANY; i++) {
        pool.get("tenant-" + i).listCollections();
      }
      assertThat(pool.stats().clients().values())
          .allMatch(client -> client.reconnects() >= 1 && client.failures() == 0);
    }
  }

  private static void awaitAll(MilvusPool pool, ClientState state, Duration atMost) {
    Awaitility.await()
        .atMost(atMost)
        .until(
            () ->
                pool.stats().clients().values().stream()
                    .allMatch(client -> client.state() == state));
  }

  @Test
  void aPasswordThatIsOldWhenTheServerIsBackKeepsTheClientDownUntilReplaced() {
    try (RestartableMilvus server = RealMilvus.restartableWithAuthentication();
        MilvusPool pool = MilvusPool.create()) {
      ClientOptions root = Samples.options(server).build();
      ClientOptions service = root.toBuilder().withAuth("service", "First_1").build();
      Client client;
      try (Client admin = Client.connect(root)) {
        run(
            admin,
            sdk ->
                sdk.createUser(
                    CreateUserReq.builder().userName("service").password("First_1").build()));
        client = pool.add("main", service);
        run(
            admin,
            sdk ->
                sdk.updatePassword(
                    UpdatePasswordReq.builder()
                        .userName("service")
                        .password("First_1")
                        .newPassword("Second_2")
                        .build()));
      }

      server.kill();
      awaitState(client, ClientState.DOWN, UNASKED);
      server.start();

      Awaitility.await()
          .atMost(Duration.ofSeconds(90))
          .untilAsserted(
              () ->
                  assertThat(client.health().lastError())
                      .isInstanceOfSatisfying(
                          ClientConnectException.class,
                          e -> assertThat(e.reason()).isEqualTo(Reason.AUTHENTICATION)));
      assertThat(client.state()).isEqualTo(ClientState.DOWN);
      assertThat(Outcome.of(client::listCollections).failure())
          .isInstanceOf(ClientUnavailableException.class)
          .hasMessageContaining("credentials");

      pool.replace("main", service.toBuilder().withAuth("service", "Second_2").build());

      assertThat(client.call(MilvusClientV2::getServerVersion)).isNotBlank();
      assertThat(client.health(Duration.ofSeconds(5)).healthy()).isTrue();
    }
  }

  private static void run(Client client, Consumer<MilvusClientV2> work) {
    client.call(
        sdk -> {
          work.accept(sdk);
          return true;
        });
  }
}
