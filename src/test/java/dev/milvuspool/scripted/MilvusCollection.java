package dev.milvuspool.scripted;

import io.milvus.grpc.CollectionSchema;
import io.milvus.grpc.ConsistencyLevel;
import io.milvus.grpc.DataType;
import io.milvus.grpc.FieldSchema;
import io.milvus.grpc.KeyValuePair;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicLong;

/** A collection as far as the scripted server keeps it: all but the rows, which it only counts. */
final class MilvusCollection {
  static final String DEFAULT_PARTITION = "_default";

  /** The key of {@link #loads} for the collection as a whole. */
  static final String WHOLE = "";

  /** An index. */
  record Index(
      long id, String name, String field, List<KeyValuePair> params, Script<IndexBuild> build) {}

  final long id;
  final CollectionSchema schema;
  final FieldSchema primaryKey;
  final int shards;
  final ConsistencyLevel consistencyLevel;
  final List<KeyValuePair> properties;
  final long createdMillis = System.currentTimeMillis();
  final AtomicLong rows = new AtomicLong();
  final Map<String, Long> partitions = new ConcurrentSkipListMap<>();
  final Map<String, Index> indexes = new ConcurrentSkipListMap<>();

  /** The loading progress by partition, or {@link #WHOLE}; what is not there is not loaded. */
  final Map<String, Script<Long>> loads = new ConcurrentHashMap<>();

  MilvusCollection(
      long id,
      CollectionSchema schema,
      int shards,
      ConsistencyLevel consistencyLevel,
      List<KeyValuePair> properties) {
    this.id = id;
    this.schema = withFieldIds(schema);
    this.shards = Math.max(shards, 1);
    this.consistencyLevel = consistencyLevel;
    this.properties = List.copyOf(properties);
    this.primaryKey =
        this.schema.getFieldsList().stream()
            .filter(FieldSchema::getIsPrimaryKey)
            .findFirst()
            .orElseThrow(
                () ->
                    new MilvusError(MilvusError.INVALID_PARAMETER, "primary key is not specified"));
    partitions.put(DEFAULT_PARTITION, id + 1);
  }

  private static CollectionSchema withFieldIds(CollectionSchema schema) {
    List<FieldSchema> fields = new ArrayList<>();
    for (FieldSchema field : schema.getFieldsList()) {
      fields.add(field.toBuilder().setFieldID(100L + fields.size()).build());
    }
    return schema.toBuilder().clearFields().addAllFields(fields).build();
  }

  boolean hasTextKey() {
    return primaryKey.getDataType() != DataType.Int64;
  }

  /** Throws what Milvus answers where there is no such partition. */
  void checkPartition(String name) {
    if (!partitions.containsKey(name)) {
      throw new MilvusError(
          MilvusError.PARTITION_NOT_FOUND, "partition not found[partition=" + name + "]");
    }
  }

  void addRows(long count) {
    rows.updateAndGet(now -> Math.max(0, now + count));
  }
}
