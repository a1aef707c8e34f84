package dev.milvuspool;

/**
 * Tells a listener how far a thing is: never less than before, and 100 exactly once, at the end.
 */
final class Progress {
  private final ProgressListener listener;
  private int told = -1;

  Progress(ProgressListener listener) {
    this.listener = listener;
  }

  /** Not yet done; 99 at the most. */
  void at(long percent) {
    int next = (int) Math.max(0, Math.min(99, percent));
    if (next > told) {
      told = next;
      listener.onProgress(next);
    }
  }

  void done() {
    listener.onProgress(100);
  }
}
