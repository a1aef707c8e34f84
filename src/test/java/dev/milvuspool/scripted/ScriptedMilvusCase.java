package dev.milvuspool.scripted;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.milvus.shaded.io.grpc.Status;
import io.milvus.v2.client.MilvusClientV2;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** A scripted Milvus with a collection for each test, and the SDK's own client of it. */
abstract class ScriptedMilvusCase {
  static final Duration SOON = Duration.ofSeconds(5);

  private final ExecutorService threads = Executors.newCachedThreadPool();
  ScriptedMilvus milvus;
  RawClient client;
  MilvusClientV2 sdk;

  /** The server to start. */
  ScriptedMilvus.Builder server() {
    return ScriptedMilvus.builder();
  }

  @BeforeEach
  void start() {
    milvus = server().start().collection(RawClient.COLLECTION, RawClient.DIMENSION);
    client = RawClient.of(milvus);
    sdk = client.sdk();
  }

  @AfterEach
  void stop() {
    client.close();
    milvus.close();
    threads.shutdownNow();
  }

  final <T> Future<T> inBackground(Callable<T> call) {
    return threads.submit(call);
  }

  static <T> T get(Future<T> future) throws Exception {
    return future.get(SOON.toSeconds(), TimeUnit.SECONDS);
  }

  /** The SDK says UNKNOWN, "channel closed", where the connection went while it was writing. */
  static void assertCutOff(Future<?> call) {
    assertThatThrownBy(() -> get(call))
        .satisfies(
            e ->
                assertThat(Status.fromThrowable(e).getCode())
                    .isIn(Status.Code.UNAVAILABLE, Status.Code.UNKNOWN));
  }
}
