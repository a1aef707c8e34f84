package dev.milvuspool;

/** What a client can do at the moment. {@link #CLOSED} is final. */
public enum ClientState {
  /**
   * At least one connection serves calls. A client with {@link
   * ClientOptions.Builder#withLazyConnect} is up until its first attempt to connect fails.
   */
  UP,
  /**
   * No connection works. Calls fail immediately or wait ({@link
   * ClientOptions.Builder#withWaitForReady}), and the client reconnects automatically.
   */
  DOWN,
  /** Closed or removed, forever. */
  CLOSED
}
