package dev.milvuspool.bench;

import dev.milvuspool.bench.ThousandClients.Figure;
import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** {@link ThousandClients}, everyone's in JVMs of its own. */
final class ClientsSection implements Section {
  private static final List<Subject> SUBJECTS =
      List.of(Subject.SDK, Subject.POOL, Subject.SDK_POOL);

  /** Dialling varies from JVM to JVM more than the rest. */
  private static final int JVMS_A_FORK = 2;

  private static final double OF_SDK = 1.1;
  private static final double MORE_THREADS = 3;
  private static final double CLOSE_MILLIS = 3_000;
  private static final double STATS_MILLIS = 5;

  private final Map<Subject, Map<Figure, List<Double>>> figures = new EnumMap<>(Subject.class);

  @Override
  public Result measure(Effort effort) throws Exception {
    try (ScriptedServer server = ScriptedServer.start()) {
      for (int i = 0; i < JVMS_A_FORK * effort.forks(); i++) {
        for (Subject subject : SUBJECTS) {
          run(subject, server.target());
        }
      }
    }
    Table table = new Table("1,000 clients", "SDK", "milvus-pool", "MilvusClientV2Pool", "target");
    double dial = of(Subject.POOL, Figure.DIAL) / of(Subject.SDK, Figure.DIAL);
    double heap = of(Subject.POOL, Figure.HEAP) / of(Subject.SDK, Figure.HEAP);
    double files = of(Subject.POOL, Figure.FILES) / of(Subject.SDK, Figure.FILES);
    double threads = of(Subject.POOL, Figure.THREADS) - of(Subject.SDK, Figure.THREADS);
    double close = of(Subject.POOL, Figure.CLOSE);
    double stats = of(Subject.POOL, Figure.STATS);
    row(table, "dial from " + ThousandClients.THREADS + " threads, ms", Figure.DIAL, ofSdk(dial));
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

  private void run(Subject subject, Target target) throws IOException, InterruptedException {
    Process process =
        Jvm.start(ThousandClients.class, List.of(target.jvmArguments()), List.of(subject.name()));
    process
        .inputReader()
        .lines()
        .map(line -> line.split(" "))
        .forEach(
            words ->
                figures
                    .computeIfAbsent(subject, key -> new EnumMap<>(Figure.class))
                    .computeIfAbsent(Figure.valueOf(words[0]), key -> new ArrayList<>())
                    .add(Double.valueOf(words[1])));
    if (process.waitFor() != 0) {
      throw new IOException("a thousand clients of " + subject.label() + " failed: see above");
    }
  }
}
