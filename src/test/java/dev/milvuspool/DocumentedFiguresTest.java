package dev.milvuspool;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The figures by which documents compare are those of the latest run of the benchmarks. */
class DocumentedFiguresTest {
  private static final Path README = Path.of("README.md");
  private static final Path BENCHMARKS = Path.of("docs", "benchmarks.md");
  private static final Path TABLES = Path.of("docs", "benchmarks-tables.md");

  /** What was measured, in the columns of the three: not how it was measured, in the first one. */
  private static final Pattern CELLS =
      Pattern.compile("^\\|[^|]*\\|([^|]*\\|[^|]*\\|[^|]*)\\|$", Pattern.MULTILINE);

  private static final Pattern FIGURE = Pattern.compile("\\d[\\d,]*(?:\\.\\d+)?(?: ms| s)?");

  @Test
  void theSummaryOfTheBenchmarksHasTheFiguresOfTheirTables() {
    assertThat(figures(Documents.read(BENCHMARKS)))
        .hasSizeGreaterThan(30)
        .allSatisfy(figure -> assertHas(TABLES, figure));
  }

  @Test
  void theReadmesComparisonHasTheFiguresOfTheSummary() {
    String comparison =
        Documents.read(README).split("(?m)^## What is different\\n", 2)[1].split("(?m)^## ", 2)[0];

    assertThat(figures(comparison))
        .hasSizeGreaterThan(15)
        .allSatisfy(figure -> assertHas(BENCHMARKS, figure));
  }

  private static List<String> figures(String text) {
    return CELLS
        .matcher(text)
        .results()
        .flatMap(row -> FIGURE.matcher(row.group(1).replace("MilvusClientV2", "")).results())
        .map(MatchResult::group)
        .toList();
  }

  private static void assertHas(Path document, String figure) {
    assertThat(
            Pattern.compile("(?<![\\d.,])" + Pattern.quote(figure) + "(?![\\d.,]*\\d)")
                .matcher(Documents.read(document))
                .find())
        .as("%s has the figure %s", document, figure)
        .isTrue();
  }
}
