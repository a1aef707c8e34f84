package dev.milvuspool.internal.client;

import dev.milvuspool.ClientOptions;
import java.time.Duration;

/** The operations of a client, and which deadline each has. */
public enum Operation {
  CREATE_DATABASE("createDatabase", true),
  DROP_DATABASE("dropDatabase", true),
  USE_DATABASE("useDatabase", true),
  LIST_DATABASES("listDatabases", false),
  CREATE_COLLECTION("createCollection", true),
  DROP_COLLECTION("dropCollection", true),
  HAS_COLLECTION("hasCollection", false),
  LOAD_COLLECTION("loadCollection", true),
  RELEASE_COLLECTION("releaseCollection", true),
  GET_COLLECTION_STATS("getCollectionStats", false),
  DESCRIBE_COLLECTION("describeCollection", false),
  LIST_COLLECTIONS("listCollections", false),
  CREATE_ALIAS("createAlias", true),
  ALTER_ALIAS("alterAlias", true),
  DROP_ALIAS("dropAlias", true),
  LIST_ALIASES("listAliases", false),
  CREATE_PARTITION("createPartition", true),
  DROP_PARTITION("dropPartition", true),
  HAS_PARTITION("hasPartition", false),
  LOAD_PARTITIONS("loadPartitions", true),
  RELEASE_PARTITIONS("releasePartitions", true),
  LIST_PARTITIONS("listPartitions", false),
  CREATE_INDEX("createIndex", true),
  DROP_INDEX("dropIndex", true),
  DESCRIBE_INDEX("describeIndex", false),
  LIST_INDEXES("listIndexes", false),
  INSERT("insert", false),
  UPSERT("upsert", false),
  DELETE("delete", false),
  SEARCH("search", false),
  HYBRID_SEARCH("hybridSearch", false),
  QUERY("query", false),
  GET("get", false),
  QUERY_ITERATOR("queryIterator", false),
  SEARCH_ITERATOR("searchIterator", false),
  FLUSH("flush", true),
  COMPACT("compact", true),
  CALL("call", false);

  private final String method;
  private final boolean admin;

  Operation(String method, boolean admin) {
    this.method = method;
    this.admin = admin;
  }

  /** The name of the method of {@link dev.milvuspool.Client}. */
  public String method() {
    return method;
  }

  /** The deadline of a whole operation. */
  Duration deadline(ClientOptions options) {
    return admin ? options.adminDeadline() : options.deadline();
  }
}
