package dev.milvuspool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.milvuspool.ClientConnectException.Reason;
import dev.milvuspool.scripted.ScriptedMilvus;
import io.milvus.shaded.io.grpc.Status;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a client says of a server that lives but refuses, and of one that was never asked. */
@Timeout(60)
class PrivilegesAndHealthTest {
  private static final Duration SOON = Duration.ofSeconds(15);

  private final ScriptedMilvus server = ClientOperation.server();
  private final Events events = new Events();
  private final MilvusPool pool = MilvusPool.builder().withListener(events).build();

  @AfterEach
  void close() {
    pool.close();
    server.close();
  }

  // ---- a user without a role

  @Test
  void aUserWhoMayNotListDatabasesConnectsAndTheFirstCallSaysWhatIsMissing() {
    List<Runnable> refusals =
        List.of(
            () ->
                server.fail(
                    "ListDatabases",
                    Status.PERMISSION_DENIED.withDescription(
                        "PrivilegeListDatabases: permission deny to guest"),
                    ScriptedMilvus.ALWAYS),
            () ->
                server.reject(
                    "ListDatabases", 65535, "permission deny to guest", ScriptedMilvus.ALWAYS));
    for (int i = 0; i < refusals.size(); i++) {
      server.clearFaults(ScriptedMilvus.ALL);
      refusals.get(i).run();
      Client guest =
          pool.add(
              "guest" + i,
              ClientOperation.options(server)
                  .withAuth("guest", "right")
                  .withDatabase("other")
                  .build());
      server.fail(
          "ShowCollections", Status.PERMISSION_DENIED.withDescription("permission deny"), 1);

      assertThatThrownBy(guest::listCollections).hasMessageContaining("permission deny");
      guest.useDatabase("default");
      assertThat(guest.currentDatabase()).isEqualTo("default");
      assertThat(guest.state()).isEqualTo(ClientState.UP);
    }
  }

  @Test
  void aWrongPasswordIsStillAWrongPassword() {
    server.requireAuth("root", "Milvus").openConnect(true);

    assertThatThrownBy(
            () ->
                pool.add(
                    "main",
                    ClientOperation.options(server)
                        .withAuth("root", "wrong")
                        .withDatabase("other")
                        .build()))
        .isInstanceOfSatisfying(
            ClientConnectException.class,
            e -> assertThat(e.reason()).isEqualTo(Reason.AUTHENTICATION));
  }

  /** Milvus itself asks for no privilege here; what stands before it may. */
  @Test
  void aUserWhoMayNotAskForTheVersionConnects() {
    server.fail(
        "GetVersion", Status.PERMISSION_DENIED.withDescription("denied"), ScriptedMilvus.ALWAYS);

    Client guest =
        pool.add("guest", ClientOperation.options(server).withAuth("guest", "right").build());

    assertThat(guest.listCollections()).contains("items");
  }

  @Test
  void aUserWhoMayNotConnectIsNotToldThatThePasswordIsWrong() {
    server.fail(
        "Connect", Status.PERMISSION_DENIED.withDescription("no entry"), ScriptedMilvus.ALWAYS);

    assertThatThrownBy(
            () ->
                pool.add(
                    "guest", ClientOperation.options(server).withAuth("guest", "right").build()))
        .isInstanceOfSatisfying(
            ClientConnectException.class,
            e -> assertThat(e.reason()).isEqualTo(Reason.AUTHENTICATION))
        .hasMessageContainingAll("lacks a privilege", "no entry")
        .hasMessageNotContaining("rejected the credentials");
  }

  // ---- health

  @Test
  void aLazyClientIsNotHealthyWhereNobodyListens() {
    ClientOptions lazy = ClientOperation.options(server).withLazyConnect().build();
    server.kill();
    pool.add("main", lazy);

    ClientHealth health = pool.health(Duration.ofSeconds(3)).get("main");

    assertThat(health.healthy()).isFalse();
    assertThat(health.lastError())
        .isInstanceOfSatisfying(
            ClientConnectException.class, e -> assertThat(e.reason()).isEqualTo(Reason.REFUSED));
    server.restart();
    await().atMost(SOON).until(() -> pool.get("main").health().healthy());
  }

  @Test
  void aLazyClientIsHealthyOnceItsServerHasAnswered() {
    pool.add("main", ClientOperation.options(server).withLazyConnect().build());

    assertThat(pool.health(Duration.ofSeconds(3)).get("main").healthy()).isTrue();
    assertThat(server.calls("Connect")).isEqualTo(1);
  }

  @Test
  void aLazyClientOfASilentServerIsNotHealthyWithinTheTimeout() {
    server.stall("Connect");
    pool.add("main", ClientOperation.options(server).withLazyConnect().build());

    Outcome outcome =
        Outcome.of(
            () -> assertThat(pool.health(Duration.ofMillis(300)).get("main").healthy()).isFalse());

    assertThat(outcome.failure()).isNull();
    assertThat(outcome.elapsed()).isLessThan(Duration.ofSeconds(2));
  }

  @Test
  void rejectedCredentialsAreAnAnswerToAProbe() {
    server.requireAuth("root", "old");
    Client client =
        pool.add(
            "main",
            ClientOperation.options(server)
                .withAuth("root", "old")
                .withHealthCheckInterval(Duration.ofMillis(50))
                .build());
    server.requireAuth("root", "new");
    long probes = server.calls("GetVersion");

    ClientHealth health = client.health();

    assertThat(health.healthy()).isFalse();
    assertThat(health.state()).isEqualTo(ClientState.UP);
    assertThat(health.lastError())
        .isInstanceOfSatisfying(
            ClientConnectException.class,
            e -> assertThat(e.reason()).isEqualTo(Reason.AUTHENTICATION));
    server.awaitCalls("GetVersion", probes + 10, SOON);
    assertThat(client.state()).isEqualTo(ClientState.UP);
    assertThat(events.lifeOf("main")).containsExactly(Events.Kind.ADDED);
  }

  @Test
  void aReplaceWithAnotherIntervalChangesTheChecks() {
    pool.add(
        "main",
        ClientOperation.options(server).withHealthCheckInterval(Duration.ofHours(1)).build());

    pool.replace(
        "main",
        ClientOperation.options(server).withHealthCheckInterval(Duration.ofMillis(300)).build());
    long probes = server.calls("GetVersion");

    server.awaitCalls("GetVersion", probes + 2, SOON);
  }

  // ---- what really fails can be serialised

  @Test
  void theExceptionsOfRealFailuresCanBeSerialised() throws Exception {
    Client client = pool.add("main", ClientOperation.options(server).build());
    List<Throwable> failures = new ArrayList<>();
    server.fail("Insert", Status.UNAVAILABLE, 1);
    failures.add(Outcome.of(() -> ClientOperation.INSERT.on(client)).failure());
    server.dropConnectionBefore("Delete", 1);
    failures.add(Outcome.of(() -> ClientOperation.DELETE.on(client)).failure());
    await().atMost(SOON).until(() -> client.state() == ClientState.UP);
    server.stall("Search");
    failures.add(
        Outcome.of(() -> ClientOperation.SEARCH.on(client.withDeadline(Duration.ofMillis(200))))
            .failure());
    server.kill();
    await().atMost(SOON).until(() -> client.state() == ClientState.DOWN);
    failures.add(Outcome.of(client::listCollections).failure());
    failures.add(Outcome.of(() -> pool.add("other", client.options())).failure());
    pool.remove("main");
    failures.add(Outcome.of(client::listCollections).failure());

    for (Throwable failure : failures) {
      assertThat(failure).isInstanceOf(MilvusPoolException.class);
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
        out.writeObject(failure);
      }
      try (ObjectInputStream in =
          new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
        assertThat(in.readObject())
            .hasSameClassAs(failure)
            .isInstanceOfSatisfying(
                Throwable.class,
                copy -> assertThat(copy.getMessage()).isEqualTo(failure.getMessage()));
      }
    }
  }
}
