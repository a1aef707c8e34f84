package dev.milvuspool;

import java.time.Duration;

/** The operations of a client: what may be retried, and which deadline holds. */
enum Operation {
  CREATE_DATABASE("createDatabase", Kind.WRITE, true),
  DROP_DATABASE("dropDatabase", Kind.WRITE, true),
  USE_DATABASE("useDatabase", Kind.WRITE, true),
  LIST_DATABASES("listDatabases", Kind.READ, false),
  CREATE_COLLECTION("createCollection", Kind.WRITE, true),
  DROP_COLLECTION("dropCollection", Kind.WRITE, true),
  HAS_COLLECTION("hasCollection", Kind.READ, false),
  LOAD_COLLECTION("loadCollection", Kind.READ, true),
  RELEASE_COLLECTION("releaseCollection", Kind.READ, true),
  GET_COLLECTION_STATS("getCollectionStats", Kind.READ, false),
  DESCRIBE_COLLECTION("describeCollection", Kind.READ, false),
  LIST_COLLECTIONS("listCollections", Kind.READ, false),
  CREATE_ALIAS("createAlias", Kind.WRITE, true),
  ALTER_ALIAS("alterAlias", Kind.WRITE, true),
  DROP_ALIAS("dropAlias", Kind.WRITE, true),
  LIST_ALIASES("listAliases", Kind.READ, false),
  CREATE_PARTITION("createPartition", Kind.WRITE, true),
  DROP_PARTITION("dropPartition", Kind.WRITE, true),
  HAS_PARTITION("hasPartition", Kind.READ, false),
  LOAD_PARTITIONS("loadPartitions", Kind.READ, true),
  RELEASE_PARTITIONS("releasePartitions", Kind.READ, true),
  LIST_PARTITIONS("listPartitions", Kind.READ, false),
  CREATE_INDEX("createIndex", Kind.WRITE, true),
  DROP_INDEX("dropIndex", Kind.WRITE, true),
  DESCRIBE_INDEX("describeIndex", Kind.READ, false),
  LIST_INDEXES("listIndexes", Kind.READ, false),
  INSERT("insert", Kind.WRITE, false),
  UPSERT("upsert", Kind.WRITE, false),
  DELETE("delete", Kind.WRITE, false),
  SEARCH("search", Kind.READ, false),
  HYBRID_SEARCH("hybridSearch", Kind.READ, false),
  QUERY("query", Kind.READ, false),
  GET("get", Kind.READ, false),
  QUERY_ITERATOR("queryIterator", Kind.READ, false),
  SEARCH_ITERATOR("searchIterator", Kind.READ, false),
  FLUSH("flush", Kind.WRITE, true),
  COMPACT("compact", Kind.WRITE, true),
  CALL("call", Kind.WRITE, false);

  private enum Kind {
    /** Twice does no harm: reads, load and release. */
    READ,
    /** Must not be carried out twice. */
    WRITE
  }

  private final String method;
  private final Kind kind;
  private final boolean admin;

  Operation(String method, Kind kind, boolean admin) {
    this.method = method;
    this.kind = kind;
    this.admin = admin;
  }

  /** The name of the method of {@link Client}. */
  String method() {
    return method;
  }

  boolean isWrite() {
    return kind == Kind.WRITE;
  }

  /** Whether the SDK sends no more than one request that writes, as the last one. */
  boolean writesOnceAtMost() {
    return this != CREATE_COLLECTION && this != CREATE_INDEX && this != FLUSH && this != CALL;
  }

  Duration deadline(ClientOptions options) {
    return admin ? options.adminDeadline() : options.deadline();
  }

  /**
   * Whether the SDK, or the user's function, may sleep between its RPCs, so that cancelling the RPC
   * alone would not end the call in time.
   */
  boolean sleepsBetweenRpcs() {
    return this == FLUSH || this == CALL || this == QUERY_ITERATOR || this == SEARCH_ITERATOR;
  }
}
