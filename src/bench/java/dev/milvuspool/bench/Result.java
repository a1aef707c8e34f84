package dev.milvuspool.bench;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What was measured.
 *
 * @param table for the document
 * @param panel of a plot that shows it, if there is one
 */
record Result(Table table, @Nullable Panel panel) {
  static Result of(Table table) {
    return new Result(table, null);
  }

  /**
   * Horizontal bars.
   *
   * @param title over it
   * @param reference where a line is drawn for comparison, or 0
   * @param bars from top to bottom
   */
  record Panel(String title, double reference, List<Bar> bars) {}

  /**
   * A bar with an interval.
   *
   * @param group bars of one group stand together under its name
   * @param series what is compared
   * @param value its length
   * @param low the lower end of the interval
   * @param high its upper end
   * @param label beside it
   */
  record Bar(String group, String series, double value, double low, double high, String label) {}
}
