package dev.milvuspool.scripted;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * What the server saw: calls by method, connections, transports. Counting takes no lock; the lock
 * is for those who wait for a count.
 */
final class Counters {
  /** Connections accepted since the start, those of a black hole included. */
  final AtomicLong acceptedConnections = new AtomicLong();

  /** HTTP/2 connections that the gRPC server has now. */
  final AtomicInteger transports = new AtomicInteger();

  /** HTTP/2 connections that the gRPC server ever had. */
  final AtomicLong transportsEver = new AtomicLong();

  private final Map<String, MethodCounters> byMethod = new ConcurrentHashMap<>();
  private final MethodCounters all = new MethodCounters();
  private final AtomicInteger waiting = new AtomicInteger();
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();

  /** The counters of one method, or of all together for {@link ScriptedMilvus#ALL}. */
  MethodCounters of(String method) {
    if (method.equals(ScriptedMilvus.ALL)) {
      return all;
    }
    MethodCounters counters = byMethod.get(method);
    return counters != null
        ? counters
        : byMethod.computeIfAbsent(method, name -> new MethodCounters());
  }

  void started(MethodCounters counters) {
    counters.start();
    all.start();
    changed();
  }

  void executed(MethodCounters counters, long rows) {
    counters.execute(rows);
    all.execute(rows);
    changed();
  }

  void ended(MethodCounters counters) {
    counters.inFlight.decrementAndGet();
    all.inFlight.decrementAndGet();
    changed();
  }

  /** Forgets the calls, executions, rows and maxima so far; what is open or in flight stays. */
  void reset() {
    byMethod.values().forEach(MethodCounters::reset);
    all.reset();
    acceptedConnections.set(0);
    transportsEver.set(0);
  }

  /** To be called after any counter was changed. */
  void changed() {
    // The counter was written before `waiting` is read, and a waiter writes `waiting` before it
    // reads the counter: one of both sees the other.
    if (waiting.get() > 0) {
      lock.lock();
      try {
        changed.signalAll();
      } finally {
        lock.unlock();
      }
    }
  }

  /**
   * Waits until the condition holds.
   *
   * @throws AssertionError when it does not in that time, with the state
   */
  void await(BooleanSupplier condition, Duration atMost, Supplier<String> state) {
    long left = atMost.toNanos();
    lock.lock();
    waiting.incrementAndGet();
    try {
      while (!condition.getAsBoolean()) {
        if (left <= 0) {
          throw new AssertionError(state.get() + ", after " + atMost);
        }
        left = changed.awaitNanos(left);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted: " + state.get(), e);
    } finally {
      waiting.decrementAndGet();
      lock.unlock();
    }
  }
}
