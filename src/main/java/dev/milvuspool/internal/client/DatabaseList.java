package dev.milvuspool.internal.client;

import io.milvus.v2.client.MilvusClientV2;
import io.milvus.v2.exception.MilvusClientException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The databases that a user may see. */
final class DatabaseList {
  /** Milvus's code for a user who lacks a privilege, where it answers with one. */
  private static final String NO_PRIVILEGE = "permission";

  private DatabaseList() {}

  /** Their names, or null where the user may not list them. */
  static @Nullable List<String> visible(MilvusClientV2 sdk) {
    try {
      return sdk.listDatabases().getDatabaseNames();
    } catch (MilvusClientException e) {
      String message = String.valueOf(e.getMessage()).toLowerCase(java.util.Locale.ROOT);
      if (message.contains(NO_PRIVILEGE)) {
        return null;
      }
      throw e;
    }
  }
}
