package dev.milvuspool.internal.common;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** Argument checks: one at a time, or collected so that all errors are told at once. */
final class Checks {
  private final List<String> errors = new ArrayList<>();
  private final UnaryOperator<String> naming;

  Checks() {
    this(UnaryOperator.identity());
  }

  /**
   * Tells errors of options that the user knows by other names.
   *
   * @param naming what the user calls an option
   */
  Checks(UnaryOperator<String> naming) {
    this.naming = naming;
  }

  static <T> T notNull(String argument, @Nullable T value) {
    if (value == null) {
      throw new IllegalArgumentException(argument + " must not be null");
    }
    return value;
  }

  static String notBlank(String argument, @Nullable String value) {
    String present = notNull(argument, value);
    if (present.isBlank()) {
      throw new IllegalArgumentException(argument + " must not be blank: '" + present + "'");
    }
    return present;
  }

  static <T> List<T> notEmpty(String argument, @Nullable List<T> values) {
    List<T> present = notNull(argument, values);
    if (present.isEmpty()) {
      throw new IllegalArgumentException(argument + " must not be empty");
    }
    return present;
  }

  /** A copy of the names, of which there is at least one and none is null or blank. */
  static List<String> names(String argument, @Nullable List<String> values) {
    List<String> names = new ArrayList<>(notEmpty(argument, values));
    names.forEach(name -> notBlank(argument, name));
    return names;
  }

  static void requireAtLeast(String argument, int least, int value) {
    Checks checks = new Checks();
    checks.atLeast(argument, value, least);
    checks.throwIfWrong();
  }

  static Duration positive(@Nullable Duration value, String argument) {
    Checks checks = new Checks();
    checks.positive(argument, value);
    checks.throwIfWrong();
    return notNull(argument, value);
  }

  /** What the user calls this option. */
  String name(String option) {
    return naming.apply(option);
  }

  void wrong(String option, String complaint) {
    errors.add(name(option) + " " + complaint);
  }

  /** What the supplier returns, or null after its IllegalArgumentException has been noted. */
  <T> @Nullable T get(Supplier<T> supplier) {
    try {
      return supplier.get();
    } catch (IllegalArgumentException e) {
      errors.add(String.valueOf(e.getMessage()));
      return null;
    }
  }

  void atLeast(String option, int value, int least) {
    if (value < least) {
      wrong(option, "must be at least " + least + ": " + value);
    }
  }

  boolean positive(String option, @Nullable Duration value) {
    return duration(
        option, value, value != null && !value.isNegative() && !value.isZero(), "above");
  }

  void notNegative(String option, @Nullable Duration value) {
    duration(option, value, value != null && !value.isNegative(), "at least");
  }

  private boolean duration(String option, @Nullable Duration value, boolean right, String bound) {
    if (!right) {
      wrong(option, value == null ? "must not be null" : "must be " + bound + " zero: " + value);
    }
    return right;
  }

  boolean allRight() {
    return errors.isEmpty();
  }

  /** Takes over what another one has noted. */
  void addAll(Checks other) {
    errors.addAll(other.errors);
  }

  void throwIfWrong() {
    if (!errors.isEmpty()) {
      throw new IllegalArgumentException(String.join("; ", errors));
    }
  }
}
