package dev.milvuspool;

import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a listener receives about a call before it is sent.
 *
 * @param client the client's name
 * @param operation the operation, by its method's name
 * @param address the address in use, as {@code host:port}; the client's first one if none is
 * @param database the database of the call; {@code default} if none was set
 * @param collection the collection, or null if the call has none or several
 */
public record CallInfo(
    String client, String operation, String address, String database, @Nullable String collection) {
  // Written out, for JDK 17 keeps the class whose generated ones were linked last.
  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof CallInfo that && components().equals(that.components());
  }

  @Override
  public int hashCode() {
    return components().hashCode();
  }

  private List<@Nullable Object> components() {
    return Arrays.asList(client, operation, address, database, collection);
  }
}
