package dev.milvuspool.bench;

import dev.milvuspool.bench.Result.Bar;
import dev.milvuspool.bench.Result.Panel;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.Options;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/** {@link GetBenchmark}: those compared take turns in fresh JVMs. */
final class GetSection implements Section {
  private static final List<Integer> THREADS = List.of(1, 16, 64);
  private static final String ALLOCATED = "gc.alloc.rate.norm";

  /** Of the map and this pool, for one of the SDK's pool, whose 640 clients take long to dial. */
  private static final int TURNS = 6;

  private static final double OF_MAP = 0.85;
  private static final double OF_SDK_POOL = 10;

  /** Of every turn, in calls a microsecond, and what a call allocates. */
  private static final class Turns {
    final Map<String, List<Double>> scores = new HashMap<>();
    final Map<String, List<Double>> allocated = new HashMap<>();

    void add(RunResult result) {
      String name = result.getPrimaryResult().getLabel();
      scores.computeIfAbsent(name, key -> new ArrayList<>()).add(medianOfIterations(result));
      allocated
          .computeIfAbsent(name, key -> new ArrayList<>())
          .add(result.getSecondaryResults().get(ALLOCATED).getScore());
    }

    /** The mean would keep every moment in which another process had the processor. */
    private static double medianOfIterations(RunResult result) {
      return Figures.median(
          result.getBenchmarkResults().stream()
              .flatMap(fork -> fork.getIterationResults().stream())
              .map(iteration -> iteration.getPrimaryResult().getScore())
              .toList());
    }

    double score(String name) {
      return Figures.median(scores.get(name));
    }

    List<Double> ratiosToMap() {
      List<Double> ratios = new ArrayList<>();
      for (int i = 0; i < scores.get("map").size(); i++) {
        ratios.add(scores.get("pool").get(i) / scores.get("map").get(i));
      }
      return ratios;
    }
  }

  @Override
  public Result measure(Effort effort) throws Exception {
    Table table =
        new Table(
            "threads",
            "map, calls/µs",
            "pool.get, calls/µs",
            "MilvusClientV2Pool, calls/µs",
            "pool.get / map",
            "pool.get / MilvusClientV2Pool",
            "B per pool.get",
            "target");
    List<Bar> bars = new ArrayList<>();
    try (ScriptedServer server = ScriptedServer.start()) {
      for (int threads : THREADS) {
        Turns turns = new Turns();
        for (int i = 0; i < effort.forks() / 2; i++) {
          for (int j = 0; j < TURNS; j++) {
            run("map|pool", effort, threads, server.target()).forEach(turns::add);
          }
          run("sdkPool", effort, threads, server.target()).forEach(turns::add);
        }
        List<Double> ratios = turns.ratiosToMap();
        double ofMap = Figures.median(ratios);
        double ofSdkPool = turns.score("pool") / turns.score("sdkPool");
        double bytes = Figures.median(turns.allocated.get("pool"));
        table.row(
            Integer.toString(threads),
            Figures.number(turns.score("map")),
            Figures.number(turns.score("pool")),
            Figures.number(turns.score("sdkPool")),
            Figures.withInterval(ratios),
            Figures.ratio(ofSdkPool),
            Figures.number(bytes),
            Table.verdict(
                ofMap >= OF_MAP && ofSdkPool >= OF_SDK_POOL && bytes < 1,
                Figures.medianInterval(ratios)[1] >= OF_MAP
                    && ofSdkPool >= OF_SDK_POOL
                    && bytes < 1,
                "≥ " + OF_MAP + ", ≥ 10, 0 B"));
        bars.add(Figures.bar(Figures.threads(threads), "pool.get", ratios));
      }
    }
    return new Result(table, new Panel("pool.get / ConcurrentHashMap.get", 1, bars));
  }

  private static Collection<RunResult> run(
      String methods, Effort effort, int threads, Target target) throws RunnerException {
    return new Runner(options(methods, effort, threads, target)).run();
  }

  private static Options options(String methods, Effort effort, int threads, Target target) {
    return new OptionsBuilder()
        .include("\\." + GetBenchmark.class.getSimpleName() + "\\.(" + methods + ")$")
        .addProfiler(GCProfiler.class)
        .forks(1)
        .threads(threads)
        .warmupIterations(2)
        .warmupTime(TimeValue.milliseconds(effort.iteration().toMillis()))
        .measurementIterations(10)
        .measurementTime(TimeValue.milliseconds(effort.iteration().toMillis() / 4))
        .jvmArgsAppend(target.jvmArguments())
        .shouldFailOnError(true)
        .verbosity(VerboseMode.SILENT)
        .build();
  }
}
