package dev.milvuspool.bench;

/** A way to call a server. Thread-safe. */
interface Caller extends AutoCloseable {
  /** Does it, and gives back what came of it. */
  Object call(Operation operation);

  /** Takes the client away from its callers. */
  void remove() throws InterruptedException;

  /** Changes the database under the callers. */
  void useDatabase(String database) throws InterruptedException;

  @Override
  void close();
}
