package dev.milvuspool.bench;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Runs the benchmarks and writes docs/benchmarks-tables.md and the plots beside it. Arguments:
 * {@code quick} (the default) or {@code full}, and the sections that are wanted; none means all.
 */
public final class Benchmarks {
  private static final Map<String, Section> SECTIONS = new LinkedHashMap<>();

  static {
    SECTIONS.put("get", new GetSection());
    SECTIONS.put("get-latency", new GetLatencySection());
    SECTIONS.put("calls", CallSection.onScriptedServer());
    SECTIONS.put("real-calls", CallSection.onRealServer());
    SECTIONS.put("clients", new ClientsSection());
    SECTIONS.put("connections", new ConnectionsSection());
    SECTIONS.put("bulk", new BulkSection());
    SECTIONS.put("outage", new OutageSection());
    SECTIONS.put("return", new ReturnSection());
    SECTIONS.put("in-flight", new InFlightSection());
  }

  private Benchmarks() {}

  /** Runs what the arguments name. */
  public static void main(String[] arguments) throws Exception {
    List<String> wanted = new ArrayList<>(List.of(arguments));
    Effort effort = wanted.remove("full") ? Effort.FULL : Effort.QUICK;
    wanted.remove("quick");
    if (!SECTIONS.keySet().containsAll(wanted)) {
      throw new IllegalArgumentException(
          "expected quick or full, and any of " + SECTIONS.keySet() + ", not " + wanted);
    }
    List<String> failed = run(effort, wanted.isEmpty() ? List.copyOf(SECTIONS.keySet()) : wanted);
    if (!failed.isEmpty()) {
      System.err.println("No result of " + failed + ": see above.");
    }
    System.exit(failed.isEmpty() ? 0 : 1);
  }

  private static List<String> run(Effort effort, List<String> wanted) throws Exception {
    long startedAt = System.nanoTime();
    Report report = new Report(effort);
    List<String> failed = new ArrayList<>();
    for (String name : wanted) {
      System.out.printf(
          Locale.ROOT, "%n==== %s (%.0f s)%n", name, Figures.millisSince(startedAt) / 1_000);
      try {
        report.add(name, SECTIONS.get(name).measure(effort));
      } catch (Exception e) { // the others are none the worse
        e.printStackTrace();
        failed.add(name);
      }
    }
    System.out.printf(Locale.ROOT, "==== done in %.0f s%n", Figures.millisSince(startedAt) / 1_000);
    return failed;
  }
}
