package dev.milvuspool;

/** Receives the progress of building an index or loading a collection. */
@FunctionalInterface
public interface ProgressListener {
  /**
   * Called on the thread of the operation. The values never decrease; 100 comes exactly once, when
   * the operation has succeeded. What it throws passes through to the caller of the operation; the
   * server continues the operation.
   *
   * @param percent 0 to 100
   */
  void onProgress(int percent);
}
