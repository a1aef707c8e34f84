package dev.milvuspool.internal.config;

import dev.milvuspool.ClientOptions;
import dev.milvuspool.TlsOptions;
import dev.milvuspool.internal.common.Checks;
import org.jspecify.annotations.Nullable;

/**
 * Builds options so that errors carry the names of properties instead of the builder's. The
 * builders' methods for it are not public; as in {@link OptionSecrets}, their classes register them
 * here. A builder exists only after the class of its options has been initialised.
 */
public final class OptionBuilders {
  /** Builds a client's options. */
  @FunctionalInterface
  public interface ForClient {
    /**
     * Builds options.
     *
     * @param builder has the values
     * @param checks where errors are noted
     * @return the options, or null after an error was noted
     */
    @Nullable ClientOptions build(ClientOptions.Builder builder, Checks checks);
  }

  /** Builds TLS options. */
  @FunctionalInterface
  public interface ForTls {
    /**
     * Builds options.
     *
     * @param builder has the values
     * @param checks where errors are noted
     * @return the options, or null after an error was noted
     */
    @Nullable TlsOptions build(TlsOptions.Builder builder, Checks checks);
  }

  private static volatile @Nullable ForClient forClient;
  private static volatile @Nullable ForTls forTls;

  private OptionBuilders() {}

  /**
   * Called by the static initialiser of {@link ClientOptions} and by nothing else.
   *
   * @param build its builder's method
   */
  public static void registerClient(ForClient build) {
    forClient = build;
  }

  /**
   * Called by the static initialiser of {@link TlsOptions} and by nothing else.
   *
   * @param build its builder's method
   */
  public static void registerTls(ForTls build) {
    forTls = build;
  }

  static @Nullable ClientOptions build(ClientOptions.Builder builder, Checks checks) {
    return Checks.notNull("forClient", forClient).build(builder, checks);
  }

  static @Nullable TlsOptions build(TlsOptions.Builder builder, Checks checks) {
    return Checks.notNull("forTls", forTls).build(builder, checks);
  }
}
