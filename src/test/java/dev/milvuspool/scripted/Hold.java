package dev.milvuspool.scripted;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Calls kept inside the server, unanswered, until they are released. Thread-safe. Made by {@link
 * ScriptedMilvus#hold}.
 */
public final class Hold implements AutoCloseable {
  private final Runnable onReleased;
  private final Set<HeldCall> held = new LinkedHashSet<>();
  private boolean released;

  Hold(Runnable onReleased) {
    this.onReleased = onReleased;
  }

  /** A call that can be kept. */
  interface HeldCall {
    /** Goes on after the hold is over. */
    void proceed();
  }

  /** Keeps the call; false where the hold is over already. */
  synchronized boolean keep(HeldCall call) {
    if (released) {
      return false;
    }
    held.add(call);
    notifyAll();
    return true;
  }

  /** Lets a call go that its client has given up. */
  synchronized void forget(HeldCall call) {
    if (held.remove(call)) {
      notifyAll();
    }
  }

  /** How many calls are inside now; those that their client gave up are not. */
  public synchronized int inside() {
    return held.size();
  }

  /**
   * Waits until at least so many calls are inside.
   *
   * @throws AssertionError when they are not in that time
   */
  public synchronized void awaitCalls(int calls, Duration atMost) {
    long end = System.nanoTime() + atMost.toNanos();
    try {
      while (held.size() < calls) {
        long left = end - System.nanoTime();
        if (left <= 0) {
          throw new AssertionError(
              "held " + held.size() + " calls instead of " + calls + ", after " + atMost);
        }
        wait(left / 1_000_000, (int) (left % 1_000_000));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted with " + held.size() + " calls held", e);
    }
  }

  /** Ends the hold: those inside go on, in the order they came, and later ones are not kept. */
  public void release() {
    List<HeldCall> free;
    synchronized (this) {
      if (released) {
        return;
      }
      released = true;
      free = new ArrayList<>(held);
      held.clear();
      notifyAll();
    }
    onReleased.run();
    free.forEach(HeldCall::proceed);
  }

  /** The same as {@link #release()}. */
  @Override
  public void close() {
    release();
  }
}
