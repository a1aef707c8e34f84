package dev.milvuspool;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The figures by which the README compares are those of the latest benchmark. */
class DocumentedFiguresTest {
  private static final Pattern SECTION =
      Pattern.compile("^## What is different\\n(.*?)^## ", Pattern.MULTILINE | Pattern.DOTALL);

  /** What was measured, in the columns of the three: not how it was measured, in the first one. */
  private static final Pattern CELLS =
      Pattern.compile("^\\|[^|]*\\|([^|]*\\|[^|]*\\|[^|]*)\\|$", Pattern.MULTILINE);

  private static final Pattern FIGURE = Pattern.compile("\\d[\\d,]*(?:\\.\\d+)?(?: ms| s)?");

  @Test
  void everyFigureOfTheReadmesComparisonIsInTheBenchmarks() {
    String benchmarks = Documents.read(Path.of("docs", "benchmarks.md"));
    MatchResult section =
        SECTION.matcher(Documents.read(Path.of("README.md"))).results().findFirst().orElseThrow();

    List<String> figures =
        CELLS
            .matcher(section.group(1))
            .results()
            .flatMap(row -> FIGURE.matcher(row.group(1).replace("MilvusClientV2", "")).results())
            .map(MatchResult::group)
            .toList();

    assertThat(figures)
        .hasSizeGreaterThan(15)
        .allSatisfy(
            figure ->
                assertThat(
                        Pattern.compile("(?<![\\d.,])" + Pattern.quote(figure) + "(?![\\d.,]*\\d)")
                            .matcher(benchmarks)
                            .find())
                    .as("figure %s of the README, in docs/benchmarks.md", figure)
                    .isTrue());
  }
}
