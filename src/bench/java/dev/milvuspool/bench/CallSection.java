package dev.milvuspool.bench;

import dev.milvuspool.bench.Result.Bar;
import dev.milvuspool.bench.Result.Panel;
import dev.milvuspool.server.MilvusServer;
import dev.milvuspool.server.RealMilvus;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.BenchmarkResult;
import org.openjdk.jmh.results.IterationResult;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.Options;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/**
 * {@link CallBenchmark} and {@link CallAllocationBenchmark}, by operation and number of threads.
 */
final class CallSection implements Section {
  private static final List<Integer> THREADS = List.of(1, 16, 64);
  private static final List<Integer> REAL_THREADS = List.of(16);
  private static final String ALLOCATED = "gc.alloc.rate.norm";

  /** The shorter, the more alike are the moments of those compared; much longer than a call. */
  private static final long TURN_MILLIS = 50;

  private static final long SLOW_TURN_MILLIS = 400;
  private static final int TURNS = 2 * Schedule.ROUND_TURNS;
  private static final int SLOW_TURNS = Schedule.ROUND_TURNS;

  /** Few slow calls fit into a turn, so that turns differ more: it takes more of them. */
  private static final int SLOW_TIMES_LONGER = 3;

  private static final Duration WARM_UP = Duration.ofSeconds(6);
  private static final Duration ALLOCATION_TURN = Duration.ofMillis(400);
  private static final int ALLOCATION_TURNS = 6;

  private static final double OF_SDK_SCRIPTED = 0.95;
  private static final double OF_SDK_REAL = 0.97;
  private static final double MORE_BYTES = 1024;

  private final boolean real;
  private final double ofSdk;

  private CallSection(boolean real) {
    this.real = real;
    ofSdk = real ? OF_SDK_REAL : OF_SDK_SCRIPTED;
  }

  static CallSection onScriptedServer() {
    return new CallSection(false);
  }

  static CallSection onRealServer() {
    return new CallSection(true);
  }

  @Override
  public Result measure(Effort effort) throws Exception {
    if (!real) {
      try (ScriptedServer server = ScriptedServer.start()) {
        return measure(effort, server.target(), THREADS);
      }
    }
    try (MilvusServer server = RealMilvus.find()) {
      System.out.println(server.description());
      Target target = Target.of(server);
      Result result = measure(effort, target, REAL_THREADS);
      Collections.drop(target);
      return result;
    }
  }

  private Result measure(Effort effort, Target target, List<Integer> threadNumbers)
      throws Exception {
    Collections.create(target);
    Table table =
        new Table(
            "call",
            "threads",
            "SDK, calls/s",
            "milvus-pool / SDK, one connection",
            "with a listener / SDK, one connection",
            "milvus-pool / SDK",
            "MilvusClientV2Pool / SDK",
            "SDK, B per call",
            "milvus-pool, more B per call",
            "target");
    List<Bar> bars = new ArrayList<>();
    for (Operation operation : Operation.values()) {
      for (int threads : threadNumbers) {
        List<Map<Lane, Double>> rates = rates(effort, operation, threads, target);
        Map<Lane, Double> bytes = bytes(operation, threads, target);
        List<Double> ratios = ratios(rates, Lane.POOL, Lane.SDK_BESIDE_POOL);
        List<Double> observed = ratios(rates, Lane.OBSERVED, Lane.SDK_BESIDE_OBSERVED);
        double more = bytes.get(Lane.POOL) - bytes.get(Lane.SDK);
        double ratio = Figures.median(ratios);
        table.row(
            operation.label(),
            Integer.toString(threads),
            Figures.number(Figures.median(rates.stream().map(rate -> rate.get(Lane.SDK)).toList())),
            Figures.withInterval(ratios),
            Figures.withInterval(observed),
            Figures.withInterval(ratios(rates, Lane.POOL, Lane.SDK)),
            Figures.withInterval(ratios(rates, Lane.SDK_POOL, Lane.SDK)),
            Figures.number(bytes.get(Lane.SDK)),
            Figures.number(more),
            Table.verdict(
                ratio >= ofSdk && Figures.median(observed) >= ofSdk && more <= MORE_BYTES,
                mayReachTarget(ratios) && mayReachTarget(observed) && more <= MORE_BYTES,
                "≥ " + ofSdk + ", ≤ 1,024 B"));
        bars.add(Figures.bar(operation.label(), Figures.threads(threads), ratios));
        System.out.printf(
            "%s, %s: %s, with a listener %s%n",
            operation.label(),
            Figures.threads(threads),
            Figures.withInterval(ratios),
            Figures.withInterval(observed));
      }
    }
    String title =
        "milvus-pool / SDK, calls per second, " + (real ? "real Milvus" : "scripted server");
    return new Result(table, new Panel(title, 1, bars));
  }

  /** The calls a second in each lane, of each iteration. */
  private static List<Map<Lane, Double>> rates(
      Effort effort, Operation operation, int threads, Target target) throws Exception {
    long turnMillis = operation.isSlow() ? SLOW_TURN_MILLIS : TURN_MILLIS;
    int turns = operation.isSlow() ? SLOW_TURNS : TURNS;
    long iteration = turnMillis * turns;
    long measured = effort.callsInAJvm().toMillis() * (operation.isSlow() ? SLOW_TIMES_LONGER : 1);
    Options options =
        options(CallBenchmark.class, operation, threads, target)
            .param("turnMillis", Long.toString(turnMillis))
            .param("turns", Integer.toString(turns))
            .param("first", firstLanes(effort.forks()))
            .forks(1)
            .warmupIterations(Math.max(1, (int) (WARM_UP.toMillis() / iteration)))
            .warmupTime(TimeValue.milliseconds(iteration))
            .measurementIterations(Math.max(2, (int) (measured / iteration)))
            .measurementTime(TimeValue.milliseconds(iteration + turnMillis))
            .build();
    List<Map<Lane, Double>> rates = new ArrayList<>();
    for (IterationResult iterationResult : iterations(options)) {
      Map<Lane, Double> rate = new EnumMap<>(Lane.class);
      for (Lane lane : Lane.values()) {
        double calls = iterationResult.getSecondaryResults().get(lane.counter()).getScore();
        rate.put(lane, calls / Schedule.countedSeconds(lane, turnMillis, turns));
      }
      rates.add(rate);
    }
    return rates;
  }

  /** Another one for each JVM. */
  private static String[] firstLanes(int jvms) {
    return IntStream.range(0, jvms).mapToObj(Integer::toString).toArray(String[]::new);
  }

  /** What a call allocates, on all threads. */
  private static Map<Lane, Double> bytes(Operation operation, int threads, Target target)
      throws Exception {
    Options options =
        options(CallAllocationBenchmark.class, operation, threads, target)
            .addProfiler(GCProfiler.class)
            .forks(1)
            .warmupIterations(2 * ALLOCATION_TURNS)
            .warmupTime(TimeValue.milliseconds(ALLOCATION_TURN.toMillis()))
            .measurementIterations(ALLOCATION_TURNS)
            .measurementTime(TimeValue.milliseconds(ALLOCATION_TURN.toMillis()))
            .build();
    Map<Lane, List<Double>> bytes = new EnumMap<>(Lane.class);
    int iteration = 0; // the warm-up is a whole number of rounds
    for (IterationResult each : iterations(options)) {
      bytes
          .computeIfAbsent(CallAllocationBenchmark.lane(iteration++), lane -> new ArrayList<>())
          .add(each.getSecondaryResults().get(ALLOCATED).getScore());
    }
    Map<Lane, Double> median = new EnumMap<>(Lane.class);
    bytes.forEach((lane, each) -> median.put(lane, Figures.median(each)));
    return median;
  }

  private static List<IterationResult> iterations(Options options) throws Exception {
    List<IterationResult> iterations = new ArrayList<>();
    for (RunResult run : new Runner(options).run()) {
      for (BenchmarkResult fork : run.getBenchmarkResults()) {
        iterations.addAll(fork.getIterationResults());
      }
    }
    return iterations;
  }

  /** What each iteration says. */
  private static List<Double> ratios(List<Map<Lane, Double>> rates, Lane lane, Lane reference) {
    return rates.stream().map(rate -> rate.get(lane) / rate.get(reference)).toList();
  }

  private boolean mayReachTarget(List<Double> ratios) {
    return Figures.medianInterval(ratios)[1] >= ofSdk;
  }

  private static ChainedOptionsBuilder options(
      Class<?> benchmark, Operation operation, int threads, Target target) {
    return new OptionsBuilder()
        .include("\\." + benchmark.getSimpleName() + "\\.")
        .param("operation", operation.name())
        .threads(threads)
        .jvmArgsAppend(target.jvmArguments())
        .shouldFailOnError(true)
        .verbosity(VerboseMode.SILENT);
  }
}
