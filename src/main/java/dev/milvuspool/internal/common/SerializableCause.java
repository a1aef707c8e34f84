package dev.milvuspool.internal.common;

import dev.milvuspool.MilvusPoolException;
import java.io.IOException;
import java.io.ObjectOutputStream;
import java.io.OutputStream;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The text of a throwable that cannot be serialised: its class name, message, stack trace, causes
 * and suppressed exceptions. It stands in for the original in what is serialised, and prints like
 * the original.
 *
 * <p>It exists because gRPC's exceptions hold a {@code Status}, which is not serialisable: an
 * exception of this library with such a cause could not be sent to another JVM or kept in a
 * session.
 */
public final class SerializableCause extends Exception {
  private static final long serialVersionUID = 1L;

  /**
   * Set while a throwable is written to nowhere to see whether that succeeds. Exceptions of this
   * library are left out meanwhile: they can always be serialised, and looking into them again at
   * every level would double the work with each of them. Removed afterwards, so that no thread
   * keeps the class loader reachable.
   */
  private static final ThreadLocal<Boolean> TRIAL = new ThreadLocal<>();

  /** What {@code toString} of the original returned. */
  private final String text;

  private SerializableCause(
      String text,
      @Nullable String message,
      @Nullable Throwable cause,
      StackTraceElement[] stackTrace) {
    super(message, cause);
    this.text = text;
    setStackTrace(stackTrace);
  }

  /**
   * Makes a throwable serialisable.
   *
   * @param original a cause or a suppressed exception
   * @return the original if it can be serialised, else a text of it; in that text each cause that
   *     can be serialised is kept as it is
   */
  public static Throwable of(Throwable original) {
    return of(original, identitySet());
  }

  /** {@return whether what this thread writes goes nowhere, to see whether it can be serialised} */
  public static boolean isTrial() {
    return TRIAL.get() != null;
  }

  private static Throwable of(Throwable original, Set<Throwable> seen) {
    if (!seen.add(original)) {
      return new SerializableCause(
          "circular reference: " + original, null, null, new StackTraceElement[0]);
    }
    boolean isOurs = original instanceof MilvusPoolException;
    // An exception of this library replaces its own causes when it is written. In a circle that
    // would never end, so there it becomes a text, too.
    if (isOurs ? !isCircular(original, identitySet(), identitySet()) : canBeWritten(original)) {
      return original;
    }
    Throwable cause = original.getCause();
    SerializableCause copy =
        new SerializableCause(
            String.valueOf(original),
            original.getMessage(),
            cause == null ? null : of(cause, seen),
            original.getStackTrace());
    for (Throwable suppressed : original.getSuppressed()) {
      copy.addSuppressed(of(suppressed, seen));
    }
    return copy;
  }

  private static boolean canBeWritten(Throwable throwable) {
    TRIAL.set(true);
    try (ObjectOutputStream nowhere = new ObjectOutputStream(OutputStream.nullOutputStream())) {
      nowhere.writeObject(throwable);
      return true;
    } catch (IOException | RuntimeException e) {
      return false;
    } finally {
      TRIAL.remove();
    }
  }

  private static boolean isCircular(Throwable from, Set<Throwable> path, Set<Throwable> done) {
    if (!path.add(from)) {
      return true;
    }
    if (done.add(from)) {
      Throwable cause = from.getCause();
      if (cause != null && isCircular(cause, path, done)) {
        return true;
      }
      for (Throwable suppressed : from.getSuppressed()) {
        if (isCircular(suppressed, path, done)) {
          return true;
        }
      }
    }
    path.remove(from);
    return false;
  }

  private static Set<Throwable> identitySet() {
    return Collections.newSetFromMap(new IdentityHashMap<>());
  }

  /** What the original's {@code toString} returned: its class name and its message. */
  @Override
  @SuppressWarnings("OverrideThrowableToString") // getMessage() is the original's as well
  public String toString() {
    return text;
  }
}
