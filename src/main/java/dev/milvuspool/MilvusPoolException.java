package dev.milvuspool;

import dev.milvuspool.internal.common.SerializableCause;
import org.jspecify.annotations.Nullable;

/**
 * The root of the exceptions of this library; unchecked. If the server rejects a request, the SDK's
 * {@code MilvusClientException} passes through. A bad argument is an {@link
 * IllegalArgumentException}.
 *
 * <p>It can always be serialised. A cause that cannot, such as gRPC's, is written as a text with
 * its class name, message, stack trace and causes.
 */
public class MilvusPoolException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** The name of the client that failed, or null. */
  private final @Nullable String clientName;

  /** The address that was used, or null. */
  private final @Nullable String address;

  /**
   * Makes an exception.
   *
   * @param message what failed, and what to do about it
   * @param clientName the name of the client that failed, or null if it is not about one client
   * @param address the address that was used, as {@code host:port}, or null if none was
   * @param cause why, or null
   */
  public MilvusPoolException(
      String message,
      @Nullable String clientName,
      @Nullable String address,
      @Nullable Throwable cause) {
    super(message, cause);
    this.clientName = clientName;
    this.address = address;
  }

  /** {@return the name of the client that failed, or null if it is not about one client} */
  public @Nullable String clientName() {
    return clientName;
  }

  /** {@return the address that was used, as {@code host:port}, or null if none was} */
  public @Nullable String address() {
    return address;
  }

  /** The message, which is never null here. */
  final String message() {
    return String.valueOf(getMessage());
  }

  /** An exception of the same class and the same values, but with this cause. */
  MilvusPoolException withCause(@Nullable Throwable cause) {
    return new MilvusPoolException(message(), clientName, address, cause);
  }

  /**
   * Makes what is serialised instead of this exception: a copy whose causes and suppressed
   * exceptions can all be serialised. Not private, so that it works for the subclasses in this
   * package.
   *
   * @return the copy
   */
  Object writeReplace() {
    if (SerializableCause.isTrial()) {
      return message();
    }
    Throwable cause = getCause();
    MilvusPoolException copy = withCause(cause == null ? null : SerializableCause.of(cause));
    copy.setStackTrace(getStackTrace());
    for (Throwable suppressed : getSuppressed()) {
      copy.addSuppressed(SerializableCause.of(suppressed));
    }
    return copy;
  }
}
