package dev.milvuspool;

import org.jspecify.annotations.Nullable;

/**
 * The client has no working connection at the moment, or lost it during the call. It reconnects
 * automatically: a later call succeeds once the server is back.
 *
 * <pre>{@code
 * try {
 *   client.insert("articles", rows);
 * } catch (ClientUnavailableException e) {
 *   System.out.println(e.outcomeUnknown() ? "look before sending again" : "send again later");
 * }
 * }</pre>
 */
public final class ClientUnavailableException extends MilvusPoolException {
  private static final long serialVersionUID = 1L;

  /** Whether the server may have carried out the call. */
  private final boolean outcomeUnknown;

  /**
   * Makes an exception.
   *
   * @param message what was tried, and what to do
   * @param clientName the client's name
   * @param address the address that it used, as {@code host:port}, or null
   * @param outcomeUnknown whether the server may have carried out the call
   * @param cause what ended the call, or null
   */
  public ClientUnavailableException(
      String message,
      String clientName,
      @Nullable String address,
      boolean outcomeUnknown,
      @Nullable Throwable cause) {
    super(message, clientName, address, cause);
    this.outcomeUnknown = outcomeUnknown;
  }

  /** {@return whether the server may have carried out a write that got no answer} */
  public boolean outcomeUnknown() {
    return outcomeUnknown;
  }

  @Override
  MilvusPoolException withCause(@Nullable Throwable cause) {
    return new ClientUnavailableException(
        message(), String.valueOf(clientName()), address(), outcomeUnknown, cause);
  }
}
