package dev.milvuspool;

/** The name is taken, or a client of that name is just being created. */
public final class ClientAlreadyExistsException extends MilvusPoolException {
  private static final long serialVersionUID = 1L;

  ClientAlreadyExistsException(String clientName) {
    super("client " + clientName + " already exists", clientName, null, null);
  }
}
