package dev.milvuspool;

import org.jspecify.annotations.Nullable;

/** The pool was closed, before or during the operation. */
public final class PoolClosedException extends MilvusPoolException {
  private static final long serialVersionUID = 1L;

  /**
   * Makes an exception: "the pool is closed".
   *
   * @param clientName the client of the operation, or null if it is not about one client
   */
  public PoolClosedException(@Nullable String clientName) {
    super(
        clientName == null
            ? "the pool is closed"
            : "the pool is closed; client " + clientName + " can no longer be used or added",
        clientName,
        null,
        null);
  }

  @Override
  MilvusPoolException withCause(@Nullable Throwable cause) {
    return new PoolClosedException(clientName());
  }
}
