package dev.milvuspool.internal.channel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.milvuspool.CallScope;
import dev.milvuspool.ClientOptions;
import dev.milvuspool.ClientTimeoutException;
import dev.milvuspool.ClientUnavailableException;
import dev.milvuspool.internal.connect.FakeCall;
import io.milvus.grpc.DumpMessagesRequest;
import io.milvus.grpc.DumpMessagesResponse;
import io.milvus.grpc.MilvusServiceGrpc;
import io.milvus.shaded.io.grpc.CallOptions;
import io.milvus.shaded.io.grpc.ClientCall;
import io.milvus.shaded.io.grpc.Metadata;
import io.milvus.shaded.io.grpc.Status;
import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A stream starts as any RPC does, and passes through from then on. */
@Timeout(30)
class SupervisedStreamTest {
  private static final DumpMessagesResponse MESSAGE =
      DumpMessagesResponse.newBuilder()
          .setStatus(io.milvus.grpc.Status.newBuilder().setReason("first"))
          .build();

  private InMemoryClient client;
  private ConnectionSupervisor supervisor;

  @AfterEach
  void close() {
    client.close();
  }

  private void lazy(ClientOptions.Builder options) {
    client = new InMemoryClient(options, call -> {});
    supervisor = client.supervisor;
  }

  private void connect(ClientOptions.Builder options) {
    lazy(options);
    supervisor.connect().join();
  }

  private Iterator<DumpMessagesResponse> dump() {
    return new SupervisedChannel(supervisor, "sales")
        .stub()
        .dumpMessages(DumpMessagesRequest.getDefaultInstance());
  }

  private FakeCall<?, ?> streamOn(int channel) {
    return client.channels.get(channel).calls().get(0);
  }

  private int inFlight() {
    return supervisor.inFlight();
  }

  private static String header(FakeCall<?, ?> stream, String name) {
    return stream.headers().get(Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER));
  }

  @Test
  void itPassesThroughAndCountsAsInFlightUntilItEnds() {
    connect(ClientOptions.builder());

    Iterator<DumpMessagesResponse> messages = dump();

    assertThat(inFlight()).isEqualTo(1);
    streamOn(0).send(MESSAGE);
    assertThat(messages.next()).isEqualTo(MESSAGE);
    streamOn(0).end(Status.OK);
    assertThat(messages.hasNext()).isFalse();
    assertThat(inFlight()).isZero();
  }

  @Test
  void onALazyClientItConnects() {
    lazy(ClientOptions.builder());

    dump();

    assertThat(client.received(0)).containsExactly("DumpMessages");
  }

  @Test
  void whileTheLastConnectionIsReplacedItWaitsForTheNext() {
    connect(ClientOptions.builder());
    client.supervisor.ended(supervisor.snapshot().serving().get(0));

    dump();

    assertThat(client.received(1)).containsExactly("DumpMessages");
  }

  @Test
  void onADeadServerItIsToldThatItWasNotSent() {
    connect(ClientOptions.builder());
    client.reachable = false;
    client.channels.get(0).end();

    assertThatThrownBy(this::dump)
        .isInstanceOf(ClientUnavailableException.class)
        .hasMessageContaining("DumpMessages")
        .hasMessageContaining("was not sent");
  }

  @Test
  void itGoesToTheConnectionThatServesWhenItStarts() {
    connect(ClientOptions.builder());
    ClientCall<DumpMessagesRequest, DumpMessagesResponse> stream =
        new SupervisedChannel(supervisor, null)
            .newCall(MilvusServiceGrpc.getDumpMessagesMethod(), CallOptions.DEFAULT);
    supervisor.replace(supervisor.snapshot().options());

    stream.start(new ClientCall.Listener<>() {}, new Metadata());

    assertThat(client.received(0)).isEmpty();
    assertThat(client.received(1)).containsExactly("DumpMessages");
  }

  @Test
  void whatCannotStartIsNotInFlight() {
    connect(ClientOptions.builder());
    client
        .channels
        .get(0)
        .onStart(
            () -> {
              throw new IllegalStateException("broken");
            });

    assertThatThrownBy(this::dump).hasMessage("broken");

    assertThat(inFlight()).isZero();
  }

  @Test
  void itHasTheHeadersAndTheDeadlineOfItsCall() {
    connect(ClientOptions.builder());
    CallScope scope =
        new CallScope() {
          @Override
          public Map<String, String> requestHeaders() {
            return Map.of("traceparent", "00-1");
          }

          @Override
          public void onEnd(Throwable error) {}
        };
    InFlightCalls calls = supervisor.calls();
    CallContext call = calls.begin("call", Duration.ofSeconds(7), List.of(scope), true);

    dump();

    assertThat(header(streamOn(0), "traceparent")).isEqualTo("00-1");
    assertThat(header(streamOn(0), "dbname")).isEqualTo("sales");
    assertThat(streamOn(0).options().getDeadline().timeRemaining(TimeUnit.MILLISECONDS))
        .isBetween(1L, 7_000L);
    calls.end(call);
    calls.leave();
  }

  @Test
  void outsideOfACallItHasTheAdminDeadline() {
    connect(ClientOptions.builder().withAdminDeadline(Duration.ofSeconds(20)));

    dump();

    assertThat(streamOn(0).options().getDeadline().timeRemaining(TimeUnit.MILLISECONDS))
        .isBetween(10_001L, 20_000L);
  }

  /** As one that a GOAWAY has orphaned, which not even gRPC's deadline ends. */
  @Test
  void oneThatGrpcHasLostEndsAtItsDeadline() {
    connect(ClientOptions.builder().withAdminDeadline(Duration.ofMillis(100)));
    Iterator<DumpMessagesResponse> messages = dump();

    assertThatThrownBy(messages::hasNext).hasMessageContaining("DEADLINE_EXCEEDED");

    assertThat(inFlight()).isZero();
    streamOn(0).send(MESSAGE);
    streamOn(0).end(Status.OK); // the late events have no effect
    assertThatThrownBy(messages::hasNext).hasMessageContaining("DEADLINE_EXCEEDED");
    assertThat(inFlight()).isZero();
  }

  @Test
  void aSupplierThatReturnsLateSendsNothing() {
    connect(
        ClientOptions.builder()
            .withAdminDeadline(Duration.ofMillis(20))
            .withRequestHeaders(
                () -> {
                  await().pollDelay(Duration.ofMillis(50)).until(() -> true);
                  return Map.of();
                }));

    assertThatThrownBy(this::dump).isInstanceOf(ClientTimeoutException.class);

    assertThat(client.received(0)).isEmpty();
    assertThat(inFlight()).isZero();
  }

  @Test
  void theClientIsDrainedWhenTheLastStreamHasEnded() {
    connect(ClientOptions.builder());
    Iterator<DumpMessagesResponse> messages = dump();

    CompletableFuture<Void> drained = supervisor.drain();

    assertThat(drained).isNotDone();
    streamOn(0).end(Status.OK);
    assertThat(messages.hasNext()).isFalse();
    assertThat(drained).isCompleted();
  }

  /** A stream that says something now and then needs no probe. */
  @Test
  void itsMessagesAreSignsOfLife() {
    connect(ClientOptions.builder());
    Connection connection = supervisor.snapshot().serving().get(0);
    Iterator<DumpMessagesResponse> messages = dump();
    long asked = System.nanoTime();

    streamOn(0).send(MESSAGE);
    messages.next();

    assertThat(connection.lastAnsweredAt()).isGreaterThanOrEqualTo(asked);
  }
}
