package dev.milvuspool.bench;

import dev.milvuspool.bench.Result.Bar;
import java.util.Arrays;
import java.util.Collection;
import java.util.Locale;

/** Statistics, and how figures are written. */
final class Figures {
  private Figures() {}

  static double median(Collection<? extends Number> values) {
    double[] sorted = sorted(values);
    int middle = sorted.length / 2;
    if (sorted.length == 0) {
      return Double.NaN;
    }
    return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }

  private static double[] sorted(Collection<? extends Number> values) {
    return values.stream().mapToDouble(Number::doubleValue).sorted().toArray();
  }

  /**
   * Between which values the median of all that could be measured lies, for 19 of 20 samples like
   * this one. By the ranks of the values, so that it holds however they are distributed.
   *
   * @return the lower and the upper end
   */
  static double[] medianInterval(Collection<? extends Number> values) {
    double[] sorted = sorted(values);
    int lower = (int) Math.max(0, (sorted.length - 1.96 * Math.sqrt(sorted.length)) / 2);
    return new double[] {sorted[lower], sorted[sorted.length - 1 - lower]};
  }

  static double max(Collection<? extends Number> values) {
    return Arrays.stream(values.toArray(new Number[0]))
        .mapToDouble(Number::doubleValue)
        .max()
        .orElse(Double.NaN);
  }

  /** Three digits that matter, and thousands set apart. */
  static String number(double value) {
    if (Double.isNaN(value)) {
      return "–";
    }
    double size = Math.abs(value);
    String format = size >= 100 || size == Math.rint(size) ? "%,.0f" : size >= 10 ? "%.1f" : "%.2f";
    return String.format(Locale.ROOT, format, value);
  }

  /** A ratio; three decimals, because targets differ in the second. */
  static String ratio(double value) {
    return Double.isNaN(value)
        ? "–"
        : String.format(Locale.ROOT, value < 10 ? "%.3f" : "%,.0f", value);
  }

  /** The median of ratios, and where it lies for certain. */
  static String withInterval(Collection<? extends Number> ratios) {
    double[] interval = medianInterval(ratios);
    return ratio(median(ratios)) + " (" + ratio(interval[0]) + "–" + ratio(interval[1]) + ")";
  }

  /** A bar of the median of ratios. */
  static Bar bar(String group, String series, Collection<? extends Number> ratios) {
    double[] interval = medianInterval(ratios);
    double median = median(ratios);
    return new Bar(group, series, median, interval[0], interval[1], ratio(median));
  }

  static String threads(int number) {
    return number + (number == 1 ? " thread" : " threads");
  }

  /** A duration in the unit that suits it. */
  static String duration(double millis) {
    if (Double.isNaN(millis)) {
      return "–";
    }
    if (millis >= 10_000) {
      return number(millis / 1_000) + " s";
    }
    return millis < 0.1 ? number(millis * 1_000) + " µs" : number(millis) + " ms";
  }

  static double millisSince(long startedAt) {
    return (System.nanoTime() - startedAt) / 1e6;
  }
}
