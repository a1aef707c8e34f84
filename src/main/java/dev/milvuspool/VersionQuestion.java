package dev.milvuspool;

import io.milvus.grpc.GetVersionRequest;
import io.milvus.grpc.GetVersionResponse;
import io.milvus.grpc.MilvusServiceGrpc;
import io.milvus.shaded.io.grpc.Channel;
import io.milvus.shaded.io.grpc.Context;
import io.milvus.shaded.io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Asks a server for its version, to see whether it answers. Unlike the SDK's calls it holds no
 * thread, logs nothing, does not wait for the channel to become ready, and fails with the cause.
 */
final class VersionQuestion implements StreamObserver<GetVersionResponse> {
  private final CompletableFuture<String> answer = new CompletableFuture<>();

  private VersionQuestion() {}

  /** Done with the version, or with gRPC's failure. */
  static CompletableFuture<String> on(Channel channel, Duration timeout) {
    VersionQuestion question = new VersionQuestion();
    Context previous = Context.ROOT.attach(); // what the thread is about has nothing to do with it
    try {
      MilvusServiceGrpc.newStub(channel)
          .withDeadlineAfter(Nanos.of(timeout), TimeUnit.NANOSECONDS)
          .getVersion(GetVersionRequest.getDefaultInstance(), question);
    } finally {
      Context.ROOT.detach(previous);
    }
    return question.answer;
  }

  @Override
  public void onNext(GetVersionResponse version) {
    answer.complete(version.getVersion());
  }

  @Override
  public void onError(@Nullable Throwable failure) {
    answer.completeExceptionally(
        failure == null ? new IllegalStateException("no cause given") : failure);
  }

  @Override
  public void onCompleted() {
    answer.completeExceptionally(new IllegalStateException("the answer is empty"));
  }
}
