package dev.milvuspool;

import org.jspecify.annotations.Nullable;

/** Connecting failed. {@link #reason()} says at which step, the cause says why. */
public final class ClientConnectException extends MilvusPoolException {
  private static final long serialVersionUID = 1L;

  /** The step of connecting that failed. */
  public enum Reason {
    /** The host name could not be resolved. */
    DNS,
    /** Nothing listens at the address, or its host cannot be reached. */
    REFUSED,
    /** The connect timeout passed without an answer. */
    TIMEOUT,
    /** The TLS handshake failed, or only one side speaks TLS. */
    TLS,
    /** The server rejected the credentials or requires some, or their supplier failed. */
    AUTHENTICATION,
    /** The server has no such database. */
    DATABASE_NOT_FOUND,
    /** The server, or what listens there, answered with another error or closed the connection. */
    SERVER
  }

  /** The step that failed. */
  private final Reason reason;

  /**
   * Makes an exception.
   *
   * @param reason the step that failed
   * @param message what was tried, how long it took, and what to do
   * @param clientName the client's name
   * @param address the address that was tried, as {@code host:port}
   * @param cause why, or null
   */
  public ClientConnectException(
      Reason reason, String message, String clientName, String address, @Nullable Throwable cause) {
    super(message, clientName, address, cause);
    this.reason = reason;
  }

  /** {@return the step that failed} */
  public Reason reason() {
    return reason;
  }

  @Override
  MilvusPoolException withCause(@Nullable Throwable cause) {
    return new ClientConnectException(
        reason, message(), String.valueOf(clientName()), String.valueOf(address()), cause);
  }
}
