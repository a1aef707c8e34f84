package dev.milvuspool.scripted;

import io.milvus.shaded.io.grpc.Status;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * What is to go wrong, by method. A call meets, in this order: the holds of its method and of all
 * methods, the delay of its method (else that of all), the next failure of its method (else that of
 * all). Failures of a method take effect in the order they were added.
 */
final class Faults {
  /** What becomes of a call instead of its answer. */
  sealed interface Failure {}

  /** Ends with a gRPC status, not executed. */
  record Fail(Status status) implements Failure {}

  /** Is answered with this Milvus status in the response, not executed. */
  record Reject(io.milvus.grpc.Status status) implements Failure {}

  /** Has its stream reset, not executed, while its connection stays. */
  record Reset() implements Failure {}

  /** Loses its connection, executed before or not. */
  record Drop(boolean afterExecuting) implements Failure {}

  private static final class Repeated {
    private final Failure failure;
    private final int period;
    private int left;
    private int passed;

    Repeated(Failure failure, int times, int period) {
      this.failure = failure;
      this.left = times;
      this.period = period;
    }
  }

  private final Map<String, Hold> holds = new ConcurrentHashMap<>();
  private final Map<String, Hold> stalls = new ConcurrentHashMap<>();
  private final Map<String, Duration> delays = new ConcurrentHashMap<>();
  private final Map<String, ArrayDeque<Repeated>> failures = new HashMap<>();

  /** Whether there is any fault at all: the one thing that a call without faults looks at. */
  private volatile boolean any;

  boolean any() {
    return any;
  }

  /** A new hold; one of the same method before it goes on holding what it has. */
  Hold hold(String method) {
    return keepIn(holds, method);
  }

  void stall(String method) {
    if (!stalls.containsKey(method)) {
      keepIn(stalls, method);
    }
  }

  private Hold keepIn(Map<String, Hold> map, String method) {
    Hold[] self = new Hold[1];
    Hold hold =
        new Hold(
            () -> {
              map.remove(method, self[0]);
              update();
            });
    self[0] = hold;
    map.put(method, hold);
    update();
    return hold;
  }

  void resume(String method) {
    Hold stall = stalls.get(method);
    if (stall != null) {
      stall.release();
    }
  }

  void resumeAll() {
    new ArrayList<>(stalls.values()).forEach(Hold::release);
  }

  void delay(String method, Duration delay) {
    if (delay.isZero()) {
      delays.remove(method);
    } else {
      delays.put(method, delay);
    }
    update();
  }

  void add(String method, Failure failure, int times) {
    add(method, failure, times, 1);
  }

  /** Only each so-manieth call meets it. */
  void add(String method, Failure failure, int times, int period) {
    if (times < 1) {
      throw new IllegalArgumentException("times is " + times + ", at least 1 is needed");
    }
    synchronized (failures) {
      failures
          .computeIfAbsent(method, name -> new ArrayDeque<>())
          .add(new Repeated(failure, times, period));
    }
    update();
  }

  /** Ends holds, stalls, delays and failures of the method, or all there are. */
  void clear(String method) {
    boolean everything = method.equals(ScriptedMilvus.ALL);
    List<Hold> over = new ArrayList<>();
    for (Map<String, Hold> map : List.of(holds, stalls)) {
      map.forEach(
          (name, hold) -> {
            if (everything || name.equals(method)) {
              over.add(hold);
            }
          });
    }
    synchronized (failures) {
      failures.keySet().removeIf(name -> everything || name.equals(method));
    }
    delays.keySet().removeIf(name -> everything || name.equals(method));
    over.forEach(Hold::release);
    update();
  }

  private void update() {
    synchronized (failures) {
      any = !(holds.isEmpty() && stalls.isEmpty() && delays.isEmpty() && failures.isEmpty());
    }
  }

  /** The hold that keeps the call, or null where it may go on. */
  @Nullable Hold keep(String method, Hold.HeldCall call) {
    for (String name : List.of(method, ScriptedMilvus.ALL)) {
      for (Map<String, Hold> map : List.of(stalls, holds)) {
        Hold hold = map.get(name);
        if (hold != null && hold.keep(call)) {
          return hold;
        }
      }
    }
    return null;
  }

  @Nullable Duration delayOf(String method) {
    Duration delay = delays.get(method);
    return delay != null ? delay : delays.get(ScriptedMilvus.ALL);
  }

  /** Takes the failure that the next call of the method meets, or null. */
  @Nullable Failure next(String method) {
    synchronized (failures) {
      if (failures.isEmpty()) {
        return null;
      }
      Failure failure = take(method);
      return failure != null ? failure : take(ScriptedMilvus.ALL);
    }
  }

  private @Nullable Failure take(String method) {
    ArrayDeque<Repeated> queue = failures.get(method);
    if (queue == null) {
      return null;
    }
    Repeated head = queue.element();
    if (++head.passed % head.period != 0) {
      return null;
    }
    if (head.left != ScriptedMilvus.ALWAYS && --head.left == 0) {
      queue.remove();
      if (queue.isEmpty()) {
        failures.remove(method);
        any = !(holds.isEmpty() && stalls.isEmpty() && delays.isEmpty() && failures.isEmpty());
      }
    }
    return head.failure;
  }
}
