package dev.milvuspool.internal.client;

import dev.milvuspool.ProgressListener;

/** Reports progress to a listener: never less than before, and 100 exactly once, at the end. */
final class Progress {
  private final ProgressListener listener;
  private int reported = -1;

  Progress(ProgressListener listener) {
    this.listener = listener;
  }

  /** Not yet done; 99 at the most. */
  void at(long percent) {
    int next = (int) Math.max(0, Math.min(99, percent));
    if (next > reported) {
      reported = next;
      listener.onProgress(next);
    }
  }

  void done() {
    listener.onProgress(100);
  }
}
