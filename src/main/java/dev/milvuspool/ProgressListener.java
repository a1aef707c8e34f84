package dev.milvuspool;

/** Receives the progress of building an index or loading a collection. */
@FunctionalInterface
public interface ProgressListener {
  /**
   * Called on the thread of the operation: with values that never decrease, and with 100 exactly
   * once, at the end of an operation that succeeded. What it throws passes through to the caller of
   * the operation, which the server goes on with.
   *
   * @param percent 0 to 100
   */
  void onProgress(int percent);
}
