package dev.milvuspool;

import org.jspecify.annotations.Nullable;

/** The name is taken, or a client of that name is being created at the moment. */
public final class ClientAlreadyExistsException extends MilvusPoolException {
  private static final long serialVersionUID = 1L;

  /**
   * Makes an exception: "client main already exists".
   *
   * @param clientName the name that is taken
   */
  public ClientAlreadyExistsException(String clientName) {
    super("client " + clientName + " already exists", clientName, null, null);
  }

  @Override
  MilvusPoolException withCause(@Nullable Throwable cause) {
    return new ClientAlreadyExistsException(String.valueOf(clientName()));
  }
}
