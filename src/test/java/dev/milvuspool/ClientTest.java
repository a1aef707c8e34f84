package dev.milvuspool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.milvuspool.ClientConnectException.Reason;
import dev.milvuspool.scripted.Hold;
import dev.milvuspool.scripted.ScriptedMilvus;
import io.milvus.v2.client.MilvusClientV2;
import io.milvus.v2.exception.MilvusClientException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A client beside its operations: views, raw access, life without a pool, and after its end. */
@Timeout(60)
class ClientTest {
  private static final Duration SOON = Duration.ofSeconds(15);

  private final ScriptedMilvus server = ClientOperation.server();
  private final MilvusPool pool = MilvusPool.create();
  private final ExecutorService threads = Executors.newCachedThreadPool();

  @AfterEach
  void close() {
    threads.shutdownNow();
    pool.close();
    server.close();
  }

  private ClientOptions options() {
    return ClientOptions.builder()
        .withAddress(server.address())
        .withDrainTimeout(Duration.ofMillis(500))
        .build();
  }

  // ---- withDeadline

  @Test
  void aViewHasItsOwnDeadlineAndTheOriginalKeepsIts() throws Exception {
    Client client = pool.add("main", options());
    Client hasty = client.withDeadline(Duration.ofMillis(300));
    try (Hold hold = server.hold("ShowCollections")) {
      Future<List<String>> patient = threads.submit(client::listCollections);

      Outcome outcome = Outcome.of(hasty::listCollections);

      assertThat(outcome.failure())
          .isInstanceOf(ClientTimeoutException.class)
          .hasMessageContainingAll("client main", "listCollections", "deadline 300 ms");
      assertThat(outcome.elapsed()).isLessThan(Duration.ofSeconds(5)); // the original has ten
      hold.release();
      assertThat(patient.get(15, TimeUnit.SECONDS)).contains("items");
    }
  }

  @Test
  void theDeadlineOfAViewHoldsForEveryKindOfOperation() {
    Client hasty = pool.add("main", options()).withDeadline(Duration.ofMillis(300));
    List<ClientOperation> samples =
        List.of(
            ClientOperation.SEARCH,
            ClientOperation.INSERT,
            ClientOperation.LOAD_COLLECTION,
            ClientOperation.FLUSH,
            ClientOperation.CALL);
    samples.forEach(operation -> server.stall(operation.rpc()));

    List<Outcome> outcomes =
        Outcome.ofAll(
            samples.stream().<Runnable>map(operation -> () -> operation.on(hasty)).toList());

    assertThat(outcomes)
        .allSatisfy(
            outcome -> {
              assertThat(outcome.failure()).isInstanceOf(ClientTimeoutException.class);
              assertThat(outcome.elapsed()).isLessThan(Duration.ofSeconds(5));
            });
  }

  @Test
  void aViewIsTheSameClientOnTheSameConnection() {
    Client client = pool.add("main", options());
    Client view = client.withDeadline(Duration.ofSeconds(1)).withDeadline(Duration.ofSeconds(2));

    assertThat(view.name()).isEqualTo("main");
    assertThat(view.options()).isEqualTo(client.options());
    assertThat(view.unwrap()).isSameAs(client.unwrap());
    view.useDatabase("other");
    assertThat(client.currentDatabase()).isEqualTo("other");
    pool.replace("main", options());
    assertThat(view.listCollections()).contains("items");

    view.close();
    assertThat(client.state()).isEqualTo(ClientState.CLOSED);
    assertThat(pool.has("main")).isFalse();
  }

  // ---- call and unwrap

  @Test
  void callGivesWhatItsFunctionGives() {
    Client client = pool.add("main", options());

    List<String> names = client.call(sdk -> sdk.listCollections().getCollectionNames());
    Object nothing = client.call(sdk -> null);

    assertThat(names).contains("items");
    assertThat(nothing).isNull();
    assertThat(pool.stats().clients().get("main").calls()).isEqualTo(2);
  }

  @Test
  void whatAFunctionThrowsOfItsOwnPassesThroughUnchanged() {
    Client client = pool.add("main", options());
    List<Throwable> own = List.of(new IllegalStateException("mine"), new AssertionError("mine"));

    for (Throwable thrown : own) {
      assertThatThrownBy(
              () ->
                  client.call(
                      sdk -> {
                        if (thrown instanceof Error error) {
                          throw error;
                        }
                        throw (RuntimeException) thrown;
                      }))
          .isSameAs(thrown);
    }
    assertThatThrownBy(() -> client.call(sdk -> sdk.describeCollection(null)))
        .isNotInstanceOf(MilvusPoolException.class);
    assertThat(client.state()).isEqualTo(ClientState.UP);
    assertThat(pool.stats().clients().get("main").inFlight()).isZero();
  }

  @Test
  void unwrapGivesOneSdkClientThatStaysValidForTheClientsLife() {
    Client client = pool.add("main", options());
    MilvusClientV2 first = client.unwrap();
    assertThat(first.listCollections().getCollectionNames()).contains("items");

    pool.replace("main", options());

    assertThat(client.unwrap()).isSameAs(first);
    assertThat(first.listCollections().getCollectionNames()).contains("items");
  }

  @Test
  void theSdkClientOfAClientThatIsDownFailsAtOnce() {
    Client client = pool.add("main", options());
    server.kill();
    await().atMost(SOON).until(() -> client.health().state() == ClientState.DOWN);

    MilvusClientV2 sdk = client.unwrap();

    assertThat(sdk.clientIsReady()).isFalse();
    assertThatThrownBy(sdk::listCollections)
        .isInstanceOf(MilvusClientException.class)
        .cause()
        .isInstanceOf(ClientUnavailableException.class)
        .hasMessageContainingAll("client main", "DOWN", server.address());
  }

  @Test
  void whatTheSdkMayDoWithARequestDoesNotStayInIt() {
    Client client = pool.add("main", options());
    var search = Samples.nearestTo("items", 1).build();
    client.useDatabase("other");
    client.createCollection("items", Samples.schema(), 1);

    client.search(search);
    client.useDatabase("default");
    client.search(search);

    assertThat(search.getDatabaseName()).isNullOrEmpty();
  }

  // ---- without a pool

  @Test
  void aStandaloneClientIsNamedAfterItsAddress() {
    try (Client client = Client.connect(options())) {
      assertThat(client.name()).isEqualTo(server.address());
      assertThat(client.options()).isEqualTo(options());
      assertThat(client.state()).isEqualTo(ClientState.UP);
      assertThat(client.listCollections()).contains("items");
      assertThat(client.toString()).contains(server.address(), "UP");
    }
    server.awaitTransports(0, SOON);
  }

  @Test
  void aStandaloneClientThatCannotConnectLeavesNothingBehind() {
    List<String> others = Threads.named("milvus-pool-");
    server.kill();

    assertThatThrownBy(() -> Client.connect(options()))
        .isInstanceOfSatisfying(
            ClientConnectException.class,
            e -> {
              assertThat(e.reason()).isEqualTo(Reason.REFUSED);
              assertThat(e.clientName()).isEqualTo(server.address());
            });

    await().atMost(SOON).until(() -> others.containsAll(Threads.named("milvus-pool-")));
  }

  @Test
  void aStandaloneClientTakesItsThreadsWithIt() {
    List<String> others = Threads.named("milvus-pool-");
    Client client = Client.connect(options());
    client.listCollections();
    client.health();

    client.close();
    client.close();

    await().atMost(SOON).until(() -> others.containsAll(Threads.named("milvus-pool-")));
  }

  // ---- lazy

  @Test
  void aLazyClientDialsWithItsFirstCallAndOnce() throws Exception {
    server.resetCounts();
    try (Client client = Client.connect(options().toBuilder().withLazyConnect().build())) {
      assertThat(client.state()).isEqualTo(ClientState.UP);
      assertThat(client.currentDatabase()).isEqualTo("default");
      assertThat(server.acceptedConnections()).isZero();

      List<Future<List<String>>> first = new ArrayList<>();
      for (int i = 0; i < 8; i++) {
        first.add(threads.submit(client::listCollections));
      }

      for (Future<List<String>> each : first) {
        assertThat(each.get(15, TimeUnit.SECONDS)).contains("items");
      }
      assertThat(server.calls("Connect")).isEqualTo(1);
    }
  }

  @Test
  void aLazyClientCanBeClosedWithoutADial() {
    server.resetCounts();
    Client client = pool.add("lazy", options().toBuilder().withLazyConnect().build());

    client.close();

    assertThat(client.state()).isEqualTo(ClientState.CLOSED);
    assertThat(server.acceptedConnections()).isZero();
  }

  // ---- closed

  static Stream<Consumer<Client>> methods() {
    return Stream.concat(
        Arrays.stream(ClientOperation.values()).map(operation -> operation::on),
        Stream.of(
            Client::health,
            client -> client.health(Duration.ofSeconds(1)),
            client -> client.withDeadline(Duration.ofSeconds(1)),
            client -> client.call(sdk -> true),
            Client::unwrap,
            Client::currentDatabase));
  }

  @ParameterizedTest
  @MethodSource("methods")
  void aClosedClientDoesNothingMore(Consumer<Client> method) {
    Client client = pool.add("main", options());
    Client view = client.withDeadline(Duration.ofSeconds(3));
    client.close();
    server.resetCounts();

    for (Client each : List.of(client, view)) {
      assertThatThrownBy(() -> method.accept(each))
          .isInstanceOfSatisfying(
              ClientClosedException.class,
              e -> {
                assertThat(e.clientName()).isEqualTo("main");
                assertThat(e.address()).isEqualTo(server.address());
              })
          .hasMessage("client main is closed");
    }
    assertThat(server.acceptedConnections()).isZero();
  }

  @Test
  void aClosedClientStillSaysWhatItWas() {
    Client client = pool.add("main", options());

    client.close();
    client.close();

    assertThat(client.name()).isEqualTo("main");
    assertThat(client.options()).isEqualTo(options());
    assertThat(client.state()).isEqualTo(ClientState.CLOSED);
    assertThat(client.toString()).contains("main", "CLOSED");
  }

  // ---- health

  @Test
  void healthTellsVersionAddressAndLatency() {
    Client client = pool.add("main", options());

    ClientHealth health = client.health();

    assertThat(health.healthy()).isTrue();
    assertThat(health)
        .returns("main", ClientHealth::name)
        .returns(server.address(), ClientHealth::address)
        .returns(ClientState.UP, ClientHealth::state)
        .returns(ScriptedMilvus.VERSION, ClientHealth::serverVersion)
        .returns(null, ClientHealth::lastError);
    assertThat(health.latency()).isPositive();
    assertThat(pool.stats().clients().get("main").calls()).as("a user's calls").isZero();
  }

  @Test
  void healthOfAServerThatDoesNotAnswerInTimeSaysSoInTime() {
    Client client = pool.add("main", options());
    server.stall("GetVersion");
    List<ClientHealth> health = new ArrayList<>();

    Outcome asking = Outcome.of(() -> health.add(client.health(Duration.ofMillis(400))));

    assertThat(asking.failure()).isNull();
    assertThat(asking.elapsed()).isLessThan(Duration.ofSeconds(5));
    assertThat(health.get(0).healthy()).isFalse();
    assertThat(health.get(0).latency()).isNull();
    assertThat(health.get(0).lastError())
        .isInstanceOf(ClientTimeoutException.class)
        .hasMessageContainingAll("client main", server.address(), "400 ms");
  }
}
