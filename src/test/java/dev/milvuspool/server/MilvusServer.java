package dev.milvuspool.server;

import org.jspecify.annotations.Nullable;

/** A real Milvus that answers. */
public interface MilvusServer extends AutoCloseable {
  /** {@code host:port}. */
  String address();

  /** The user to authenticate as, or null where the server asks for none. */
  @Nullable String username();

  /** The password of {@link #username()}. */
  @Nullable String password();

  /** Which way it was found or started, for people. */
  String description();

  /** Stops it, if it was started for this, and deletes its data. */
  @Override
  void close();
}
