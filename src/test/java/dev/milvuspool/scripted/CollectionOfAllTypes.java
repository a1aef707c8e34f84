package dev.milvuspool.scripted;

import io.milvus.v2.client.MilvusClientV2;
import io.milvus.v2.common.DataType;
import io.milvus.v2.service.collection.request.AddFieldReq;
import io.milvus.v2.service.collection.request.CreateCollectionReq;
import java.util.List;

/**
 * The collection {@code all}, with a field of each type that the scripted Milvus finds values of.
 */
final class CollectionOfAllTypes {
  private CollectionOfAllTypes() {}

  static void create(MilvusClientV2 sdk) {
    CreateCollectionReq.CollectionSchema schema = MilvusClientV2.CreateSchema();
    schema.addField(
        AddFieldReq.builder()
            .fieldName("title")
            .dataType(DataType.VarChar)
            .maxLength(64)
            .isPrimaryKey(true)
            .build());
    for (DataType type :
        List.of(
            DataType.Bool,
            DataType.Int8,
            DataType.Int16,
            DataType.Int32,
            DataType.Int64,
            DataType.Float,
            DataType.Double,
            DataType.JSON)) {
      schema.addField(
          AddFieldReq.builder().fieldName(type.name().toLowerCase()).dataType(type).build());
    }
    schema.addField(
        AddFieldReq.builder()
            .fieldName("array")
            .dataType(DataType.Array)
            .elementType(DataType.Int32)
            .maxCapacity(4)
            .build());
    schema.addField(
        AddFieldReq.builder().fieldName("sparse").dataType(DataType.SparseFloatVector).build());
    for (DataType type :
        List.of(
            DataType.FloatVector,
            DataType.BinaryVector,
            DataType.Float16Vector,
            DataType.BFloat16Vector,
            DataType.Int8Vector)) {
      schema.addField(
          AddFieldReq.builder()
              .fieldName(type.name().toLowerCase())
              .dataType(type)
              .dimension(8)
              .build());
    }
    sdk.createCollection(
        CreateCollectionReq.builder()
            .collectionName("all")
            .collectionSchema(schema)
            .numShards(2)
            .build());
  }
}
