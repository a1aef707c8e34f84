package dev.milvuspool;

import org.jspecify.annotations.Nullable;

/**
 * The deadline of the operation passed. Whether a write was carried out is then unknown: ask the
 * server before you send it again.
 */
public final class ClientTimeoutException extends MilvusPoolException {
  private static final long serialVersionUID = 1L;

  /**
   * Makes an exception.
   *
   * @param message what was tried and how long it took
   * @param clientName the client's name
   * @param address the address that it used, as {@code host:port}, or null
   * @param cause what ended the call, or null
   */
  public ClientTimeoutException(
      String message, String clientName, @Nullable String address, @Nullable Throwable cause) {
    super(message, clientName, address, cause);
  }

  @Override
  MilvusPoolException withCause(@Nullable Throwable cause) {
    return new ClientTimeoutException(message(), String.valueOf(clientName()), address(), cause);
  }
}
