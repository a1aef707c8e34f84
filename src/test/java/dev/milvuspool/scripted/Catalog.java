package dev.milvuspool.scripted;

import io.milvus.grpc.CollectionSchema;
import io.milvus.grpc.ConsistencyLevel;
import io.milvus.grpc.DataType;
import io.milvus.grpc.FieldSchema;
import io.milvus.grpc.KeyValuePair;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicLong;

/** The databases, collections and aliases that the scripted server has. */
final class Catalog {
  static final String DEFAULT_DATABASE = "default";

  /** A database. */
  static final class Database {
    final Map<String, MilvusCollection> collections = new ConcurrentSkipListMap<>();
    final Map<String, String> aliases = new ConcurrentSkipListMap<>();
  }

  private final Map<String, Database> databases = new ConcurrentHashMap<>();
  private final AtomicLong ids = new AtomicLong(1000);

  Catalog() {
    databases.put(DEFAULT_DATABASE, new Database());
  }

  long nextId() {
    return ids.addAndGet(10);
  }

  /** The names, default first. */
  List<String> databases() {
    List<String> names = new ArrayList<>(databases.keySet());
    Collections.sort(names);
    if (names.remove(DEFAULT_DATABASE)) {
      names.add(0, DEFAULT_DATABASE);
    }
    return names;
  }

  void createDatabase(String name) {
    if (databases.putIfAbsent(name, new Database()) != null) {
      throw new MilvusError(MilvusError.INVALID_PARAMETER, "database already exist: " + name);
    }
  }

  void dropDatabase(String name) {
    if (!database(name).collections.isEmpty()) {
      throw new MilvusError(
          MilvusError.INVALID_PARAMETER,
          "database:" + name + " not empty, must drop all collections before drop database");
    }
    databases.remove(name);
  }

  /** Makes these the databases; those that stay keep what they hold. */
  void setDatabases(List<String> names) {
    databases.keySet().retainAll(names);
    names.forEach(name -> databases.putIfAbsent(name, new Database()));
  }

  Database database(String name) {
    Database database = databases.get(name);
    if (database == null) {
      throw new MilvusError(
          MilvusError.DATABASE_NOT_FOUND, "database not found[database=" + name + "]");
    }
    return database;
  }

  /** The database that a call is about: that of its request, else that of its metadata. */
  static String databaseName(String requested, String fromMetadata) {
    return requested.isEmpty() ? fromMetadata : requested;
  }

  /** The collection of this name or alias, in the database that the call is about. */
  MilvusCollection collection(String requestedDatabase, String fromMetadata, String name) {
    return collection(databaseName(requestedDatabase, fromMetadata), name);
  }

  /** The collection of this name or alias. */
  MilvusCollection collection(String database, String name) {
    Database in = database(database);
    MilvusCollection collection = in.collections.get(name);
    if (collection == null) {
      String target = in.aliases.get(name);
      collection = target == null ? null : in.collections.get(target);
    }
    if (collection == null) {
      throw new MilvusError(
          MilvusError.COLLECTION_NOT_FOUND,
          "collection not found[database=" + database + "][collection=" + name + "]");
    }
    return collection;
  }

  /** Adds a collection to the default database, if it is not there. */
  void addCollection(String name, int dimension) {
    database(DEFAULT_DATABASE)
        .collections
        .putIfAbsent(
            name,
            new MilvusCollection(
                nextId(), schema(name, dimension), 1, ConsistencyLevel.Bounded, List.of()));
  }

  /** A schema of an Int64 key {@code id} and a FloatVector {@code vector}, with dynamic fields. */
  private static CollectionSchema schema(String name, int dimension) {
    return CollectionSchema.newBuilder()
        .setName(name)
        .addFields(
            FieldSchema.newBuilder()
                .setName("id")
                .setIsPrimaryKey(true)
                .setDataType(DataType.Int64))
        .addFields(
            FieldSchema.newBuilder()
                .setName("vector")
                .setDataType(DataType.FloatVector)
                .addTypeParams(
                    KeyValuePair.newBuilder().setKey("dim").setValue(Integer.toString(dimension))))
        .setEnableDynamicField(true)
        .build();
  }
}
