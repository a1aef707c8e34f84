package dev.milvuspool.internal.common;

import dev.milvuspool.ClientClosedException;
import dev.milvuspool.ClientConnectException;
import dev.milvuspool.ClientConnectException.Reason;
import dev.milvuspool.ClientTimeoutException;
import dev.milvuspool.ClientUnavailableException;
import dev.milvuspool.MilvusPoolException;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Makes the library's exceptions. Every message says which client, which address, what was tried,
 * how long it took and what to do, and holds no secret. All texts stand here, so that they read
 * alike and docs/troubleshooting.md can be checked against them.
 */
public final class Errors {
  private static final String ASK_FIRST =
      "; the server may have carried it out; check this before you send it again";

  private Errors() {}

  // ---- calls

  /** The client, or its pool, is closed. */
  public static ClientClosedException closed(
      String client, String address, @Nullable Throwable cause) {
    return new ClientClosedException(client, address, cause);
  }

  /** A call of a client that is DOWN. */
  public static ClientUnavailableException down(
      String client,
      String address,
      String operation,
      Instant since,
      boolean sent,
      boolean outcomeUnknown,
      @Nullable MilvusPoolException lastError) {
    String message =
        "client %s has been DOWN since %s: %s at %s".formatted(client, since, operation, address)
            + (sent ? " cannot go on" : " was not sent")
            + (outcomeUnknown ? ASK_FIRST : "; send it again later")
            + "; the client reconnects automatically; "
            + latest(lastError);
    return new ClientUnavailableException(message, client, address, outcomeUnknown, lastError);
  }

  /** A call that waited for a connection until its deadline. */
  public static ClientTimeoutException noConnection(
      String client,
      String address,
      String operation,
      Duration elapsed,
      Duration deadline,
      boolean sent,
      boolean outcomeUnknown,
      @Nullable MilvusPoolException lastError) {
    String message =
        call(client, operation, address)
            + (sent ? " could not go on" : " was not sent")
            + ": no connection within %d ms (deadline %d ms)"
                .formatted(elapsed.toMillis(), Durations.millis(deadline))
            + (outcomeUnknown ? ASK_FIRST : "")
            + "; the client connects automatically; "
            + latest(lastError);
    return new ClientTimeoutException(message, client, address, lastError);
  }

  private static String call(String client, String operation, String address) {
    return "client " + client + ": " + operation + " at " + address;
  }

  private static String latest(@Nullable MilvusPoolException lastError) {
    return lastError == null
        ? "no attempt to connect has failed yet"
        : "the latest error: " + lastError.getMessage();
  }

  /** An RPC whose connection was lost under it, or which a hop on the way failed. */
  public static ClientUnavailableException lost(
      String client,
      String address,
      String operation,
      Duration elapsed,
      Lost how,
      boolean outcomeUnknown,
      @Nullable Throwable cause) {
    String message =
        call(client, operation, address)
            + " failed after %d ms: ".formatted(elapsed.toMillis())
            + how.text
            + (outcomeUnknown ? ASK_FIRST : "")
            + how.outlook;
    return new ClientUnavailableException(message, client, address, outcomeUnknown, cause);
  }

  /** How an RPC was lost. */
  public enum Lost {
    /** Its transport ended. */
    CONNECTION("the connection was lost", "; the client reconnects automatically"),
    /** The transport is sound, something between here and the server failed it. */
    HOP(
        "the server, or a proxy before it, is unavailable",
        "; the connection is kept and checked; see the logs of the proxies and the server"),
    /** Its connection was replaced, and the drain time is over. */
    DRAINED(
        "its connection was replaced, and the drain time is over",
        "; raise it with withDrainTimeout");

    private final String text;
    private final String outlook;

    Lost(String text, String outlook) {
      this.text = text;
      this.outlook = outlook;
    }
  }

  /** A call whose deadline passed, or that of a server or proxy, which may be shorter. */
  public static ClientTimeoutException timedOut(
      String client,
      String address,
      String operation,
      Duration elapsed,
      Duration deadline,
      boolean sent,
      boolean outcomeUnknown,
      @Nullable Throwable cause) {
    String remedy;
    if (elapsed.compareTo(deadline) < 0) {
      remedy = "; the server, or a proxy before it, has a shorter limit";
    } else if (sent) {
      remedy =
          "; check the server's load, or raise withDeadline (withAdminDeadline for create, drop,"
              + " load, index and flush)";
    } else {
      remedy = "; nothing was sent: the time passed before";
    }
    String message =
        call(client, operation, address)
            + " timed out after %d ms (deadline %d ms)"
                .formatted(elapsed.toMillis(), Durations.millis(deadline))
            + (outcomeUnknown ? ASK_FIRST : remedy);
    return new ClientTimeoutException(message, client, address, cause);
  }

  /** The thread was interrupted. */
  public static MilvusPoolException interrupted(
      String client, String operation, boolean outcomeUnknown, @Nullable Throwable cause) {
    String message =
        "client "
            + client
            + ": the thread was interrupted during "
            + operation
            + (outcomeUnknown ? ASK_FIRST : "");
    return new MilvusPoolException(message, client, null, cause);
  }

  /** A supplier of the user's threw, or returned null. */
  public static MilvusPoolException supplierFailed(
      String client, String option, Object supplier, @Nullable Throwable cause) {
    String what =
        cause == null
            ? "returned null"
            : "threw " + cause.getClass().getName(); // its message may hold a secret
    return ofSupplier(client, option, supplier, what, cause);
  }

  /** A supplier of the user's is still running when its answer is no longer of use. */
  public static MilvusPoolException supplierLate(String client, String option, Object supplier) {
    return ofSupplier(
        client, option, supplier, "has not returned in time; it must not block", null);
  }

  /** A supplier of the user's was given up, or is no longer called. */
  public static MilvusPoolException supplierHangs(
      String client, String option, Object supplier, Throwable cause) {
    return ofSupplier(client, option, supplier, "hangs: " + cause.getMessage(), cause);
  }

  private static MilvusPoolException ofSupplier(
      String client, String option, Object supplier, String what, @Nullable Throwable cause) {
    String message =
        "client %s: the supplier of %s, %s, %s; the request was not sent"
            .formatted(client, option, supplier.getClass().getName(), what);
    return new MilvusPoolException(message, client, null, cause);
  }

  /** The pool or the client was closed, but a connection failed to close. */
  public static MilvusPoolException closingFailed(
      String client, String address, @Nullable Throwable cause) {
    String message =
        "client "
            + client
            + ": closing a connection failed, its socket may stay open: "
            + (cause == null ? "no cause given" : cause.getMessage());
    return new MilvusPoolException(message, client, address, cause);
  }

  // ---- why a client is down

  /** The server does not answer on a connection that is open. */
  public static ClientUnavailableException silent(String client, String address, Duration silence) {
    String message =
        "client %s: the server at %s has answered neither calls nor a probe for %d ms"
                .formatted(client, address, silence.toMillis())
            + ", nor a fresh connection; the client reconnects automatically; check the server's"
            + " load, and whether it is frozen";
    return new ClientUnavailableException(message, client, address, false, null);
  }

  /** The last connection ended, and connecting again failed. */
  public static ClientUnavailableException connectionLost(
      String client, String address, MilvusPoolException dial) {
    String message =
        "client %s: the connection to %s was lost, and connecting again failed"
                .formatted(client, address)
            + "; the client reconnects automatically; "
            + latest(dial);
    return new ClientUnavailableException(message, client, address, false, dial);
  }

  /** The last connection ended, and connecting again got no answer. */
  public static ClientUnavailableException notReplaced(
      String client, String address, Duration silence) {
    String message =
        "client %s: the connection to %s was lost, and connecting again got no answer for %d ms"
                .formatted(client, address, silence.toMillis())
            + "; the client reconnects automatically; check the server and the network";
    return new ClientUnavailableException(message, client, address, false, null);
  }

  // ---- probes

  /** A probe without an answer in time. */
  public static ClientTimeoutException probeUnanswered(
      String client, String address, Duration timeout, @Nullable Throwable cause) {
    String message =
        "client %s: the probe at %s was not answered within %d ms"
                .formatted(client, address, Durations.millis(timeout))
            + "; check the server's load, or use a longer timeout";
    return new ClientTimeoutException(message, client, address, cause);
  }

  /** A probe that failed. */
  public static ClientUnavailableException probeFailed(
      String client, String address, Duration elapsed, @Nullable Throwable cause) {
    String message =
        "client %s: the probe at %s failed after %d ms"
                .formatted(client, address, elapsed.toMillis())
            + ": the server is unavailable; the client reconnects automatically";
    return new ClientUnavailableException(message, client, address, false, cause);
  }

  /** A probe whose credentials the server rejected: it lives, but calls cannot succeed. */
  public static ClientConnectException probeRejected(
      String client, String address, @Nullable Throwable cause) {
    String message =
        "client %s: the probe at %s was rejected".formatted(client, address)
            + ": the server no longer accepts the credentials; give new ones"
            + " with replace, or use withCredentials";
    return new ClientConnectException(Reason.AUTHENTICATION, message, client, address, cause);
  }

  // ---- connecting

  /** A dial that failed. */
  public static ClientConnectException cannotConnect(
      Reason reason,
      String client,
      String address,
      Duration elapsed,
      String why,
      @Nullable Throwable cause) {
    String message =
        "client %s: cannot connect to %s after %d ms: "
                .formatted(client, address, elapsed.toMillis())
            + why;
    return new ClientConnectException(reason, message, client, address, cause);
  }

  /** The database asked for with useDatabase is not there. */
  public static ClientConnectException databaseNotFound(
      String client, String address, String database) {
    String message =
        call(client, "useDatabase", address)
            + ": database "
            + database
            + " not found on the server; create it first; the client still uses the previous one";
    return new ClientConnectException(Reason.DATABASE_NOT_FOUND, message, client, address, null);
  }

  /** Connecting failed because of something unexpected. */
  public static MilvusPoolException dialFailed(String client, String address, Throwable cause) {
    String message = "client " + client + ": connecting to " + address + " failed: " + cause;
    return new MilvusPoolException(message, client, address, cause);
  }

  /** {@link Reason#DNS}. */
  public static String whyUnresolved(String host, String detail) {
    return "the host " + host + " cannot be resolved (" + detail + "); check its name and the DNS";
  }

  /** {@link Reason#REFUSED}. */
  public static String whyRefused() {
    return "nothing listens there (connection refused, or host unreachable); check host and port,"
        + " and that Milvus runs";
  }

  /** {@link Reason#TIMEOUT}. */
  public static String whySilent(Duration connectTimeout) {
    return "no answer; check firewalls and the server's load, or raise withConnectTimeout (now "
        + Durations.millis(connectTimeout)
        + " ms)";
  }

  /** {@link Reason#TLS}, on a client that speaks TLS. */
  public static String whyTlsFailed(String detail) {
    return "the TLS handshake failed ("
        + detail
        + "); check that the server speaks TLS, the CA file, the server name and the client"
        + " certificate";
  }

  /** {@link Reason#TLS}, on a client that speaks plaintext. */
  public static String whyPlaintextRefused() {
    return "the server does not speak plaintext HTTP/2; use withTls or an https:// address, or wait if"
        + " it is a proxy whose Milvus is still starting";
  }

  /** {@link Reason#AUTHENTICATION}, without credentials. */
  public static String whyCredentialsMissing() {
    return "the server requires credentials; use withAuth, withApiKey or withCredentials";
  }

  /** {@link Reason#AUTHENTICATION}, with credentials. */
  public static String whyCredentialsRejected(String credentials) {
    return "the server rejected the credentials ("
        + credentials
        + "); correct them; for a client that is already in the pool, use replace";
  }

  /** {@link Reason#AUTHENTICATION}, of a user whom the server knows. */
  public static String whyNotPermitted(String detail) {
    return "the user lacks a privilege ("
        + detail
        + "); the credentials are right; grant it, or check the rules of the proxies on the way";
  }

  /** {@link Reason#AUTHENTICATION}, because the supplier failed. */
  public static String whyCredentialsUnknown(MilvusPoolException failure) {
    return "there are no credentials: " + failure.getMessage();
  }

  /** {@link Reason#SERVER}, though no server was asked. */
  public static String whyOtherSdk(Throwable failure) {
    return "the io.milvus:milvus-sdk-java on the class path is not the version that this library was"
        + " built with ("
        + failure
        + "); another dependency may have brought it";
  }

  /** {@link Reason#DATABASE_NOT_FOUND}. */
  public static String whyDatabaseNotFound(String database) {
    return "database "
        + database
        + " not found on the server; create it first, or correct withDatabase";
  }

  /** {@link Reason#SERVER}, if something else than gRPC listens. */
  public static String whyOtherProtocol(String detail) {
    return "what listens there does not speak gRPC ("
        + detail
        + "); check host and port: Milvus's ports for metrics and its web UI do not speak gRPC";
  }

  /** {@link Reason#SERVER}, if the JVM's HTTP proxy refuses. */
  public static String whyNoTunnel(String detail) {
    return "the JVM's HTTP proxy did not connect ("
        + detail
        + "); exempt the server with -Dhttp.nonProxyHosts, or check the proxy's rules";
  }

  /** {@link Reason#SERVER}, though no server was asked. */
  public static String whyNoDescriptors() {
    return "this process has too many open files; raise its limit (ulimit -n), or look for a leak";
  }

  /** {@link Reason#SERVER}, if something has only accepted the connection. */
  public static String whyClosed(String detail) {
    return "the connection was closed without an answer ("
        + detail
        + "); check that Milvus is ready, also behind a proxy, a load balancer or a mapped port";
  }

  /** {@link Reason#SERVER}. */
  public static String whyServerError(String detail) {
    return "the server answered with an error: "
        + detail
        + "; check that it is a Milvus, and see its log";
  }
}
