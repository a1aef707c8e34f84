package dev.milvuspool;

import org.jspecify.annotations.Nullable;

/**
 * The root of what this library throws of its own; unchecked. What the server says about a request
 * passes through as the SDK's {@code MilvusClientException}, and a bad argument is an {@link
 * IllegalArgumentException}.
 */
public class MilvusPoolException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** The name of the client that failed, or null. */
  private final @Nullable String clientName;

  /** The address that was spoken to, or null. */
  private final @Nullable String address;

  MilvusPoolException(
      String message,
      @Nullable String clientName,
      @Nullable String address,
      @Nullable Throwable cause) {
    super(message, cause);
    this.clientName = clientName;
    this.address = address;
  }

  /**
   * The name of the client that failed.
   *
   * @return the name, or null where no one client is meant
   */
  public @Nullable String clientName() {
    return clientName;
  }

  /**
   * The address that was spoken to, as {@code host:port}.
   *
   * @return the address, or null where none was involved
   */
  public @Nullable String address() {
    return address;
  }
}
