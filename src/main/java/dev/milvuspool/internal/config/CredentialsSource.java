package dev.milvuspool.internal.config;

import dev.milvuspool.Credentials;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Where a client's credentials come from. Two sources of the same kind and values are equal; {@code
 * toString} says what it is and shows no secret.
 */
public sealed interface CredentialsSource extends Supplier<Credentials>
    permits CredentialsSource.Fixed, CredentialsSource.Supplied, FileCredentials {
  /**
   * The user's name.
   *
   * @return the name, or null if there is none or if it is not known before asking
   */
  @Nullable String username();

  /**
   * Credentials that do not change.
   *
   * @param credentials those that every request carries
   */
  record Fixed(Credentials credentials) implements CredentialsSource {
    @Override
    public Credentials get() {
      return credentials;
    }

    @Override
    public @Nullable String username() {
      return OptionSecrets.username(credentials);
    }

    // Written out: JDK 17 keeps the class whose generated one was linked last.
    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof Fixed that && credentials.equals(that.credentials);
    }

    @Override
    public int hashCode() {
      return credentials.hashCode();
    }

    @Override
    public String toString() {
      return credentials.toString();
    }
  }

  /**
   * Credentials of a user's supplier, which is asked for every request.
   *
   * @param supplier the user's own; it may throw or return null
   */
  record Supplied(Supplier<Credentials> supplier) implements CredentialsSource {
    @Override
    public Credentials get() {
      return supplier.get();
    }

    @Override
    public @Nullable String username() {
      return null;
    }

    // Written out: JDK 17 keeps the class whose generated one was linked last.
    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof Supplied that && supplier.equals(that.supplier);
    }

    @Override
    public int hashCode() {
      return supplier.hashCode();
    }

    /** The class only: the supplier's own {@code toString} might show a secret. */
    @Override
    public String toString() {
      return "credentials of " + supplier.getClass().getName();
    }
  }
}
