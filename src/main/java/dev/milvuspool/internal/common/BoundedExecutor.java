package dev.milvuspool.internal.common;

import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.Executor;

/** Limits how many tasks run at a time on another executor; the others wait in order. */
final class BoundedExecutor implements Executor {
  private final Executor executor;
  private final int most;
  private final Queue<Runnable> waiting = new ArrayDeque<>(); // guarded by this, as is what follows
  private int running;

  BoundedExecutor(Executor executor, int most) {
    this.executor = executor;
    this.most = most;
  }

  @Override
  public void execute(Runnable task) {
    synchronized (this) {
      if (running == most) {
        waiting.add(task);
        return;
      }
      running++;
    }
    start(task);
  }

  private void start(Runnable task) {
    executor.execute(
        () -> {
          try {
            task.run();
          } finally {
            startNext();
          }
        });
  }

  private void startNext() {
    Runnable next;
    synchronized (this) {
      next = waiting.poll();
      if (next == null) {
        running--;
        return;
      }
    }
    start(next);
  }
}
