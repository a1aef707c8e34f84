package dev.milvuspool.scripted;

import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Queue;

/**
 * What is told look by look: each look takes the next step, and the last step stays. Thread-safe.
 *
 * @param <T> a step
 */
final class Script<T> {
  private final Queue<T> steps;
  private T current;

  /** A script of at least one step. */
  Script(Collection<T> steps) {
    this.steps = new ArrayDeque<>(steps);
    this.current = this.steps.element();
  }

  /** The next step. */
  synchronized T next() {
    T step = steps.poll();
    if (step != null) {
      current = step;
    }
    return current;
  }

  /** The step that was told last, or the first. */
  synchronized T current() {
    return current;
  }

  /** Whether every step before the last was told. */
  synchronized boolean onlyLastLeft() {
    return steps.size() <= 1;
  }
}
