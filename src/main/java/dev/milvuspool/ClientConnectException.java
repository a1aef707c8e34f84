package dev.milvuspool;

import org.jspecify.annotations.Nullable;

/** A dial failed. {@link #reason()} says at which step, the cause says how. */
public final class ClientConnectException extends MilvusPoolException {
  private static final long serialVersionUID = 1L;

  /** The step of a dial that failed. */
  public enum Reason {
    /** The host name could not be resolved. */
    DNS,
    /** The host answered that nothing listens there, or it cannot be reached. */
    REFUSED,
    /** The connect timeout passed without an answer. */
    TIMEOUT,
    /** The TLS handshake failed, or only one side speaks TLS. */
    TLS,
    /** The server rejected the credentials, or asks for some. */
    AUTHENTICATION,
    /** The server has no such database. */
    DATABASE_NOT_FOUND,
    /** The server, or what listens there, answered with another error. */
    SERVER
  }

  /** The step that failed. */
  private final Reason reason;

  ClientConnectException(
      Reason reason, String message, String clientName, String address, @Nullable Throwable cause) {
    super(message, clientName, address, cause);
    this.reason = reason;
  }

  /**
   * The step that failed.
   *
   * @return the reason
   */
  public Reason reason() {
    return reason;
  }
}
