package dev.milvuspool;

import org.jspecify.annotations.Nullable;

/**
 * The client was closed, or removed from its pool, before or during the call. A write that was in
 * flight when its drain time ended may have been carried out.
 */
public final class ClientClosedException extends MilvusPoolException {
  private static final long serialVersionUID = 1L;

  /**
   * Makes an exception: "client main is closed".
   *
   * @param clientName the client's name
   * @param address the address that it used, as {@code host:port}, or null
   * @param cause what ended the call, or null
   */
  public ClientClosedException(
      String clientName, @Nullable String address, @Nullable Throwable cause) {
    super("client " + clientName + " is closed", clientName, address, cause);
  }

  @Override
  MilvusPoolException withCause(@Nullable Throwable cause) {
    return new ClientClosedException(String.valueOf(clientName()), address(), cause);
  }
}
