package dev.milvuspool.bench;

import dev.milvuspool.bench.Result.Bar;
import dev.milvuspool.bench.Result.Panel;
import dev.milvuspool.server.MilvusServer;
import dev.milvuspool.server.RealMilvus;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.BenchmarkResult;
import org.openjdk.jmh.results.IterationResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.options.Options;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/** {@link CallBenchmark}, by operation and number of threads. */
final class CallSection implements Section {
  private static final List<Integer> THREADS = List.of(1, 16, 64);
  private static final List<Integer> REAL_THREADS = List.of(16);
  private static final String ALLOCATED = "gc.alloc.rate.norm";
  private static final int SUBJECTS = Subject.values().length;

  /** Even, so that the turns that count begin at the first of those compared. */
  private static final int WARM_UP_ROUNDS = 4;

  private static final double OF_SDK = 0.97;
  private static final double MORE_BYTES = 1024;

  private final boolean real;

  private CallSection(boolean real) {
    this.real = real;
  }

  static CallSection onScriptedServer() {
    return new CallSection(false);
  }

  static CallSection onRealServer() {
    return new CallSection(true);
  }

  /**
   * A turn of a subject.
   *
   * @param calls a second
   * @param bytes allocated by a call, on all threads
   */
  private record Turn(double calls, double bytes) {}

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
            "milvus-pool / SDK",
            "with a listener / SDK",
            "SDK with rpcDeadlineMs / SDK",
            "MilvusClientV2Pool / SDK",
            "SDK, B a call",
            "milvus-pool, more B a call",
            "target");
    List<Bar> bars = new ArrayList<>();
    for (Operation operation : Operation.values()) {
      for (int threads : threadNumbers) {
        Map<Subject, List<Turn>> turns = run(options(effort, operation, threads, target));
        List<Double> ratios = ratios(turns, Subject.POOL);
        List<Double> observed = ratios(turns, Subject.POOL_OBSERVED);
        double ratio = Figures.median(ratios);
        double more = moreBytes(turns);
        table.row(
            operation.label(),
            Integer.toString(threads),
            Figures.number(
                Figures.median(turns.get(Subject.SDK).stream().map(Turn::calls).toList())),
            withInterval(ratios),
            withInterval(observed),
            Figures.ratio(Figures.median(ratios(turns, Subject.SDK_BOUNDED))),
            Figures.ratio(Figures.median(ratios(turns, Subject.SDK_POOL))),
            Figures.number(
                Figures.median(turns.get(Subject.SDK).stream().map(Turn::bytes).toList())),
            Figures.number(more),
            Table.verdict(
                ratio >= OF_SDK && Figures.median(observed) >= OF_SDK && more <= MORE_BYTES,
                mayReachTarget(ratios) && mayReachTarget(observed) && more <= MORE_BYTES,
                "≥ " + OF_SDK + ", ≤ 1,024 B"));
        bars.add(new Bar(operation.label(), Figures.threads(threads), ratio, Figures.ratio(ratio)));
        System.out.printf(
            "%s, %s: %s%n", operation.label(), Figures.threads(threads), withInterval(ratios));
      }
    }
    String title =
        "milvus-pool / SDK, calls a second, " + (real ? "real Milvus" : "scripted server");
    return new Result(table, List.of(new Panel(title, 1, bars)));
  }

  /** Everyone's turns, in their order. */
  private static Map<Subject, List<Turn>> run(Options options) throws Exception {
    Map<Subject, List<Turn>> turns = new EnumMap<>(Subject.class);
    for (BenchmarkResult fork : new Runner(options).runSingle().getBenchmarkResults()) {
      int iteration = 0; // the warm-up is a whole number of rounds there and back
      for (IterationResult each : fork.getIterationResults()) {
        turns
            .computeIfAbsent(CallBenchmark.turn(iteration++), subject -> new ArrayList<>())
            .add(
                new Turn(
                    each.getPrimaryResult().getScore(),
                    each.getSecondaryResults().get(ALLOCATED).getScore()));
      }
    }
    return turns;
  }

  /** What each round says. */
  private static List<Double> ratios(Map<Subject, List<Turn>> turns, Subject subject) {
    List<Double> ratios = new ArrayList<>();
    for (int round = 0; round < turns.get(subject).size(); round++) {
      ratios.add(turns.get(subject).get(round).calls() / turns.get(Subject.SDK).get(round).calls());
    }
    return ratios;
  }

  /** The middle, and where it lies for certain. */
  private static String withInterval(List<Double> ratios) {
    double[] interval = Figures.medianInterval(ratios);
    return Figures.ratio(Figures.median(ratios))
        + " ("
        + Figures.ratio(interval[0])
        + "–"
        + Figures.ratio(interval[1])
        + ")";
  }

  private static boolean mayReachTarget(List<Double> ratios) {
    return Figures.medianInterval(ratios)[1] >= OF_SDK;
  }

  private static double moreBytes(Map<Subject, List<Turn>> turns) {
    List<Double> more = new ArrayList<>();
    for (int round = 0; round < turns.get(Subject.POOL).size(); round++) {
      more.add(
          turns.get(Subject.POOL).get(round).bytes() - turns.get(Subject.SDK).get(round).bytes());
    }
    return Figures.median(more);
  }

  private static Options options(Effort effort, Operation operation, int threads, Target target) {
    return new OptionsBuilder()
        .include("\\." + CallBenchmark.class.getSimpleName() + "\\.")
        .param("operation", operation.name())
        .addProfiler(GCProfiler.class)
        .forks(effort.forks())
        .threads(threads)
        .warmupIterations(WARM_UP_ROUNDS * SUBJECTS)
        .warmupTime(TimeValue.milliseconds(effort.iteration().toMillis()))
        .measurementIterations(effort.rounds() * SUBJECTS)
        .measurementTime(TimeValue.milliseconds(effort.iteration().toMillis()))
        .jvmArgsAppend(target.jvmArguments())
        .shouldFailOnError(true)
        .verbosity(VerboseMode.SILENT)
        .build();
  }
}
