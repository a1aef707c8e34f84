package dev.milvuspool.internal.connect;

import dev.milvuspool.internal.common.Causes;
import io.milvus.grpc.ClientInfo;
import io.milvus.grpc.ConnectRequest;
import io.milvus.grpc.ConnectResponse;
import io.milvus.grpc.GetVersionRequest;
import io.milvus.grpc.ListDatabasesRequest;
import io.milvus.grpc.ListDatabasesResponse;
import io.milvus.grpc.MilvusServiceGrpc;
import io.milvus.grpc.Status;
import io.milvus.shaded.io.grpc.ManagedChannel;
import io.milvus.v2.client.MilvusClientV2;
import java.time.Duration;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * The first requests on a fresh channel: {@code Connect}, and in the same round trip one that
 * checks what {@code Connect} does not.
 *
 * <p>A full Milvus checks the credentials of every request, and {@code Connect} fails if its
 * database does not exist. Milvus Lite does neither, and gives the connection no identifier. So the
 * databases are listed as well. Only on Lite is one missing that is not on the list, because since
 * 2.4 Milvus lists those of the user's grants. A user who may not list them connects anyway: the
 * first call says what is missing.
 */
final class Handshake {
  /**
   * The result of a successful handshake.
   *
   * @param identifier the connection's name in the server's logs, sent with each request
   * @param serverVersion what the server reported, may be empty
   */
  record Result(String identifier, String serverVersion) {}

  /** The server answered with a rejection. */
  static final class Rejected extends RuntimeException {
    private static final long serialVersionUID = 1L;

    final boolean databaseMissing;

    Rejected(String reason, boolean databaseMissing) {
      super(reason);
      this.databaseMissing = databaseMissing;
    }
  }

  private Handshake() {}

  /**
   * Starts it; cancelling the future ends it.
   *
   * @param username for the server's access log, as is this host's name
   * @param database to be checked, or null for none
   */
  static CompletableFuture<Result> start(
      ManagedChannel channel,
      @Nullable String authorization,
      String username,
      String host,
      @Nullable String database,
      Duration timeout) {
    CompletableFuture<ConnectResponse> connect =
        UnaryRpc.start(
            channel,
            MilvusServiceGrpc.getConnectMethod(),
            ConnectRequest.newBuilder().setClientInfo(clientInfo(username, host)).build(),
            RequestHeaders.of(authorization, database, null),
            timeout);
    CompletableFuture<Boolean> listed = check(channel, authorization, database, timeout);
    CompletableFuture<Result> result = new CompletableFuture<>();
    for (CompletableFuture<?> each : List.of(connect, listed)) {
      each.whenComplete(
          (done, failure) -> {
            if (failure != null) { // the other one need not be waited for
              result.completeExceptionally(Causes.unwrap(failure));
            } else if (connect.isDone() && listed.isDone() && !result.isDone()) {
              complete(result, connect.join(), listed.join());
            }
          });
    }
    result.whenComplete(
        (done, failure) -> {
          if (failure != null) {
            connect.cancel(false);
            listed.cancel(false);
          }
        });
    return result;
  }

  /** Whether the database is on the server's list, or this is unknown. */
  private static CompletableFuture<Boolean> check(
      ManagedChannel channel,
      @Nullable String authorization,
      @Nullable String database,
      Duration timeout) {
    if (database != null) {
      return UnaryRpc.start(
              channel,
              MilvusServiceGrpc.getListDatabasesMethod(),
              ListDatabasesRequest.getDefaultInstance(),
              RequestHeaders.of(authorization, null, null),
              timeout)
          .handle((answer, failure) -> isListed(answer, failure, database));
    }
    if (authorization != null) {
      return UnaryRpc.start(
              channel,
              MilvusServiceGrpc.getGetVersionMethod(),
              GetVersionRequest.getDefaultInstance(),
              RequestHeaders.of(authorization, null, null),
              timeout)
          .handle((answer, failure) -> failure == null || isNotAllowed(failure));
    }
    return CompletableFuture.completedFuture(true);
  }

  private static boolean isListed(
      @Nullable ListDatabasesResponse answer, @Nullable Throwable failure, String database) {
    if (failure != null) {
      return isNotAllowed(failure);
    }
    return answer == null
        || !MilvusStatus.isSuccess(answer.getStatus())
        || answer.getDbNamesList().contains(database);
  }

  /** Whether the user is known but may not ask this; other failures are thrown. */
  private static boolean isNotAllowed(Throwable failure) {
    if (RpcStatus.isPermissionDenied(failure)) {
      return true;
    }
    throw Causes.unchecked(failure);
  }

  private static void complete(
      CompletableFuture<Result> result, ConnectResponse answer, boolean listed) {
    Status status = answer.getStatus();
    if (!MilvusStatus.isSuccess(status)) {
      result.completeExceptionally(
          new Rejected(status.getReason(), MilvusStatus.isDatabaseMissing(status)));
    } else if (!listed && !MilvusStatus.hasCheckedDatabase(answer)) {
      result.completeExceptionally(new Rejected("not on the server's list of databases", true));
    } else {
      result.complete(
          new Result(
              Long.toString(answer.getIdentifier()),
              answer.getServerInfo().getBuildTags().intern())); // the same for most clients
    }
  }

  /** As the SDK sends it. */
  private static ClientInfo clientInfo(String username, String host) {
    String version = MilvusClientV2.class.getPackage().getImplementationVersion();
    return ClientInfo.newBuilder()
        .setSdkType("Java")
        .setSdkVersion(version == null ? "" : version)
        .setUser(username)
        .setHost(host)
        .setLocalTime(LocalDateTime.now(ZoneId.systemDefault()).toString())
        .build();
  }
}
