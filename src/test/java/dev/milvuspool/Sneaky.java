package dev.milvuspool;

/** Throws what need not be declared, as Kotlin does: checked exceptions as well. */
final class Sneaky {
  private Sneaky() {}

  /** Throws it; to be called as {@code throw Sneaky.<RuntimeException>thrown(failure)}. */
  @SuppressWarnings("unchecked") // that is the trick
  static <T extends Throwable> T thrown(Throwable failure) throws T {
    throw (T) failure;
  }
}
