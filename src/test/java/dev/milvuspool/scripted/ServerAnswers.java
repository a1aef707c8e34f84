package dev.milvuspool.scripted;

import io.milvus.grpc.AllocTimestampResponse;
import io.milvus.grpc.CheckHealthResponse;
import io.milvus.grpc.CompactionState;
import io.milvus.grpc.ConnectRequest;
import io.milvus.grpc.ConnectResponse;
import io.milvus.grpc.DescribeDatabaseResponse;
import io.milvus.grpc.FlushAllResponse;
import io.milvus.grpc.FlushRequest;
import io.milvus.grpc.FlushResponse;
import io.milvus.grpc.GetCompactionStateResponse;
import io.milvus.grpc.GetFlushAllStateResponse;
import io.milvus.grpc.GetFlushStateResponse;
import io.milvus.grpc.GetVersionResponse;
import io.milvus.grpc.ListDatabasesResponse;
import io.milvus.grpc.LongArray;
import io.milvus.grpc.ManualCompactionResponse;
import io.milvus.grpc.MilvusServiceGrpc;
import io.milvus.grpc.ServerInfo;
import io.milvus.grpc.Status;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/** Answers to what concerns the server as a whole: connecting, databases, maintenance. */
final class ServerAnswers {
  static final String VERSION = "v2.6.22-scripted";

  private final Catalog catalog;
  private final AtomicLong identifiers = new AtomicLong();

  /** How many more times a flush is told to be under way. */
  final AtomicInteger flushesUnderWay = new AtomicInteger();

  ServerAnswers(Catalog catalog) {
    this.catalog = catalog;
  }

  void putInto(Answers answers) {
    answers.put(MilvusServiceGrpc.getConnectMethod(), this::connect);
    answers.put(
        MilvusServiceGrpc.getGetVersionMethod(),
        (request, database) -> GetVersionResponse.newBuilder().setVersion(VERSION).build());
    answers.put(
        MilvusServiceGrpc.getCheckHealthMethod(),
        (request, database) -> CheckHealthResponse.newBuilder().setIsHealthy(true).build());
    answers.put(
        MilvusServiceGrpc.getAllocTimestampMethod(),
        (request, database) ->
            AllocTimestampResponse.newBuilder().setTimestamp(RowAnswers.timestamp()).build());
    answers.put(
        MilvusServiceGrpc.getListDatabasesMethod(),
        (request, database) ->
            ListDatabasesResponse.newBuilder().addAllDbNames(catalog.databases()).build());
    answers.put(
        MilvusServiceGrpc.getCreateDatabaseMethod(),
        (request, database) -> {
          catalog.createDatabase(request.getDbName());
          return Status.getDefaultInstance();
        });
    answers.put(
        MilvusServiceGrpc.getDropDatabaseMethod(),
        (request, database) -> {
          catalog.dropDatabase(request.getDbName());
          return Status.getDefaultInstance();
        });
    answers.put(
        MilvusServiceGrpc.getDescribeDatabaseMethod(),
        (request, database) -> {
          catalog.database(request.getDbName());
          return DescribeDatabaseResponse.newBuilder().setDbName(request.getDbName()).build();
        });
    answers.put(MilvusServiceGrpc.getFlushMethod(), this::flush);
    answers.put(
        MilvusServiceGrpc.getGetFlushStateMethod(),
        (request, database) -> GetFlushStateResponse.newBuilder().setFlushed(flushed()).build());
    answers.put(
        MilvusServiceGrpc.getFlushAllMethod(),
        (request, database) -> FlushAllResponse.getDefaultInstance());
    answers.put(
        MilvusServiceGrpc.getGetFlushAllStateMethod(),
        (request, database) -> GetFlushAllStateResponse.newBuilder().setFlushed(flushed()).build());
    answers.put(
        MilvusServiceGrpc.getManualCompactionMethod(),
        (request, database) ->
            ManualCompactionResponse.newBuilder()
                .setCompactionID(catalog.nextId())
                .setCompactionPlanCount(1)
                .build());
    answers.put(
        MilvusServiceGrpc.getGetCompactionStateMethod(),
        (request, database) ->
            GetCompactionStateResponse.newBuilder()
                .setState(CompactionState.Completed)
                .setCompletedPlanNo(1)
                .build());
  }

  /** As in Milvus, the database of the metadata has to be there. */
  private ConnectResponse connect(ConnectRequest request, String database) {
    catalog.database(database);
    return ConnectResponse.newBuilder()
        .setServerInfo(ServerInfo.newBuilder().setBuildTags(VERSION).setDeployMode("STANDALONE"))
        .setIdentifier(identifiers.incrementAndGet())
        .build();
  }

  private boolean flushed() {
    return flushesUnderWay.getAndUpdate(left -> Math.max(0, left - 1)) == 0;
  }

  private FlushResponse flush(FlushRequest request, String database) {
    String in = Catalog.databaseName(request.getDbName(), database);
    FlushResponse.Builder response = FlushResponse.newBuilder().setDbName(in);
    for (String name : request.getCollectionNamesList()) {
      MilvusCollection collection = catalog.collection(in, name);
      response.putCollSegIDs(name, LongArray.newBuilder().addData(collection.id + 2).build());
      response.putCollFlushTs(name, RowAnswers.timestamp());
    }
    return response.build();
  }
}
