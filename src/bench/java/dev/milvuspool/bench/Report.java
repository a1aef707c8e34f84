package dev.milvuspool.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;

/**
 * Puts what was measured into docs/benchmarks.md, each section's table between its markers as soon
 * as it is there, and the plot beside it once all that it shows was measured in the same run.
 */
final class Report {
  private static final Path DOCUMENT = Path.of("docs", "benchmarks.md");
  private static final Path PLOT = Path.of("docs", "benchmarks.svg");

  private final Effort effort;
  private final List<Result.Panel> panels = new ArrayList<>();

  Report(Effort effort) {
    this.effort = effort;
  }

  void add(String section, Result result) throws IOException {
    String text = "\n" + result.table() + "\n" + caption() + "\n\n";
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
    panels.addAll(result.panels());
  }

  /** Draws the plot. */
  void plot() throws IOException {
    Files.writeString(PLOT, Plot.of(panels, caption()));
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
