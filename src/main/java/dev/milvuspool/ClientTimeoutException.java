package dev.milvuspool;

import org.jspecify.annotations.Nullable;

/**
 * The deadline of the operation passed. Whether a write was carried out is then unknown: ask the
 * server before it is sent again.
 */
public final class ClientTimeoutException extends MilvusPoolException {
  private static final long serialVersionUID = 1L;

  ClientTimeoutException(
      String message, String clientName, @Nullable String address, @Nullable Throwable cause) {
    super(message, clientName, address, cause);
  }
}
