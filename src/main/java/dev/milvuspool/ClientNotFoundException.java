package dev.milvuspool;

/**
 * The pool has no ready client of that name. {@link MilvusPool#add} or {@code mustGet} makes one.
 */
public final class ClientNotFoundException extends MilvusPoolException {
  private static final long serialVersionUID = 1L;

  ClientNotFoundException(String clientName) {
    super("client " + clientName + " not found", clientName, null, null);
  }
}
