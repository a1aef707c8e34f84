package dev.milvuspool;

import org.jspecify.annotations.Nullable;

/**
 * The pool has no ready client of that name. {@link MilvusPool#add} or {@code mustGet} makes one.
 */
public final class ClientNotFoundException extends MilvusPoolException {
  private static final long serialVersionUID = 1L;

  /**
   * Makes an exception: "client main not found".
   *
   * @param clientName the name without a client
   */
  public ClientNotFoundException(String clientName) {
    super("client " + clientName + " not found", clientName, null, null);
  }

  @Override
  MilvusPoolException withCause(@Nullable Throwable cause) {
    return new ClientNotFoundException(String.valueOf(clientName()));
  }
}
