package dev.milvuspool;

import io.milvus.grpc.GetVersionRequest;
import io.milvus.grpc.GetVersionResponse;
import io.milvus.grpc.MilvusServiceGrpc;
import io.milvus.shaded.io.grpc.ManagedChannel;
import io.milvus.shaded.io.grpc.Metadata;
import io.milvus.shaded.io.grpc.stub.MetadataUtils;
import io.milvus.shaded.io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Asks a server, over a channel of its own, for its version. Unlike the SDK's calls it does not
 * wait for the channel to become ready, so it fails at once and with the cause; and it holds no
 * thread.
 */
final class Knock {
  private static final Metadata.Key<String> AUTHORIZATION =
      Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);

  private Knock() {}

  /** Done when the server answered; failed when it did not, or rejects the credentials. */
  static CompletableFuture<Void> at(Address address, ClientOptions options, Duration timeout) {
    CompletableFuture<Void> answered = new CompletableFuture<>();
    ManagedChannel channel;
    try {
      channel = SdkConfig.channel(options, address);
    } catch (IOException | RuntimeException e) {
      answered.completeExceptionally(e);
      return answered;
    }
    answered.whenComplete((done, failure) -> channel.shutdownNow());
    MilvusServiceGrpc.newStub(channel)
        .withInterceptors(MetadataUtils.newAttachHeadersInterceptor(headers(options)))
        .withDeadlineAfter(Nanos.of(timeout), TimeUnit.NANOSECONDS)
        .getVersion(GetVersionRequest.getDefaultInstance(), new Answer(answered));
    return answered;
  }

  private static Metadata headers(ClientOptions options) {
    Metadata headers = new Metadata();
    String token = options.credentials().token();
    if (token != null) {
      headers.put(
          AUTHORIZATION,
          Base64.getEncoder().encodeToString(token.getBytes(StandardCharsets.UTF_8)));
    }
    return headers;
  }

  private record Answer(CompletableFuture<Void> answered)
      implements StreamObserver<GetVersionResponse> {
    @Override
    public void onNext(GetVersionResponse version) {
      answered.complete(null);
    }

    @Override
    public void onError(@Nullable Throwable failure) {
      Throwable cause = failure == null ? new IllegalStateException("no cause given") : failure;
      if (Failures.isUnanswered(cause)
          || ConnectFailure.isOtherProtocol(cause)
          || ConnectFailure.reason(cause) == ClientConnectException.Reason.AUTHENTICATION) {
        answered.completeExceptionally(cause);
      } else {
        answered.complete(null);
      }
    }

    @Override
    public void onCompleted() {
      answered.complete(null);
    }
  }
}
