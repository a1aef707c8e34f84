package dev.milvuspool.bench;

import dev.milvuspool.MilvusPool;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Four hundred threads that search on a server which answers after 50 ms and, as hops in front of
 * Milvus do, takes a hundred calls at a time on one connection.
 */
final class ConnectionsSection implements Section {
  private static final int THREADS = 400;
  private static final String STREAMS = "100";
  private static final String DELAY_MICROS = "50000";
  private static final Duration WARM_UP = Duration.ofSeconds(1);
  private static final double TARGET = 1.5;
  private static final String ONE = "withConnections(1)";
  private static final String FOUR = "withConnections(4)";

  @Override
  public Result measure(Effort effort) throws Exception {
    Map<String, List<Double>> rates = new LinkedHashMap<>();
    try (ScriptedServer server =
        ScriptedServer.start("--max-calls", STREAMS, "--delay-micros", DELAY_MICROS)) {
      Target target = server.target();
      Collections.create(target);
      for (int i = 0; i < Math.max(2, effort.forks()); i++) {
        measure(rates, Subject.SDK.label(), Subject.SDK.open(target));
        measure(rates, Subject.SDK_POOL.label(), Subject.SDK_POOL.open(target));
        measure(rates, ONE, pool(target, 1));
        measure(rates, FOUR, pool(target, 4));
      }
    }
    double one = Figures.median(rates.get(ONE));
    Table table = new Table("400 threads", "calls/s", "of withConnections(1)", "target");
    rates.forEach(
        (name, each) -> {
          double rate = Figures.median(each);
          table.row(
              name,
              Figures.number(rate),
              Figures.ratio(rate / one),
              name.equals(FOUR) ? Table.verdict(rate >= TARGET * one, "≥ " + TARGET) : "");
        });
    return Result.of(table);
  }

  static Caller pool(Target target, int connections) {
    return new PoolCaller(
        MilvusPool.create(), target.options().withConnections(connections).build());
  }

  private static void measure(Map<String, List<Double>> rates, String name, Caller caller)
      throws Exception {
    try (caller) {
      Load load =
          Load.of(THREADS, WARM_UP, Duration.ofSeconds(2), () -> caller.call(Operation.SEARCH));
      rates.computeIfAbsent(name, key -> new ArrayList<>()).add(load.callsPerSecond());
    }
  }
}
