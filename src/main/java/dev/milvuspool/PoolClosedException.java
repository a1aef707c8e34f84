package dev.milvuspool;

import org.jspecify.annotations.Nullable;

/** The pool was closed, before the operation or under it. */
public final class PoolClosedException extends MilvusPoolException {
  private static final long serialVersionUID = 1L;

  PoolClosedException(@Nullable String clientName) {
    super(
        clientName == null
            ? "the pool is closed"
            : "the pool is closed; client " + clientName + " can no longer be used or added",
        clientName,
        null,
        null);
  }
}
