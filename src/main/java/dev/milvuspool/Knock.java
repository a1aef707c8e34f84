package dev.milvuspool;

import io.milvus.shaded.io.grpc.ClientInterceptors;
import io.milvus.shaded.io.grpc.ManagedChannel;
import io.milvus.shaded.io.grpc.Metadata;
import io.milvus.shaded.io.grpc.stub.MetadataUtils;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.concurrent.CompletableFuture;

/** Finds out, over a channel of its own, whether a server answers and takes the credentials. */
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
    VersionQuestion.on(
            ClientInterceptors.intercept(
                channel, MetadataUtils.newAttachHeadersInterceptor(headers(options))),
            timeout)
        .whenComplete(
            (version, failure) -> {
              if (failure != null && isNoAnswer(failure)) {
                answered.completeExceptionally(failure);
              } else {
                answered.complete(null);
              }
            });
    return answered;
  }

  private static boolean isNoAnswer(Throwable failure) {
    return Failures.isUnanswered(failure)
        || ConnectFailure.isOtherProtocol(failure)
        || ConnectFailure.reason(failure) == ClientConnectException.Reason.AUTHENTICATION;
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
}
