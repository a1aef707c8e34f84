package dev.milvuspool;

/** What a client can do at the moment. */
public enum ClientState {
  /** Calls are served; a lazily connected client counts as up until its first dial fails. */
  UP,
  /** No connection works; calls fail at once or wait, and the client reconnects by itself. */
  DOWN,
  /** Closed or removed, for ever. */
  CLOSED;

  /** Whether a client may go from this state to the other; nothing leaves {@link #CLOSED}. */
  boolean mayBecome(ClientState next) {
    return switch (this) {
      case UP -> true;
      case DOWN -> true;
      case CLOSED -> next == CLOSED;
    };
  }
}
