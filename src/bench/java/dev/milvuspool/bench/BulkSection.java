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
 * rests as long as an insert took, so that network and processors have room for the searches.
 */
final class BulkSection implements Section {
  private static final int INSERTING = 2;
  private static final int SEARCHING = 4;

  /** Between two searches of a thread; together they make 80 a second. */
  private static final Duration INTERVAL = Duration.ofMillis(50);

  private static final int ROWS = 160;
  private static final Duration WARM_UP = Duration.ofSeconds(2);
  private static final Duration MEASURED = Duration.ofSeconds(10);
  private static final double TARGET = 0.5;
  private static final InsertReq BULK =
      InsertReq.builder().collectionName(Collections.WRITTEN).data(rowsOfTenMegabytes()).build();

  /** Between client and server. */
  private enum Network {
    LINK("25 MB/s", "--bandwidth", "25000000"),
    LOOPBACK("loopback");

    private final String label;
    private final String[] serverOptions;

    Network(String label, String... serverOptions) {
      this.label = label;
      this.serverOptions = serverOptions;
    }
  }

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
    Table table =
        new Table("searches during bulk inserts", "network", "p50", "p99", "longest", "target");
    for (Network network : Network.values()) {
      Map<Way, List<Latencies>> searches = searches(effort, network);
      double ratio = p99(searches.get(Way.FOUR)) / p99(searches.get(Way.ONE));
      String ofOne = "p99 %s of one connection's".formatted(Figures.ratio(ratio));
      String verdict =
          network == Network.LINK ? Table.verdict(ratio <= TARGET, ofOne + ", ≤ " + TARGET) : ofOne;
      searches.forEach(
          (way, rounds) -> row(table, way, network, rounds, way == Way.FOUR ? verdict : ""));
    }
    return Result.of(table);
  }

  private static Map<Way, List<Latencies>> searches(Effort effort, Network network)
      throws Exception {
    Map<Way, List<Latencies>> searches = new EnumMap<>(Way.class);
    try (ScriptedServer server = ScriptedServer.start(network.serverOptions)) {
      Collections.create(server.target());
      for (int i = 0; i < effort.forks(); i++) {
        for (Way way : Way.values()) {
          searches
              .computeIfAbsent(way, key -> new ArrayList<>())
              .add(searches(server.target(), way));
        }
      }
    }
    return searches;
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
          Load.of(SEARCHING, INTERVAL, WARM_UP, MEASURED, () -> Operation.SEARCH.on(client))
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

  private static void row(
      Table table, Way way, Network network, List<Latencies> rounds, String target) {
    table.row(
        way.label,
        network.label,
        Figures.duration(quantile(rounds, 0.5)),
        Figures.duration(p99(rounds)),
        Figures.duration(
            rounds.stream().mapToDouble(Latencies::longestMillis).max().orElse(Double.NaN)),
        target);
  }
}
