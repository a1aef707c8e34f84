package dev.milvuspool.bench;

import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.AuxCounters;
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
 * A call, in each {@link Lane}. The lanes take turns many times in an iteration, all threads at
 * once, so that they have the same machine code, server and moment: what differs is theirs. JMH's
 * own score is that of all lanes together; the counts of each are beside it.
 */
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@State(Scope.Benchmark)
public class CallBenchmark {
  /** What is called. */
  @Param public Operation operation;

  /** How long a turn takes. */
  @Param("0")
  public long turnMillis;

  /** How many turns an iteration has. */
  @Param("0")
  public int turns;

  /** Which of the lanes that have a connection is the first to be opened; the order may matter. */
  @Param("0")
  public int first;

  private Map<Lane, Caller> callers = Map.of();
  private Schedule schedule;

  /** Calls of one thread that counted in one iteration. */
  @AuxCounters(AuxCounters.Type.EVENTS)
  @State(Scope.Thread)
  public static class Counts {
    /** Of {@link Lane#SDK}. */
    public long sdk;

    /** Of {@link Lane#SDK_POOL}. */
    public long sdkPool;

    /** Of {@link Lane#SDK_BESIDE_POOL}. */
    public long sdkBesidePool;

    /** Of {@link Lane#POOL}. */
    public long pool;

    /** Of {@link Lane#OBSERVED}. */
    public long observed;

    /** Of {@link Lane#SDK_BESIDE_OBSERVED}. */
    public long sdkBesideObserved;

    private void add(Lane lane) {
      switch (lane) {
        case SDK -> sdk++;
        case SDK_POOL -> sdkPool++;
        case SDK_BESIDE_POOL -> sdkBesidePool++;
        case POOL -> pool++;
        case OBSERVED -> observed++;
        case SDK_BESIDE_OBSERVED -> sdkBesideObserved++;
      }
    }
  }

  /** Connects all. */
  @Setup
  public void open() {
    callers = Lane.open(Target.ofThisFork(), first);
  }

  /** Begins with the first turn. */
  @Setup(Level.Iteration)
  public void begin() {
    schedule = Schedule.from(System.nanoTime(), turnMillis, turns);
  }

  /** Disconnects all. */
  @TearDown
  public void close() {
    callers.values().forEach(Caller::close);
  }

  /** One call. */
  @Benchmark
  public Object call(Counts counts) {
    Lane lane = schedule.laneAt(System.nanoTime());
    Object answer = callers.get(lane).call(operation);
    if (schedule.counts(lane, System.nanoTime())) {
      counts.add(lane);
    }
    return answer;
  }
}
