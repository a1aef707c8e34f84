package dev.milvuspool.bench;

import java.util.ArrayList;
import java.util.List;

/** A Markdown table. */
final class Table {
  private final List<List<String>> rows = new ArrayList<>();

  Table(String... headings) {
    rows.add(List.of(headings));
  }

  Table row(String... cells) {
    if (cells.length != rows.get(0).size()) {
      throw new IllegalArgumentException(cells.length + " cells for " + rows.get(0));
    }
    rows.add(List.of(cells));
    return this;
  }

  /** A target, and whether it was met. */
  static String verdict(boolean met, String target) {
    return target + (met ? ": met" : ": **missed**");
  }

  /** The same, where a sample may be too small to tell a miss from chance. */
  static String verdict(boolean met, boolean maybeMet, String target) {
    return maybeMet && !met ? target + ": undecided" : verdict(met, target);
  }

  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    line(text, rows.get(0));
    line(text, rows.get(0).stream().map(heading -> "---").toList());
    rows.subList(1, rows.size()).forEach(row -> line(text, row));
    return text.toString();
  }

  private static void line(StringBuilder text, List<String> cells) {
    text.append("| ").append(String.join(" | ", cells)).append(" |\n");
  }
}
