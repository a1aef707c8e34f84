package dev.milvuspool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.milvuspool.internal.common.Durations;
import io.milvus.grpc.ConnectRequest;
import io.milvus.grpc.ConnectResponse;
import io.milvus.grpc.DumpMessagesRequest;
import io.milvus.grpc.DumpMessagesResponse;
import io.milvus.grpc.GetVersionRequest;
import io.milvus.grpc.GetVersionResponse;
import io.milvus.grpc.MilvusServiceGrpc;
import io.milvus.shaded.io.grpc.Server;
import io.milvus.shaded.io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.milvus.shaded.io.grpc.stub.StreamObserver;
import io.milvus.v2.service.cdc.request.DumpMessagesReq;
import io.milvus.v2.service.cdc.response.DumpMessageInfo;
import io.milvus.v2.service.cdc.response.GetReplicateInfoResp;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Iterator;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The one stream of the SDK, {@code dumpMessages}: it ends within its deadline, and is drained. */
@Timeout(60)
class StreamTest {
  private final MilvusPool pool = MilvusPool.create();
  private final BlockingQueue<StreamObserver<DumpMessagesResponse>> streams =
      new LinkedBlockingQueue<>();
  private Server server;

  /** A Milvus that says nothing on its streams until it is told to. */
  private final class Streaming extends MilvusServiceGrpc.MilvusServiceImplBase {
    @Override
    public void connect(ConnectRequest request, StreamObserver<ConnectResponse> answer) {
      answer.onNext(ConnectResponse.getDefaultInstance());
      answer.onCompleted();
    }

    @Override
    public void getVersion(GetVersionRequest request, StreamObserver<GetVersionResponse> answer) {
      answer.onNext(GetVersionResponse.getDefaultInstance());
      answer.onCompleted();
    }

    @Override
    public void dumpMessages(
        DumpMessagesRequest request, StreamObserver<DumpMessagesResponse> answer) {
      streams.add(answer);
    }
  }

  @BeforeEach
  void start() throws IOException {
    server =
        NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
            .addService(new Streaming())
            .permitKeepAliveTime(1, TimeUnit.SECONDS)
            .build()
            .start();
  }

  @AfterEach
  void close() throws InterruptedException {
    pool.close();
    server.shutdownNow().awaitTermination();
  }

  private Client add(ClientOptions.Builder options) {
    return pool.add("main", options.withAddress("localhost:" + server.getPort()).build());
  }

  private static Iterator<DumpMessageInfo> dump(Client client) {
    DumpMessagesReq request =
        DumpMessagesReq.builder()
            .pchannel("by-dev-rootcoord-dml_0")
            .startMessageID(
                GetReplicateInfoResp.MessageID.builder().id("1").walName("RocksMQ").build())
            .build();
    return client.call(sdk -> sdk.dumpMessages(request)).iterator();
  }

  @Test
  void aStreamThatHearsNothingEndsAtTheDeadlineOfItsCall() {
    Client client = add(ClientOptions.builder().withDeadline(Duration.ofMillis(300)));
    long startedAt = System.nanoTime();

    Iterator<DumpMessageInfo> messages = dump(client);

    assertThatThrownBy(messages::hasNext).hasMessageContaining("DEADLINE_EXCEEDED");
    assertThat(Durations.since(startedAt)).isBetween(Duration.ofMillis(250), Duration.ofSeconds(5));
    await().until(() -> pool.stats().clients().get("main").inFlight() == 0);
  }

  @Test
  void aStreamMayEndWhileItsClientIsRemoved() throws Exception {
    Client client = add(ClientOptions.builder().withDrainTimeout(Duration.ofSeconds(20)));
    Iterator<DumpMessageInfo> messages = dump(client);
    CompletableFuture<Void> removal = CompletableFuture.runAsync(() -> pool.remove("main"));
    await().until(() -> !pool.has("main"));

    StreamObserver<DumpMessagesResponse> stream = streams.take();
    await().during(Duration.ofMillis(100)).until(() -> !removal.isDone());
    stream.onCompleted();

    assertThat(messages.hasNext()).isFalse();
    assertThat(removal).succeedsWithin(Duration.ofSeconds(10));
  }

  @Test
  void aStreamIsCutOffWhenTheDrainTimeIsOver() throws Exception {
    Client client = add(ClientOptions.builder().withDrainTimeout(Duration.ofMillis(200)));
    Iterator<DumpMessageInfo> messages = dump(client);
    streams.take();
    long startedAt = System.nanoTime();

    pool.remove("main");

    assertThat(Durations.since(startedAt))
        .isBetween(Duration.ofMillis(200), Duration.ofMillis(900));
    assertThatThrownBy(messages::hasNext).hasMessageContaining("UNAVAILABLE");
  }
}
