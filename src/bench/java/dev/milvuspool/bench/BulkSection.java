package dev.milvuspool.bench;

import com.google.gson.JsonObject;
import dev.milvuspool.Client;
import dev.milvuspool.MilvusPool;
import io.milvus.v2.service.vector.request.InsertReq;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
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

  /** Between two searches of a thread; together they make 1,000 a second. */
  private static final Duration INTERVAL = Duration.ofMillis(4);

  private static final int ROWS = 160;
  private static final Duration WARM_UP = Duration.ofSeconds(2);
  private static final double TARGET = 0.5;
  private static final InsertReq BULK =
      InsertReq.builder().collectionName(Collections.WRITTEN).data(rowsOfTenMegabytes()).build();

  /** What the searches go through. */
  private enum Way {
    ONE("withConnections(1)", 1),
    FOUR("withConnections(4)", 4),
    /** The inserts have another client: nothing is shared but the processors. */
    APART("a client of their own", 1);

    private final String label;
    private final int connections;

    Way(String label, int connections) {
      this.label = label;
      this.connections = connections;
    }
  }

  private static List<JsonObject> rowsOfTenMegabytes() {
    return Collections.rows(0, ROWS, "x".repeat(Collections.MAX_TEXT));
  }

  @Override
  public Result measure(Effort effort) throws Exception {
    Map<Way, List<Latencies>> searches = new EnumMap<>(Way.class);
    try (ScriptedServer server = ScriptedServer.start()) {
      Collections.create(server.target());
      for (int i = 0; i < Math.max(2, effort.forks()); i++) {
        for (Way way : Way.values()) {
          searches
              .computeIfAbsent(way, key -> new ArrayList<>())
              .add(searches(server.target(), way));
        }
      }
    }
    double ratio = p99(searches.get(Way.FOUR)) / p99(searches.get(Way.ONE));
    String verdict =
        Table.verdict(
            ratio <= TARGET, "p99 ≤ 0.5 of one connection's (" + Figures.ratio(ratio) + ")");
    Table table = new Table("searches beside bulk inserts", "p50", "p99", "longest", "target");
    searches.forEach((way, rounds) -> row(table, way, rounds, way == Way.FOUR ? verdict : ""));
    return Result.of(table);
  }

  private static Latencies searches(Target target, Way way) throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(INSERTING);
    try (MilvusPool pool = MilvusPool.create()) {
      Client client = pool.add("main", target.options().withConnections(way.connections).build());
      Client inserting = way == Way.APART ? pool.add("bulk", target.options().build()) : client;
      List<Future<?>> inserts = new ArrayList<>();
      for (int i = 0; i < INSERTING; i++) {
        inserts.add(threads.submit(() -> insertAgainAndAgain(inserting)));
      }
      Latencies latencies =
          Load.of(
                  SEARCHING,
                  INTERVAL,
                  WARM_UP,
                  Duration.ofSeconds(5),
                  () -> Operation.SEARCH.on(client))
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

  private static void row(Table table, Way way, List<Latencies> rounds, String target) {
    table.row(
        way.label,
        Figures.duration(quantile(rounds, 0.5)),
        Figures.duration(p99(rounds)),
        Figures.duration(
            rounds.stream().mapToDouble(Latencies::longestMillis).max().orElse(Double.NaN)),
        target);
  }
}
