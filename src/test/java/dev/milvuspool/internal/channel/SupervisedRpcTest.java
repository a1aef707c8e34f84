package dev.milvuspool.internal.channel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.milvuspool.ClientOptions;
import dev.milvuspool.ClientState;
import dev.milvuspool.ClientUnavailableException;
import dev.milvuspool.internal.connect.FakeCall;
import dev.milvuspool.internal.connect.FakeChannel;
import io.milvus.grpc.InsertRequest;
import io.milvus.grpc.MutationResult;
import io.milvus.grpc.QueryRequest;
import io.milvus.grpc.QueryResults;
import io.milvus.shaded.io.grpc.Status;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * What becomes of an RPC whose connection is dead, or dies under it, at the moments that no real
 * server can be made to meet.
 */
@Timeout(30)
class SupervisedRpcTest {
  private static final MutationResult INSERTED =
      MutationResult.newBuilder().setInsertCnt(1).build();
  private static final QueryResults FOUND =
      QueryResults.newBuilder().setCollectionName("items").build();
  private static final InsertRequest INSERT = InsertRequest.newBuilder().setNumRows(1).build();

  private volatile boolean answers = true;
  private InMemoryClient client;
  private List<FakeChannel> channels;
  private ConnectionSupervisor supervisor;

  @AfterEach
  void close() {
    client.close();
  }

  private void serve(FakeCall<?, ?> call) {
    if (answers) {
      call.answer(call.method().equals("Insert") ? INSERTED : FOUND);
    }
  }

  private void connect(ClientOptions.Builder options) {
    client = new InMemoryClient(options, this::serve);
    channels = client.channels;
    supervisor = client.supervisor;
    supervisor.connect().join();
  }

  private MutationResult insert() {
    return new SupervisedChannel(supervisor, null).stub().insert(INSERT);
  }

  private QueryResults query() {
    return new SupervisedChannel(supervisor, null).stub().query(QueryRequest.getDefaultInstance());
  }

  private static void assertUnavailable(CompletableFuture<?> call, boolean outcomeUnknown) {
    assertThat(call)
        .failsWithin(10, TimeUnit.SECONDS)
        .withThrowableThat()
        .havingCause()
        .isInstanceOfSatisfying(
            ClientUnavailableException.class,
            e -> assertThat(e.outcomeUnknown()).isEqualTo(outcomeUnknown));
  }

  @Test
  void aWriteThatFindsItsConnectionDeadIsSentOnAnotherOneWhichIsNoRetry() {
    connect(ClientOptions.builder().withConnections(2).withRetry(0, Duration.ZERO));
    channels.get(0).endUnseen();

    MutationResult result = insert();

    assertThat(result).isEqualTo(INSERTED);
    assertThat(client.received(0)).containsExactly("Insert"); // begun there, and not sent
    assertThat(client.received(1)).containsExactly("Insert");
    assertThat(supervisor.retries()).isZero();
    assertThat(supervisor.snapshot().state()).isEqualTo(ClientState.UP);
    await().until(() -> supervisor.reconnects() == 1);
  }

  @Test
  void aWriteThatFindsTheLastConnectionDeadIsSentAfterTheReconnect() {
    connect(ClientOptions.builder().withRetry(0, Duration.ZERO));
    channels.get(0).endUnseen();

    MutationResult result = insert();

    assertThat(result).isEqualTo(INSERTED);
    assertThat(client.received(1)).containsExactly("Insert");
    assertThat(supervisor.retries()).isZero();
  }

  @Test
  void aWriteThatFindsTheLastConnectionDeadAndNoServerIsToldThatItWasNotSent() {
    connect(ClientOptions.builder());
    client.reachable = false;
    channels.get(0).endUnseen();

    assertThatThrownBy(this::insert)
        .isInstanceOfSatisfying(
            ClientUnavailableException.class, e -> assertThat(e.outcomeUnknown()).isFalse())
        .hasMessageContaining("was not sent");

    assertThat(supervisor.snapshot().state()).isEqualTo(ClientState.DOWN);
    assertThat(supervisor.retries()).isZero();
  }

  @Test
  void aReadThatWasSentIsNotCalledUnsent() {
    connect(ClientOptions.builder());
    answers = false;
    CompletableFuture<QueryResults> reading = CompletableFuture.supplyAsync(this::query);
    await().until(() -> client.received(0).size() == 1);
    client.reachable = false;
    channels.get(0).endUnseen();
    channels.get(0).calls().get(0).end(Status.UNAVAILABLE);

    assertThat(reading)
        .failsWithin(10, TimeUnit.SECONDS)
        .withThrowableThat()
        .havingCause()
        .isInstanceOf(ClientUnavailableException.class)
        .withMessageContaining("cannot go on; send it again later");
  }

  @Test
  void theOutcomeIsUnknownIfTheCallWroteSomethingBefore() {
    connect(ClientOptions.builder());
    InFlightCalls calls = supervisor.calls();
    CallContext call = calls.begin("call", Duration.ofMinutes(1), null, true);
    insert();
    client.reachable = false;
    channels.get(0).endUnseen();

    assertThatThrownBy(this::query)
        .isInstanceOfSatisfying(
            ClientUnavailableException.class, e -> assertThat(e.outcomeUnknown()).isTrue());

    calls.end(call);
    calls.leave();
  }

  @Test
  void aWriteThatMayWaitIsSentWheneverTheServerIsBack() {
    connect(ClientOptions.builder().withWaitForReady(true));
    client.reachable = false;
    channels.get(0).endUnseen();
    CompletableFuture<MutationResult> inserting = CompletableFuture.supplyAsync(this::insert);
    await().until(() -> supervisor.snapshot().state() == ClientState.DOWN);

    client.reachable = true;

    assertThat(inserting).succeedsWithin(10, TimeUnit.SECONDS).isEqualTo(INSERTED);
    assertThat(client.received(1)).containsExactly("Insert");
  }

  @Test
  void aWriteWhoseConnectionDiesAfterItWasSentIsNotSentAgain() {
    connect(ClientOptions.builder().withConnections(2));
    CompletableFuture<MutationResult> inserting = unanswered(this::insert);

    dieUnderIt();

    assertUnavailable(inserting, true);
    assertThat(allReceived()).containsExactly("Insert");
  }

  @Test
  void aWriteThatAGoodbyeLeavesOutIsSentOnAnotherOneWhichIsNoRetry() {
    connect(ClientOptions.builder().withConnections(2).withRetry(0, Duration.ZERO));
    CompletableFuture<MutationResult> inserting = unanswered(this::insert);

    dieUnderIt(
        Status.UNAVAILABLE.withDescription(
            "Abrupt GOAWAY closed sent stream. HTTP/2 error code: NO_ERROR, debug data: age"));

    assertThat(inserting).succeedsWithin(10, TimeUnit.SECONDS).isEqualTo(INSERTED);
    assertThat(allReceived()).containsExactly("Insert", "Insert");
    assertThat(supervisor.retries()).isZero();
  }

  @Test
  void aReadWhoseConnectionDiesUnderItIsSentOnAnotherOneWhichIsNoRetry() {
    connect(ClientOptions.builder().withConnections(2).withRetry(0, Duration.ZERO));
    CompletableFuture<QueryResults> querying = unanswered(this::query);

    dieUnderIt();

    assertThat(querying).succeedsWithin(10, TimeUnit.SECONDS).isEqualTo(FOUND);
    assertThat(allReceived()).containsExactly("Query", "Query");
    assertThat(supervisor.retries()).isZero();
  }

  /** A hop may reset a stream in any words; whether the transport was lost the transport knows. */
  @Test
  void aReadWhoseConnectionDiesUnderItIsSentAgainWhateverTheStatusSays() {
    connect(ClientOptions.builder().withConnections(2).withRetry(0, Duration.ZERO));
    CompletableFuture<QueryResults> querying = unanswered(this::query);

    dieUnderIt(Status.INTERNAL.withDescription("something else"));

    assertThat(querying).succeedsWithin(10, TimeUnit.SECONDS).isEqualTo(FOUND);
    assertThat(supervisor.retries()).isZero();
  }

  @Test
  void aWriteThatAHopRejectsIsNotSentAgainAndItsConnectionServesOn() {
    connect(ClientOptions.builder());
    CompletableFuture<MutationResult> inserting = unanswered(this::insert);

    answers = true;
    waiting().end(Status.UNAVAILABLE);

    assertUnavailable(inserting, true);
    assertThat(supervisor.snapshot().serving()).hasSize(1);
    assertThat(insert()).isEqualTo(INSERTED);
    assertThat(channels).hasSize(1);
    assertThat(allReceived()).filteredOn("Insert"::equals).hasSize(2);
  }

  @Test
  void aReadThatAHopRejectsIsRetried() {
    connect(ClientOptions.builder());
    CompletableFuture<QueryResults> querying = unanswered(this::query);

    answers = true;
    waiting().end(Status.UNAVAILABLE);

    assertThat(querying).succeedsWithin(10, TimeUnit.SECONDS).isEqualTo(FOUND);
    assertThat(supervisor.retries()).isEqualTo(1);
  }

  @Test
  void withoutRetriesAReadThatAHopRejectsFails() {
    connect(ClientOptions.builder().withRetry(0, Duration.ZERO));
    CompletableFuture<QueryResults> querying = unanswered(this::query);

    answers = true;
    waiting().end(Status.UNAVAILABLE);

    assertUnavailable(querying, false);
  }

  @Test
  void aWriteThatASoundConnectionHasNotSentIsSentOnAnotherOneAndTheConnectionServesOn() {
    connect(ClientOptions.builder().withConnections(2).withRetry(0, Duration.ZERO));
    channels.get(0).takeNoStreams();

    MutationResult result = insert();

    assertThat(result).isEqualTo(INSERTED);
    assertThat(client.received(1)).contains("Insert");
    assertThat(supervisor.retries()).isZero();
    assertThat(supervisor.snapshot().serving()).hasSize(2);
    assertThat(channels).hasSize(2);
  }

  @Test
  void aWriteThatASoundConnectionNeverSendsEndsWithItsCause() {
    connect(ClientOptions.builder().withRetry(2, Duration.ZERO));
    channels.get(0).takeNoStreams();

    assertThatThrownBy(this::insert)
        .isInstanceOfSatisfying(
            ClientUnavailableException.class, e -> assertThat(e.outcomeUnknown()).isFalse())
        .hasStackTraceContaining("no stream");

    assertThat(client.received(0)).filteredOn("Insert"::equals).hasSize(4); // 1 + 1 unsent + 2
    assertThat(supervisor.snapshot().state()).isEqualTo(ClientState.UP);
  }

  /** Begins it on a server that is silent from now on, and waits until it is there. */
  private <T> CompletableFuture<T> unanswered(Supplier<T> rpc) {
    answers = false;
    CompletableFuture<T> running = CompletableFuture.supplyAsync(rpc);
    await().until(() -> !allWaiting().isEmpty());
    return running;
  }

  private List<FakeCall<?, ?>> allWaiting() {
    return channels.stream()
        .flatMap(channel -> channel.calls().stream())
        .<FakeCall<?, ?>>map(call -> call)
        .filter(call -> !call.method().equals("GetVersion") && !call.hasEnded())
        .toList();
  }

  private FakeCall<?, ?> waiting() {
    assertThat(allWaiting()).hasSize(1);
    return allWaiting().get(0);
  }

  private void dieUnderIt() {
    dieUnderIt(Status.UNAVAILABLE.withDescription("connection reset"));
  }

  private void dieUnderIt(Status status) {
    FakeCall<?, ?> call = waiting();
    FakeChannel channel =
        channels.stream().filter(each -> each.calls().contains(call)).findFirst().orElseThrow();
    answers = true;
    channel.end();
    call.end(status);
  }

  private List<String> allReceived() {
    return channels.stream()
        .flatMap(channel -> channel.calls().stream())
        .<String>map(FakeCall::method)
        .toList();
  }
}
