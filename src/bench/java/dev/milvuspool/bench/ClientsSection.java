package dev.milvuspool.bench;

import dev.milvuspool.bench.ThousandClients.Figure;
import dev.milvuspool.server.MilvusServer;
import dev.milvuspool.server.RealMilvus;
import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * {@link ThousandClients}, everyone's in JVMs of its own, which dial in turns: so what else the
 * machine does meets all.
 */
final class ClientsSection implements Section {
  private static final List<Subject> SUBJECTS =
      List.of(Subject.SDK, Subject.POOL, Subject.SDK_POOL);

  /** Dialling varies from JVM to JVM more than the rest. */
  private static final int JVMS_A_FORK = 4;

  private static final double OF_SDK = 1.1;
  private static final double MORE_THREADS = 3;
  private static final double CLOSE_MILLIS = 3_000;
  private static final double STATS_MILLIS = 5;

  /** Those of one JVM. */
  private static final class Clients {
    private final Subject subject;
    private final ClientsJvm jvm;
    private double dialMillis;

    Clients(Subject subject, Target target) throws IOException {
      this.subject = subject;
      jvm = new ClientsJvm(ThousandClients.class, subject, target);
    }

    void dialSome() throws IOException {
      jvm.tell();
      dialMillis += Double.parseDouble(jvm.listen());
    }

    /** Ends it, after it has told what they cost. */
    Map<Figure, Double> end() throws IOException, InterruptedException {
      Map<Figure, Double> figures = new EnumMap<>(Figure.class);
      figures.put(Figure.DIAL, dialMillis);
      for (String line : jvm.end()) {
        String[] words = line.split(" ");
        figures.put(Figure.valueOf(words[0]), Double.valueOf(words[1]));
      }
      return figures;
    }
  }

  /** What everyone's JVMs said of one server, one after the other. */
  private static final class Measured {
    private final Map<Subject, Map<Figure, List<Double>>> figures = new EnumMap<>(Subject.class);

    void add(Subject subject, Map<Figure, Double> ofOneJvm) {
      Map<Figure, List<Double>> all =
          figures.computeIfAbsent(subject, key -> new EnumMap<>(Figure.class));
      ofOneJvm.forEach(
          (figure, value) -> all.computeIfAbsent(figure, key -> new ArrayList<>()).add(value));
    }

    /** Of this library's dials to those of the SDK that had their turns between them. */
    List<Double> dialRatios() {
      List<Double> pool = figures.get(Subject.POOL).get(Figure.DIAL);
      List<Double> sdk = figures.get(Subject.SDK).get(Figure.DIAL);
      return IntStream.range(0, sdk.size()).mapToObj(i -> pool.get(i) / sdk.get(i)).toList();
    }

    double of(Subject subject, Figure figure) {
      return Figures.median(figures.get(subject).getOrDefault(figure, List.of()));
    }
  }

  @Override
  public Result measure(Effort effort) throws Exception {
    Measured scripted;
    try (ScriptedServer server = ScriptedServer.start()) {
      scripted = measure(effort, server.target());
    }
    Measured real;
    try (MilvusServer server = RealMilvus.find()) {
      System.out.println(server.description());
      real = measure(effort, Target.of(server));
    }
    Table table = new Table("1,000 clients", "SDK", "milvus-pool", "MilvusClientV2Pool", "target");
    double heap = scripted.of(Subject.POOL, Figure.HEAP) / scripted.of(Subject.SDK, Figure.HEAP);
    double files = scripted.of(Subject.POOL, Figure.FILES) / scripted.of(Subject.SDK, Figure.FILES);
    double threads =
        scripted.of(Subject.POOL, Figure.THREADS) - scripted.of(Subject.SDK, Figure.THREADS);
    double close = scripted.of(Subject.POOL, Figure.CLOSE);
    double stats = scripted.of(Subject.POOL, Figure.STATS);
    String dial = "connect from " + ThousandClients.THREADS + " threads, ms";
    dials(table, dial, scripted);
    dials(table, dial + ", real Milvus", real);
    row(table, "heap, bytes", scripted, Figure.HEAP, ofSdk(heap));
    row(table, "file descriptors", scripted, Figure.FILES, ofSdk(files));
    row(
        table,
        "threads",
        scripted,
        Figure.THREADS,
        Table.verdict(threads <= MORE_THREADS, "≤ 3 more than SDK"));
    row(
        table,
        "close, ms",
        scripted,
        Figure.CLOSE,
        Table.verdict(close < CLOSE_MILLIS, "< 3,000 ms"));
    row(
        table,
        "stats(), ms",
        scripted,
        Figure.STATS,
        Table.verdict(stats < STATS_MILLIS, "< 5 ms"));
    return Result.of(table);
  }

  private static Measured measure(Effort effort, Target target) throws Exception {
    Measured measured = new Measured();
    for (int i = 0; i < JVMS_A_FORK * effort.forks(); i++) {
      List<Clients> all = new ArrayList<>();
      for (int k = 0; k < SUBJECTS.size(); k++) {
        all.add(new Clients(SUBJECTS.get((i + k) % SUBJECTS.size()), target));
      }
      for (int turn = 0; turn < ThousandClients.TURNS; turn++) {
        for (int k = 0; k < all.size(); k++) {
          all.get(turn % 2 == 0 ? k : all.size() - 1 - k).dialSome();
        }
      }
      for (Clients clients : all) {
        measured.add(clients.subject, clients.end());
      }
    }
    System.out.println("milvus-pool / SDK, dials: " + measured.dialRatios());
    return measured;
  }

  private static void dials(Table table, String name, Measured measured) {
    List<Double> ratios = measured.dialRatios();
    row(
        table,
        name,
        measured,
        Figure.DIAL,
        Table.verdict(
            Figures.median(ratios) <= OF_SDK,
            Figures.medianInterval(ratios)[0] <= OF_SDK,
            "≤ 1.1 of SDK, " + Figures.withInterval(ratios)));
  }

  private static String ofSdk(double ratio) {
    return Table.verdict(ratio <= OF_SDK, "≤ 1.1 of SDK (" + Figures.ratio(ratio) + ")");
  }

  private static void row(
      Table table, String name, Measured measured, Figure figure, String target) {
    List<String> cells = new ArrayList<>(List.of(name));
    SUBJECTS.forEach(subject -> cells.add(Figures.number(measured.of(subject, figure))));
    cells.add(target);
    table.row(cells.toArray(String[]::new));
  }
}
