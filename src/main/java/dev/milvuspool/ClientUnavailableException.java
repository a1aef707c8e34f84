package dev.milvuspool;

import org.jspecify.annotations.Nullable;

/**
 * The client has no working connection at the moment, or lost it under the call. It heals by
 * itself: a later call succeeds once the server is back.
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

  ClientUnavailableException(
      String message,
      String clientName,
      @Nullable String address,
      boolean outcomeUnknown,
      @Nullable Throwable cause) {
    super(message, clientName, address, cause);
    this.outcomeUnknown = outcomeUnknown;
  }

  /**
   * Whether the server may have carried out the call.
   *
   * @return true where a write was sent and its answer lost; false for reads, and for writes that
   *     were certainly not carried out
   */
  public boolean outcomeUnknown() {
    return outcomeUnknown;
  }
}
