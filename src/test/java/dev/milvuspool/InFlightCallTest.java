package dev.milvuspool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.milvuspool.InFlightCall.Cancellation;
import io.milvus.grpc.GetVersionRequest;
import io.milvus.grpc.GetVersionResponse;
import io.milvus.grpc.MilvusServiceGrpc;
import io.milvus.shaded.io.grpc.CallOptions;
import io.milvus.shaded.io.grpc.Channel;
import io.milvus.shaded.io.grpc.ClientCall;
import io.milvus.shaded.io.grpc.Metadata;
import io.milvus.shaded.io.grpc.MethodDescriptor;
import io.milvus.shaded.io.grpc.StatusRuntimeException;
import io.milvus.v2.client.MilvusClientV2;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What a cancelled call does to its RPCs and to its thread. */
class InFlightCallTest {
  private final Background background = new Background();
  private final RecordedRpcs channel = new RecordedRpcs();

  @AfterEach
  void stop() {
    background.close();
  }

  private InFlightCall begin(Operation operation, boolean withGate) {
    Connection connection =
        new Connection(
            new MilvusClientV2(null),
            null,
            withGate ? new RpcGate(Duration.ofMinutes(1)) : null,
            Address.parse("address", "localhost"),
            null,
            background,
            new Deadlines(background));
    InFlightCall call = connection.begin(operation, System.nanoTime(), 1);
    assertThat(call).isNotNull();
    return call;
  }

  private ClientCall<GetVersionRequest, GetVersionResponse> rpcOf(InFlightCall call) {
    return call.newRpc(MilvusServiceGrpc.getGetVersionMethod(), CallOptions.DEFAULT, channel);
  }

  @Test
  void theRpcThatIsWaitedForIsCancelledWithTheCall() {
    InFlightCall call = begin(Operation.QUERY, true);
    rpcOf(call).halfClose();
    rpcOf(call).halfClose();

    call.cancel(Cancellation.TIMED_OUT);
    call.cancel(Cancellation.CUT_OFF);

    assertThat(call.cancellation()).isEqualTo(Cancellation.TIMED_OUT);
    assertThat(channel.cancelled(0)).isEmpty();
    assertThat(channel.cancelled(1)).singleElement().isInstanceOf(TimeoutException.class);
  }

  /** GRPC takes no cancellation from another thread before. */
  @Test
  void anRpcThatIsBeingSentIsCancelledWhenItHasBeenSent() {
    InFlightCall call = begin(Operation.QUERY, true);
    ClientCall<GetVersionRequest, GetVersionResponse> rpc = rpcOf(call);

    call.cancel(Cancellation.CUT_OFF);
    assertThat(channel.cancelled(0)).isEmpty();
    rpc.halfClose();

    assertThat(channel.cancelled(0)).hasSize(1);
  }

  @Test
  void aCancelledCallBeginsNoRpc() {
    InFlightCall call = begin(Operation.QUERY, true);
    call.cancel(Cancellation.TIMED_OUT);

    assertThatThrownBy(() -> rpcOf(call))
        .isInstanceOf(StatusRuntimeException.class)
        .hasMessageContaining("DEADLINE_EXCEEDED");
    assertThat(channel.rpcs).isEmpty();
  }

  @Test
  void aThreadIsInTheInnermostOfItsCalls() {
    InFlightCall outer = begin(Operation.CALL, true);
    InFlightCall inner = begin(Operation.QUERY, true);
    List<@Nullable InFlightCall> seen = new ArrayList<>();

    outer.run(
        sdk -> {
          seen.add(InFlightCall.current());
          inner.run(nested -> seen.add(InFlightCall.current()));
          seen.add(InFlightCall.current());
          seen.add(CompletableFuture.supplyAsync(InFlightCall::current).join());
          return true;
        });

    assertThat(seen).containsExactly(outer, inner, outer, null);
    assertThat(InFlightCall.current()).isNull();
  }

  @Test
  void whatHasBeenWrittenIsKnownByTheNumberOfRpcs() {
    InFlightCall flush = begin(Operation.FLUSH, true);
    rpcOf(flush);
    assertThat(flush.hasWrittenNothingElse()).isTrue();
    rpcOf(flush);
    assertThat(flush.hasWrittenNothingElse()).isFalse();

    InFlightCall insert = begin(Operation.INSERT, true);
    rpcOf(insert);
    rpcOf(insert);
    assertThat(insert.hasWrittenNothingElse()).isTrue();
  }

  @Test
  void withoutAGateTheThreadIsInterruptedAndHearsNoMoreOfIt() throws Exception {
    InFlightCall call = begin(Operation.QUERY, false);

    background.schedule(() -> call.cancel(Cancellation.TIMED_OUT), Duration.ZERO);
    boolean interrupted =
        call.run(
            sdk -> {
              try {
                TimeUnit.MINUTES.sleep(1);
                return false;
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return true;
              }
            });

    assertThat(interrupted).isTrue();
    assertThat(call.end()).isTrue();
    assertThat(Thread.interrupted()).isFalse();
  }

  @Test
  void withAGateTheThreadIsLeftAlone() {
    InFlightCall call = begin(Operation.QUERY, true);

    call.cancel(Cancellation.TIMED_OUT);

    assertThat(call.end()).isFalse();
    assertThat(Thread.interrupted()).isFalse();
  }

  /** Sends nothing, and keeps why its RPCs were cancelled. */
  private static final class RecordedRpcs extends Channel {
    final List<RecordedRpc<?, ?>> rpcs = new ArrayList<>();

    List<Throwable> cancelled(int index) {
      return rpcs.get(index).causes;
    }

    @Override
    public <Q, A> ClientCall<Q, A> newCall(MethodDescriptor<Q, A> method, CallOptions options) {
      RecordedRpc<Q, A> rpc = new RecordedRpc<>();
      rpcs.add(rpc);
      return rpc;
    }

    @Override
    public String authority() {
      return "localhost";
    }
  }

  private static final class RecordedRpc<Q, A> extends ClientCall<Q, A> {
    final List<Throwable> causes = new ArrayList<>();

    @Override
    public void cancel(@Nullable String message, @Nullable Throwable cause) {
      causes.add(cause);
    }

    @Override
    public void start(Listener<A> listener, Metadata headers) {}

    @Override
    public void request(int messages) {}

    @Override
    public void sendMessage(Q message) {}

    @Override
    public void halfClose() {}
  }
}
