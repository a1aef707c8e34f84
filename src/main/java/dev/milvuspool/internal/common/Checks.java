package dev.milvuspool.internal.common;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Argument checks: static ones that throw immediately, and an instance that collects errors so that
 * all are reported at once. A message begins with the argument's name and shows the value. An
 * instance is not thread-safe.
 */
public final class Checks {
  private final List<String> errors = new ArrayList<>();
  private final UnaryOperator<String> naming;

  /** Collects errors under the names that the checks are given. */
  public Checks() {
    this(UnaryOperator.identity());
  }

  /** Collects errors of options; {@code naming} says what the user calls each. */
  public Checks(UnaryOperator<String> naming) {
    this.naming = naming;
  }

  /** The value, or IllegalArgumentException if it is null. */
  public static <T> T notNull(String argument, @Nullable T value) {
    if (value == null) {
      throw new IllegalArgumentException(argument + " must not be null");
    }
    return value;
  }

  /** The value, or IllegalArgumentException if it is null or blank. */
  public static String notBlank(String argument, @Nullable String value) {
    String present = notNull(argument, value);
    if (present.isBlank()) {
      throw new IllegalArgumentException(argument + " must not be blank: '" + present + "'");
    }
    return present;
  }

  /** The list itself, or IllegalArgumentException if it is null or empty. */
  public static <T> List<T> notEmpty(String argument, @Nullable List<T> values) {
    List<T> present = notNull(argument, values);
    if (present.isEmpty()) {
      throw new IllegalArgumentException(argument + " must not be empty");
    }
    return present;
  }

  /** A copy of the names, of which there is at least one and none is null or blank. */
  public static List<String> names(String argument, @Nullable List<String> values) {
    List<String> names = new ArrayList<>(notEmpty(argument, values));
    names.forEach(name -> notBlank(argument, name));
    return names;
  }

  /** The duration, or IllegalArgumentException if it is null or not above zero. */
  public static Duration positive(@Nullable Duration value, String argument) {
    Checks checks = new Checks();
    checks.positive(argument, value);
    checks.throwIfWrong();
    return notNull(argument, value);
  }

  /** What the user calls this option. */
  public String name(String option) {
    return naming.apply(option);
  }

  /** Notes an error. */
  public void wrong(String option, String complaint) {
    errors.add(name(option) + " " + complaint);
  }

  /** What the supplier returns, or null after its IllegalArgumentException has been noted. */
  public <T> @Nullable T get(Supplier<T> supplier) {
    try {
      return supplier.get();
    } catch (IllegalArgumentException e) {
      errors.add(String.valueOf(e.getMessage()));
      return null;
    }
  }

  /** Notes an error if the value is less than the least one. */
  public void atLeast(String option, int value, int least) {
    if (value < least) {
      wrong(option, "must be at least " + least + ": " + value);
    }
  }

  /** Notes an error and returns false if the duration is null or not above zero. */
  public boolean positive(String option, @Nullable Duration value) {
    return duration(
        option, value, value != null && !value.isNegative() && !value.isZero(), "above");
  }

  /** Notes an error if the duration is null or negative. */
  public void notNegative(String option, @Nullable Duration value) {
    duration(option, value, value != null && !value.isNegative(), "at least");
  }

  private boolean duration(String option, @Nullable Duration value, boolean right, String bound) {
    if (!right) {
      wrong(option, value == null ? "must not be null" : "must be " + bound + " zero: " + value);
    }
    return right;
  }

  /** Whether no error has been noted. */
  public boolean allRight() {
    return errors.isEmpty();
  }

  /** Adds what another one has noted, each message edited to hide what must not be shown. */
  public void addAll(Checks other, UnaryOperator<String> edit) {
    other.errors.forEach(error -> errors.add(edit.apply(error)));
  }

  /** Throws one IllegalArgumentException with all errors, if there are any. */
  public void throwIfWrong() {
    if (!errors.isEmpty()) {
      throw new IllegalArgumentException(String.join("; ", errors));
    }
  }
}
