package dev.milvuspool;

import org.jspecify.annotations.Nullable;

/** The client was closed or removed from its pool, before the call or under it. */
public final class ClientClosedException extends MilvusPoolException {
  private static final long serialVersionUID = 1L;

  ClientClosedException(String clientName, @Nullable String address, @Nullable Throwable cause) {
    super("client " + clientName + " is closed", clientName, address, cause);
  }
}
