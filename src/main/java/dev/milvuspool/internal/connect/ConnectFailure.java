package dev.milvuspool.internal.connect;

import dev.milvuspool.ClientConnectException.Reason;
import dev.milvuspool.ClientOptions;
import dev.milvuspool.MilvusPoolException;
import dev.milvuspool.internal.common.Causes;
import dev.milvuspool.internal.common.Errors;
import dev.milvuspool.internal.config.Address;
import dev.milvuspool.internal.config.CredentialsSource;
import dev.milvuspool.internal.config.OptionAccess;
import io.milvus.shaded.io.grpc.Status;
import io.milvus.shaded.io.grpc.netty.shaded.io.netty.handler.proxy.ProxyConnectException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.UnknownHostException;
import java.nio.channels.UnresolvedAddressException;
import java.security.cert.CertificateException;
import java.util.Locale;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/** Why one attempt to connect failed: at which step, and what to do about it. */
record ConnectFailure(String endpoint, Reason reason, String why, Throwable cause) {
  /** gRPC's text, in lower case, for an answer that is not HTTP/2. */
  private static final String NOT_HTTP_2 = "first received frame was not settings";

  /** How a TLS alert starts, right after that text: the server rejects what it was sent. */
  private static final String TLS_ALERT = "first 5 bytes: 1503";

  /** At an endpoint, whose IP is null where the look-up of its name has failed. */
  static ConnectFailure of(
      Endpoint endpoint, ClientOptions options, @Nullable String database, Throwable failure) {
    Throwable cause = Causes.unwrap(failure);
    Reason reason = reason(cause, options);
    return new ConnectFailure(
        endpoint.toString(),
        reason,
        why(reason, cause, endpoint.address(), options, database),
        cause);
  }

  /** Whether no other address is tried: the server has answered, and would answer the same. */
  boolean isFinal() {
    return reason == Reason.AUTHENTICATION || reason == Reason.DATABASE_NOT_FOUND;
  }

  static Reason reason(Throwable failure, ClientOptions options) {
    if (failure instanceof MilvusPoolException) {
      return Reason.AUTHENTICATION; // the supplier of credentials failed
    }
    if (failure instanceof Handshake.Rejected rejected) {
      return rejected.databaseMissing ? Reason.DATABASE_NOT_FOUND : ofText(rejected);
    }
    Reason byType = reasonByType(failure);
    if (byType != null) {
      return byType;
    }
    Status status = RpcStatus.of(failure);
    Status.Code code = status == null ? Status.Code.UNKNOWN : status.getCode();
    if (code == Status.Code.UNAUTHENTICATED || code == Status.Code.PERMISSION_DENIED) {
      return Reason.AUTHENTICATION;
    }
    if (code == Status.Code.DEADLINE_EXCEEDED) {
      return Reason.TIMEOUT;
    }
    String text = texts(failure);
    // HTTP/2 sees TLS records, or the end of a connection that the other side took for one of TLS.
    if (text.contains(TLS_ALERT)
        || text.contains("not an ssl/tls")
        || (options.tls().isEmpty() && text.contains("network closed for unknown reason"))) {
      return Reason.TLS;
    }
    return Reason.SERVER;
  }

  /** From Milvus's own status, which has no code for this before 2.3; others may be a hop's. */
  private static Reason ofText(Handshake.Rejected rejected) {
    String text = texts(rejected);
    return text.contains("auth check") || text.contains("password")
        ? Reason.AUTHENTICATION
        : Reason.SERVER;
  }

  private static @Nullable Reason reasonByType(Throwable failure) {
    for (Throwable cause : Causes.of(failure)) {
      if (cause instanceof UnknownHostException || cause instanceof UnresolvedAddressException) {
        return Reason.DNS;
      }
      if (cause instanceof SSLException || cause instanceof CertificateException) {
        return Reason.TLS;
      }
      if (cause instanceof TimeoutException) {
        return Reason.TIMEOUT;
      }
      if (cause instanceof ProxyConnectException proxy) {
        return String.valueOf(proxy.getMessage()).contains("timeout")
            ? Reason.TIMEOUT
            : Reason.SERVER;
      }
      if (cause instanceof ConnectException || cause instanceof NoRouteToHostException) {
        return String.valueOf(cause.getMessage()).toLowerCase(Locale.ROOT).contains("timed out")
            ? Reason.TIMEOUT
            : Reason.REFUSED;
      }
    }
    return null;
  }

  private static String why(
      Reason reason,
      Throwable cause,
      Address address,
      ClientOptions options,
      @Nullable String database) {
    return switch (reason) {
      case DNS -> Errors.whyUnresolved(address.host(), innermost(cause));
      case REFUSED -> Errors.whyRefused();
      case TIMEOUT -> Errors.whySilent(options.connectTimeout());
      case TLS ->
          options.tls().isPresent()
              ? Errors.whyTlsFailed(innermost(cause))
              : Errors.whyPlaintextRefused();
      case AUTHENTICATION ->
          cause instanceof MilvusPoolException supplier
              ? Errors.whyCredentialsUnknown(supplier)
              : whyRejected(cause, options);
      case DATABASE_NOT_FOUND -> Errors.whyDatabaseNotFound(String.valueOf(database));
      case SERVER -> whyServer(cause);
    };
  }

  private static String whyServer(Throwable cause) {
    if (cause instanceof LinkageError) {
      return Errors.whyOtherSdk(cause);
    }
    if (Causes.find(cause, ProxyConnectException.class) != null) {
      return Errors.whyNoTunnel(innermost(cause));
    }
    String text = texts(cause);
    if (text.contains("too many open files")) {
      return Errors.whyNoDescriptors();
    }
    if (text.contains(NOT_HTTP_2)) {
      return Errors.whyOtherProtocol(innermost(cause));
    }
    return Causes.find(cause, IOException.class) != null
        ? Errors.whyClosed(innermost(cause))
        : Errors.whyServerError(innermost(cause));
  }

  private static String whyRejected(Throwable cause, ClientOptions options) {
    CredentialsSource credentials = OptionAccess.credentials(options);
    if (credentials == null) {
      return Errors.whyCredentialsMissing();
    }
    return RpcStatus.isPermissionDenied(cause)
        ? Errors.whyNotPermitted(innermost(cause))
        : Errors.whyCredentialsRejected(credentials.toString());
  }

  private static String texts(Throwable failure) {
    StringBuilder texts = new StringBuilder();
    for (Throwable cause : Causes.of(failure)) {
      texts.append(cause.getMessage()).append('\n');
    }
    return texts.toString().toLowerCase(Locale.ROOT);
  }

  private static String innermost(Throwable failure) {
    var causes = Causes.of(failure);
    return String.valueOf(causes.get(causes.size() - 1).getMessage());
  }
}
