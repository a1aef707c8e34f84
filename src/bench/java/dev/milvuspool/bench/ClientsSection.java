package dev.milvuspool.bench;

import dev.milvuspool.bench.ThousandClients.Figure;
import dev.milvuspool.server.MilvusServer;
import dev.milvuspool.server.RealMilvus;
import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;

/** {@link ThousandClients}, everyone's in JVMs of its own, and {@link DialsInTurns}. */
final class ClientsSection implements Section {
  private static final List<Subject> SUBJECTS =
      List.of(Subject.SDK, Subject.POOL, Subject.SDK_POOL);

  /** Dialling varies from JVM to JVM more than the rest. */
  private static final int PAIRS_OF_JVMS_A_FORK = 4;

  private static final double OF_SDK = 1.1;
  private static final double MORE_THREADS = 3;
  private static final double CLOSE_MILLIS = 3_000;
  private static final double STATS_MILLIS = 5;

  private final Map<Subject, Map<Figure, List<Double>>> figures = new EnumMap<>(Subject.class);

  @Override
  public Result measure(Effort effort) throws Exception {
    List<Double> dialsOnScripted;
    try (ScriptedServer server = ScriptedServer.start()) {
      for (int i = 0; i < effort.forks(); i++) {
        for (Subject subject : SUBJECTS) {
          addFigures(subject, server.target());
        }
      }
      dialsOnScripted = dialRatios(effort, server.target());
    }
    List<Double> dialsOnReal;
    try (MilvusServer server = RealMilvus.find()) {
      System.out.println(server.description());
      dialsOnReal = dialRatios(effort, Target.of(server));
    }
    Table table = new Table("1,000 clients", "SDK", "milvus-pool", "MilvusClientV2Pool", "target");
    double heap = of(Subject.POOL, Figure.HEAP) / of(Subject.SDK, Figure.HEAP);
    double files = of(Subject.POOL, Figure.FILES) / of(Subject.SDK, Figure.FILES);
    double threads = of(Subject.POOL, Figure.THREADS) - of(Subject.SDK, Figure.THREADS);
    double close = of(Subject.POOL, Figure.CLOSE);
    double stats = of(Subject.POOL, Figure.STATS);
    row(table, "dial from " + ThousandClients.THREADS + " threads, ms", Figure.DIAL, "–");
    dials(table, "the same in turns with the SDK / SDK", dialsOnScripted);
    dials(table, "the same, real Milvus", dialsOnReal);
    row(table, "heap, bytes", Figure.HEAP, ofSdk(heap));
    row(table, "file descriptors", Figure.FILES, ofSdk(files));
    row(
        table,
        "threads",
        Figure.THREADS,
        Table.verdict(threads <= MORE_THREADS, "≤ 3 more than SDK"));
    row(table, "close, ms", Figure.CLOSE, Table.verdict(close < CLOSE_MILLIS, "< 3,000 ms"));
    row(table, "stats(), ms", Figure.STATS, Table.verdict(stats < STATS_MILLIS, "< 5 ms"));
    return Result.of(table);
  }

  /** Of this library's dials to the SDK's: of two JVMs, in each of which another one was first. */
  private static List<Double> dialRatios(Effort effort, Target target) throws Exception {
    List<Double> ratios = new ArrayList<>();
    for (int i = 0; i < PAIRS_OF_JVMS_A_FORK * effort.forks(); i++) {
      Map<Subject, Double> millis = new EnumMap<>(Subject.class);
      for (Subject first : List.of(Subject.SDK, Subject.POOL)) {
        run(
            DialsInTurns.class,
            first,
            target,
            (name, value) -> millis.merge(Subject.valueOf(name), value, Double::sum));
      }
      double ratio = millis.get(Subject.POOL) / millis.get(Subject.SDK);
      System.out.println("dials in turns: " + millis + ", " + Figures.ratio(ratio));
      ratios.add(ratio);
    }
    return ratios;
  }

  private static void dials(Table table, String name, List<Double> ratios) {
    double atLeast = Figures.medianInterval(ratios)[0];
    table.row(
        name,
        "–",
        Figures.withInterval(ratios),
        "–",
        Table.verdict(
            Figures.median(ratios) <= OF_SDK, atLeast <= OF_SDK, "≤ " + OF_SDK + " of SDK"));
  }

  private static String ofSdk(double ratio) {
    return Table.verdict(ratio <= OF_SDK, "≤ 1.1 of SDK (" + Figures.ratio(ratio) + ")");
  }

  private double of(Subject subject, Figure figure) {
    return Figures.median(figures.get(subject).getOrDefault(figure, List.of()));
  }

  private void row(Table table, String name, Figure figure, String target) {
    List<String> cells = new ArrayList<>(List.of(name));
    SUBJECTS.forEach(subject -> cells.add(Figures.number(of(subject, figure))));
    cells.add(target);
    table.row(cells.toArray(String[]::new));
  }

  private void addFigures(Subject subject, Target target) throws Exception {
    run(
        ThousandClients.class,
        subject,
        target,
        (name, value) ->
            figures
                .computeIfAbsent(subject, key -> new EnumMap<>(Figure.class))
                .computeIfAbsent(Figure.valueOf(name), key -> new ArrayList<>())
                .add(value));
  }

  private static void run(
      Class<?> main, Subject argument, Target target, BiConsumer<String, Double> printed)
      throws Exception {
    Process process = Jvm.start(main, List.of(target.jvmArguments()), List.of(argument.name()));
    process
        .inputReader()
        .lines()
        .map(line -> line.split(" "))
        .forEach(words -> printed.accept(words[0], Double.valueOf(words[1])));
    if (process.waitFor() != 0) {
      throw new IOException(
          main.getSimpleName() + " of " + argument.label() + " failed: see above");
    }
  }
}
