package dev.milvuspool.internal.client;

import dev.milvuspool.internal.channel.ConnectionSupervisor;
import dev.milvuspool.internal.channel.Snapshot;
import io.milvus.v2.client.MilvusClientV2;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The SDK clients of one client, one for each database, made when first needed and kept for the
 * client's life. So all connections share the cached schema of a collection, and an SDK client that
 * a user has unwrapped stays valid. No database and {@code default} are one database.
 */
final class SdkClients {
  private final ConnectionSupervisor supervisor;
  private volatile Map<String, SupervisedSdkClient> clients = Map.of(); // copied on write

  SdkClients(ConnectionSupervisor supervisor) {
    this.supervisor = supervisor;
  }

  /** The SDK client of a database. */
  MilvusClientV2 of(String database) {
    SupervisedSdkClient known = clients.get(database);
    return known != null ? known : add(database);
  }

  private synchronized SupervisedSdkClient add(String database) {
    Map<String, SupervisedSdkClient> all = new HashMap<>(clients);
    SupervisedSdkClient client =
        all.computeIfAbsent(
            database, name -> new SupervisedSdkClient(supervisor, header(name), this));
    clients = Map.copyOf(all);
    return client;
  }

  /** All that exist: each may know a schema of any database, which a request may name. */
  void forEach(Consumer<SupervisedSdkClient> action) {
    clients.values().forEach(action);
  }

  /** The name that requests carry, or null for none. */
  static @Nullable String header(String database) {
    return database.equals(Snapshot.DEFAULT_DATABASE) ? null : database;
  }
}
