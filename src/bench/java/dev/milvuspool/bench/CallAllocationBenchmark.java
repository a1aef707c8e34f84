package dev.milvuspool.bench;

import java.util.List;
import java.util.Map;
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

/** What a call allocates, with the SDK's client and through this library: an iteration each. */
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@State(Scope.Benchmark)
public class CallAllocationBenchmark {
  private static final List<Lane> LANES = List.of(Lane.SDK, Lane.POOL);

  /** What is called. */
  @Param public Operation operation;

  private Map<Lane, Caller> callers = Map.of();
  private Caller caller;
  private int iterations;

  /** Whose turn an iteration is. */
  static Lane lane(int iteration) {
    return LANES.get(iteration % LANES.size());
  }

  /** Connects, each with a connection of its own: which one it is makes no difference here. */
  @Setup
  public void open() {
    Target target = Target.ofThisFork();
    callers = Map.of(Lane.SDK, Subject.SDK.open(target), Lane.POOL, Subject.POOL.open(target));
  }

  /** Takes the next. */
  @Setup(Level.Iteration)
  public void takeTurns() {
    caller = callers.get(lane(iterations++));
  }

  /** Disconnects. */
  @TearDown
  public void close() {
    callers.values().forEach(Caller::close);
  }

  /** One call. */
  @Benchmark
  public Object call() {
    return caller.call(operation);
  }
}
