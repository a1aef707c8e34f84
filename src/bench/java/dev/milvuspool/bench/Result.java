package dev.milvuspool.bench;

import java.util.List;

/**
 * What was measured.
 *
 * @param table for the document
 * @param panels of the plot that show it
 */
record Result(Table table, List<Panel> panels) {
  static Result of(Table table) {
    return new Result(table, List.of());
  }

  /**
   * A part of the plot: horizontal bars.
   *
   * @param title over it
   * @param reference where a line is drawn for comparison, or 0
   * @param bars from top to bottom
   */
  record Panel(String title, double reference, List<Bar> bars) {}

  /**
   * A bar.
   *
   * @param group bars of one group stand together under its name
   * @param series what is compared
   * @param value its length
   * @param label at its end
   */
  record Bar(String group, String series, double value, String label) {}
}
