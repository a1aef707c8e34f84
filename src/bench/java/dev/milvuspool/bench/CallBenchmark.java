package dev.milvuspool.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * A call, through each {@link Subject}. They take turns from iteration to iteration, in one JVM, so
 * that all have the same machine code, server and moment: what differs is theirs.
 */
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@State(Scope.Benchmark)
public class CallBenchmark {
  /** What is called. */
  @Param public Operation operation;

  private final List<Caller> callers = new ArrayList<>();
  private int iterations;
  private Caller caller;

  /** Whose turn an iteration is: there and back again, so that no one always follows another. */
  static Subject turn(int iteration) {
    Subject[] all = Subject.values();
    int place = iteration % all.length;
    boolean back = iteration / all.length % 2 == 1;
    return all[back ? all.length - 1 - place : place];
  }

  /** Connects all. */
  @Setup
  public void open() {
    for (Subject subject : Subject.values()) {
      callers.add(subject.open(Target.ofThisFork()));
    }
  }

  /** Takes the next. */
  @Setup(Level.Iteration)
  public void takeTurns() {
    caller = callers.get(turn(iterations++).ordinal());
  }

  /** Disconnects all. */
  @TearDown
  public void close() {
    callers.forEach(Caller::close);
  }

  /** One call. */
  @Benchmark
  public Object call() {
    return caller.call(operation);
  }
}
