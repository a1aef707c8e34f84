package dev.milvuspool.scripted;

import com.google.protobuf.ByteString;
import io.milvus.grpc.ArrayArray;
import io.milvus.grpc.BoolArray;
import io.milvus.grpc.DataType;
import io.milvus.grpc.DoubleArray;
import io.milvus.grpc.FieldData;
import io.milvus.grpc.FieldSchema;
import io.milvus.grpc.FloatArray;
import io.milvus.grpc.IDs;
import io.milvus.grpc.IntArray;
import io.milvus.grpc.JSONArray;
import io.milvus.grpc.KeyValuePair;
import io.milvus.grpc.LongArray;
import io.milvus.grpc.ScalarField;
import io.milvus.grpc.SparseFloatArray;
import io.milvus.grpc.StringArray;
import io.milvus.grpc.VectorField;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * The rows that searches and queries find, made from their keys: row n has n in each of its fields,
 * in the field's type, and vectors of n, n+1, n+2...
 */
final class ResultRows {
  /**
   * A row.
   *
   * @param number what its values are made from
   * @param text its key where keys are texts
   */
  record Row(long number, String text) {
    Row(long number) {
      this(number, Long.toString(number));
    }
  }

  private ResultRows() {}

  static IDs keys(MilvusCollection collection, List<Row> rows) {
    IDs.Builder ids = IDs.newBuilder();
    if (collection.hasTextKey()) {
      ids.setStrId(texts(rows));
    } else {
      ids.setIntId(longs(rows));
    }
    return ids.build();
  }

  /** The values of one field. */
  static FieldData field(FieldSchema field, List<Row> rows) {
    FieldData.Builder data =
        FieldData.newBuilder()
            .setFieldName(field.getName())
            .setFieldId(field.getFieldID())
            .setType(field.getDataType());
    int dimension = dimension(field);
    switch (field.getDataType()) {
      case FloatVector,
          BinaryVector,
          Float16Vector,
          BFloat16Vector,
          Int8Vector,
          SparseFloatVector ->
          data.setVectors(vectors(field.getDataType(), dimension, rows));
      case Array -> {
        ArrayArray.Builder arrays = ArrayArray.newBuilder().setElementType(field.getElementType());
        rows.forEach(row -> arrays.addData(scalars(field.getElementType(), List.of(row))));
        data.setScalars(ScalarField.newBuilder().setArrayData(arrays));
      }
      default -> data.setScalars(scalars(field.getDataType(), rows));
    }
    return data.build();
  }

  private static int dimension(FieldSchema field) {
    for (KeyValuePair param : field.getTypeParamsList()) {
      if (param.getKey().equals("dim")) {
        return Integer.parseInt(param.getValue());
      }
    }
    return 0;
  }

  private static ScalarField scalars(DataType type, List<Row> rows) {
    ScalarField.Builder scalars = ScalarField.newBuilder();
    switch (type) {
      case Bool -> {
        BoolArray.Builder values = BoolArray.newBuilder();
        rows.forEach(row -> values.addData(row.number() % 2 == 1));
        scalars.setBoolData(values);
      }
      case Int8, Int16, Int32 -> {
        IntArray.Builder values = IntArray.newBuilder();
        rows.forEach(row -> values.addData((int) (row.number() % 128)));
        scalars.setIntData(values);
      }
      case Int64 -> scalars.setLongData(longs(rows));
      case Float -> {
        FloatArray.Builder values = FloatArray.newBuilder();
        rows.forEach(row -> values.addData(row.number()));
        scalars.setFloatData(values);
      }
      case Double -> {
        DoubleArray.Builder values = DoubleArray.newBuilder();
        rows.forEach(row -> values.addData(row.number()));
        scalars.setDoubleData(values);
      }
      case JSON -> {
        JSONArray.Builder values = JSONArray.newBuilder();
        rows.forEach(
            row ->
                values.addData(
                    ByteString.copyFrom("{\"n\":" + row.number() + "}", StandardCharsets.UTF_8)));
        scalars.setJsonData(values);
      }
      default -> scalars.setStringData(texts(rows));
    }
    return scalars.build();
  }

  private static VectorField vectors(DataType type, int dimension, List<Row> rows) {
    VectorField.Builder vectors = VectorField.newBuilder().setDim(dimension);
    if (type == DataType.FloatVector) {
      FloatArray.Builder values = FloatArray.newBuilder();
      for (Row row : rows) {
        for (int i = 0; i < dimension; i++) {
          values.addData(row.number() + i);
        }
      }
      return vectors.setFloatVector(values).build();
    }
    if (type == DataType.SparseFloatVector) {
      SparseFloatArray.Builder values = SparseFloatArray.newBuilder().setDim(2);
      for (Row row : rows) {
        ByteBuffer pair = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
        pair.putInt(1).putFloat(row.number()).flip();
        values.addContents(ByteString.copyFrom(pair));
      }
      return vectors.setDim(2).setSparseFloatVector(values).build();
    }
    int bytes =
        switch (type) {
          case BinaryVector -> dimension / 8;
          case Int8Vector -> dimension;
          default -> dimension * 2;
        };
    ByteBuffer all = ByteBuffer.allocate(bytes * rows.size());
    for (Row row : rows) {
      for (int i = 0; i < bytes; i++) {
        // The high byte of a 16-bit float stays 0: a tiny number, never a NaN.
        boolean low = type == DataType.BinaryVector || type == DataType.Int8Vector || i % 2 == 0;
        all.put((byte) (low ? row.number() + i : 0));
      }
    }
    ByteString values = ByteString.copyFrom(all.flip());
    switch (type) {
      case BinaryVector -> vectors.setBinaryVector(values);
      case Int8Vector -> vectors.setInt8Vector(values);
      case Float16Vector -> vectors.setFloat16Vector(values);
      default -> vectors.setBfloat16Vector(values);
    }
    return vectors.build();
  }

  private static LongArray longs(List<Row> rows) {
    LongArray.Builder values = LongArray.newBuilder();
    rows.forEach(row -> values.addData(row.number()));
    return values.build();
  }

  private static StringArray texts(List<Row> rows) {
    StringArray.Builder values = StringArray.newBuilder();
    rows.forEach(row -> values.addData(row.text()));
    return values.build();
  }
}
