package dev.milvuspool.bench;

import java.util.Arrays;
import java.util.Collection;
import java.util.Locale;

/** Statistics, and how figures are written. */
final class Figures {
  private Figures() {}

  static double median(Collection<? extends Number> values) {
    return quantile(values, 0.5);
  }

  /** The value below or at which this part of all values lies; of an even median, the mean. */
  static double quantile(Collection<? extends Number> values, double part) {
    double[] sorted = values.stream().mapToDouble(Number::doubleValue).sorted().toArray();
    if (sorted.length == 0) {
      return Double.NaN;
    }
    if (part == 0.5 && sorted.length % 2 == 0) {
      return (sorted[sorted.length / 2 - 1] + sorted[sorted.length / 2]) / 2;
    }
    return sorted[Math.min(sorted.length - 1, (int) (sorted.length * part))];
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
