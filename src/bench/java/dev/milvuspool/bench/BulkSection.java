package dev.milvuspool.bench;

import com.google.gson.JsonObject;
import dev.milvuspool.Client;
import dev.milvuspool.MilvusPool;
import io.milvus.v2.service.vector.request.InsertReq;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Small searches while two threads insert 10 MB at a time through the same client. Who inserts
 * rests as long as an insert took, so that the processors have room for the searches.
 */
final class BulkSection implements Section {
  private static final int INSERTING = 2;
  private static final int SEARCHING = 4;
  private static final int ROWS = 160;
  private static final Duration WARM_UP = Duration.ofSeconds(2);
  private static final double TARGET = 0.5;
  private static final InsertReq BULK =
      InsertReq.builder().collectionName(Collections.WRITTEN).data(rowsOfTenMegabytes()).build();

  private static List<JsonObject> rowsOfTenMegabytes() {
    return Collections.rows(0, ROWS, "x".repeat(Collections.MAX_TEXT));
  }

  @Override
  public Result measure(Effort effort) throws Exception {
    Map<Integer, List<Latencies>> searches = new LinkedHashMap<>();
    try (ScriptedServer server = ScriptedServer.start()) {
      Collections.create(server.target());
      for (int i = 0; i < Math.max(2, effort.forks()); i++) {
        for (int connections : List.of(1, 4)) {
          searches
              .computeIfAbsent(connections, key -> new ArrayList<>())
              .add(searches(server.target(), connections));
        }
      }
    }
    double one = p99(searches.get(1));
    double four = p99(searches.get(4));
    Table table = new Table("searches beside bulk inserts", "p50", "p99", "longest", "target");
    row(table, "withConnections(1)", searches.get(1), "");
    row(
        table,
        "withConnections(4)",
        searches.get(4),
        Table.verdict(
            four <= TARGET * one,
            "p99 ≤ 0.5 of one connection's (" + Figures.ratio(four / one) + ")"));
    return Result.of(table);
  }

  private static Latencies searches(Target target, int connections) throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(INSERTING);
    try (MilvusPool pool = MilvusPool.create()) {
      Client client = pool.add("main", target.options().withConnections(connections).build());
      List<Future<?>> inserts = new ArrayList<>();
      for (int i = 0; i < INSERTING; i++) {
        inserts.add(threads.submit(() -> insertAgainAndAgain(client)));
      }
      Latencies latencies =
          Load.of(SEARCHING, WARM_UP, Duration.ofSeconds(5), () -> Operation.SEARCH.on(client))
              .latencies();
      for (Future<?> each : inserts) {
        if (each.isDone()) {
          each.get(); // says why
        }
      }
      return latencies;
    } finally {
      threads.shutdownNow();
    }
  }

  private static Void insertAgainAndAgain(Client client) throws InterruptedException {
    while (true) {
      long startedAt = System.nanoTime();
      client.insert(BULK);
      Thread.sleep((long) Figures.millisSince(startedAt));
    }
  }

  private static double p99(List<Latencies> rounds) {
    return quantile(rounds, 0.99);
  }

  private static double quantile(List<Latencies> rounds, double part) {
    return Figures.median(rounds.stream().map(each -> each.quantileMillis(part)).toList());
  }

  private static void row(Table table, String name, List<Latencies> rounds, String target) {
    table.row(
        name,
        Figures.duration(quantile(rounds, 0.5)),
        Figures.duration(p99(rounds)),
        Figures.duration(
            rounds.stream().mapToDouble(Latencies::longestMillis).max().orElse(Double.NaN)),
        target);
  }
}
