package dev.milvuspool.scripted;

import io.milvus.shaded.io.grpc.Metadata;
import io.milvus.shaded.io.grpc.Status;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/**
 * The credentials that calls have to bring, if any; refusals are worded as the proxy words them.
 */
final class RequiredCredentials {
  private static final Metadata.Key<String> AUTHORIZATION =
      Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);

  private volatile @Nullable String expected;
  private volatile boolean openConnect;

  /** Requires {@code user:password} or a token; null requires nothing. */
  void require(@Nullable String credentials) {
    expected =
        credentials == null
            ? null
            : Base64.getEncoder().encodeToString(credentials.getBytes(StandardCharsets.UTF_8));
  }

  /** Whether the Connect call is let in without. */
  void openConnect(boolean open) {
    openConnect = open;
  }

  /** Why the call is refused, or null. */
  @Nullable Status check(String method, Metadata headers) {
    String wanted = expected;
    if (wanted == null || openConnect && method.equals("Connect")) {
      return null;
    }
    String brought = headers.get(AUTHORIZATION);
    if (brought == null) {
      return Status.UNAUTHENTICATED.withDescription("missing authorization in header");
    }
    return brought.equals(wanted)
        ? null
        : Status.UNAUTHENTICATED.withDescription(
            "auth check failure, please check username and password are correct");
  }
}
