package dev.milvuspool.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;

/**
 * Puts what was measured into docs/benchmarks-tables.md, each section's table between its markers
 * as soon as it is there, and its plots beside it.
 */
final class Report {
  private static final Path DOCUMENT = Path.of("docs", "benchmarks-tables.md");

  private final Effort effort;

  Report(Effort effort) {
    this.effort = effort;
  }

  void add(String section, Result result) throws IOException {
    String text = "\n" + result.table() + "\n" + plot(section, result) + caption() + "\n\n";
    System.out.println(text);
    String begin = "<!-- begin " + section + " -->\n";
    String end = "<!-- end " + section + " -->";
    String document = Files.readString(DOCUMENT);
    int from = document.indexOf(begin);
    int to = document.indexOf(end);
    if (from < 0 || to < from) {
      throw new IllegalStateException(
          DOCUMENT + " has no place for " + section + ": " + begin + end);
    }
    Files.writeString(
        DOCUMENT, document.substring(0, from + begin.length()) + text + document.substring(to));
  }

  /** Draws what there is to draw; the reference to it. */
  private static String plot(String section, Result result) throws IOException {
    if (result.panel() == null) {
      return "";
    }
    String file = "benchmarks-" + section + ".svg";
    Files.writeString(DOCUMENT.resolveSibling(file), Plot.of(result.panel()));
    return "![" + result.panel().title() + "](" + file + ")\n\n";
  }

  private String caption() {
    return (effort == Effort.QUICK ? "Quick run" : "Full run")
        + " of "
        + LocalDate.now()
        + ": "
        + Machine.description()
        + ".";
  }
}
