package dev.milvuspool;

import dev.milvuspool.ClientConnectException.Reason;
import io.milvus.shaded.io.grpc.Status;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.nio.channels.UnresolvedAddressException;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/** Finds out at which step a dial failed, and says what to do about it. */
final class ConnectFailure {
  /** What gRPC says, in lower case, of an answer that is not HTTP/2; its first bytes follow. */
  private static final String NOT_HTTP_2 =
      "first received frame was not settings. hex dump for first 5 bytes: ";

  /** How a TLS record begins that refuses what it was sent. */
  private static final String TLS_ALERT = "1503";

  private ConnectFailure() {}

  static ClientConnectException of(
      Connector.Target target, Address address, Duration elapsed, Throwable failure) {
    Throwable cause = Failures.unwrap(failure);
    return of(reason(cause), target, address, elapsed, cause);
  }

  static ClientConnectException of(
      Reason reason,
      Connector.Target target,
      Address address,
      Duration elapsed,
      @Nullable Throwable cause) {
    String message =
        "client "
            + target.client()
            + ": cannot connect to "
            + address
            + " after "
            + elapsed.toMillis()
            + " ms: "
            + what(reason, target, address, cause);
    return new ClientConnectException(reason, message, target.client(), address.toString(), cause);
  }

  static Reason reason(Throwable failure) {
    Reason byType = reasonByType(failure);
    if (byType != null) {
      return byType;
    }
    Status status = Failures.status(failure);
    if (status != null) {
      switch (status.getCode()) {
        case UNAUTHENTICATED, PERMISSION_DENIED -> {
          return Reason.AUTHENTICATION;
        }
        case DEADLINE_EXCEEDED, CANCELLED -> {
          return Reason.TIMEOUT;
        }
        default -> {}
      }
    }
    String text = texts(failure);
    if (text.contains("database") && (text.contains("not exist") || text.contains("not found"))) {
      return Reason.DATABASE_NOT_FOUND;
    }
    if (text.contains("auth") || text.contains("password")) {
      return Reason.AUTHENTICATION;
    }
    // HTTP/2 sees TLS records, or the end of a connection that the other side took for one of TLS.
    if (text.contains(NOT_HTTP_2 + TLS_ALERT) || text.contains("not an ssl/tls")) {
      return Reason.TLS;
    }
    return Reason.SERVER;
  }

  /** Whether what listens there answered in another protocol, as a web server does. */
  static boolean isOtherProtocol(Throwable failure) {
    return texts(failure).contains(NOT_HTTP_2);
  }

  /**
   * What a server that speaks TLS does to plaintext is to close the connection without a word.
   * Something listens, so that is the likeliest reason by far.
   */
  static Throwable ofPlaintext(ClientOptions options, Throwable failure) {
    return options.tls().isEmpty() && texts(failure).contains("network closed for unknown reason")
        ? new SSLException("the server closed the plaintext connection at once", failure)
        : failure;
  }

  private static @Nullable Reason reasonByType(Throwable failure) {
    for (Throwable cause : Failures.causes(failure)) {
      if (cause instanceof UnknownHostException || cause instanceof UnresolvedAddressException) {
        return Reason.DNS;
      }
      if (cause instanceof SSLException) {
        return Reason.TLS;
      }
      if (cause instanceof SocketTimeoutException || cause instanceof TimeoutException) {
        return Reason.TIMEOUT;
      }
      if (cause instanceof ConnectException || cause instanceof NoRouteToHostException) {
        return String.valueOf(cause.getMessage()).toLowerCase(Locale.ROOT).contains("timed out")
            ? Reason.TIMEOUT
            : Reason.REFUSED;
      }
    }
    return null;
  }

  private static String texts(Throwable failure) {
    StringBuilder texts = new StringBuilder();
    for (Throwable cause : Failures.causes(failure)) {
      texts.append(cause.getMessage()).append('\n');
    }
    return texts.toString().toLowerCase(Locale.ROOT);
  }

  private static String what(
      Reason reason, Connector.Target target, Address address, @Nullable Throwable cause) {
    ClientOptions options = target.options();
    return switch (reason) {
      case DNS -> "the host " + address.host() + " cannot be resolved; check its name and the DNS";
      case REFUSED ->
          "nothing listens there (connection refused, or host unreachable); check host and port,"
              + " and that Milvus runs";
      case TIMEOUT ->
          "no answer; check firewalls and the server's load, or raise withConnectTimeout (now "
              + Nanos.toMillis(options.connectTimeout())
              + " ms)";
      case TLS ->
          options.tls().isPresent()
              ? "the TLS handshake failed ("
                  + innermost(cause)
                  + "); check that the server speaks TLS, the CA file, the server name and the"
                  + " client certificate"
              : "the server does not speak plaintext HTTP/2; use withTls or an https:// address";
      case AUTHENTICATION ->
          options.credentials().isNone()
              ? "the server asks for credentials; use withAuth or withApiKey"
              : "the server rejected the credentials ("
                  + options.credentials()
                  + "); check them, and give new ones with replace";
      case DATABASE_NOT_FOUND ->
          "database "
              + target.database()
              + " not found on the server; create it first, or correct withDatabase";
      case SERVER ->
          cause != null && isOtherProtocol(cause)
              ? "what listens there does not speak gRPC ("
                  + innermost(cause)
                  + "); check host and port, which is not that of Milvus's metrics or web server"
              : "the server answered with an error: "
                  + innermost(cause)
                  + "; check that it is a Milvus, and its log";
    };
  }

  private static String innermost(@Nullable Throwable failure) {
    if (failure == null) {
      return "no cause given";
    }
    Throwable cause = failure;
    for (int depth = 0; cause.getCause() != null && depth < 10; depth++) {
      cause = cause.getCause();
    }
    return String.valueOf(cause.getMessage());
  }
}
