package dev.milvuspool.bench;

import io.milvus.grpc.MilvusServiceGrpc;
import io.milvus.grpc.MilvusServiceGrpc.MilvusServiceBlockingStub;
import io.milvus.shaded.io.grpc.Channel;
import io.milvus.v2.client.ConnectConfig;
import io.milvus.v2.client.MilvusClientV2;
import java.lang.reflect.Field;

/** Calls through one client of the SDK. */
final class SdkCaller implements Caller {
  private final MilvusClientV2 sdk;

  SdkCaller(ConnectConfig config) {
    sdk = new MilvusClientV2(config);
  }

  /**
   * A client of the SDK whose calls go over the connection of a client of this library, through all
   * that the SDK has put before it, and nothing of ours.
   */
  static SdkCaller beside(PoolCaller pool, Target target) {
    SdkCaller caller = new SdkCaller(target.sdkConfig());
    try {
      MilvusServiceBlockingStub ours =
          (MilvusServiceBlockingStub) field(pool.sdk(), MilvusClientV2.class, "blockingStub");
      Channel gate = ours.getChannel();
      Channel behind = (Channel) field(gate, gate.getClass(), "channel");
      caller.sdk.setBlockingStub(MilvusServiceGrpc.newBlockingStub(behind).withWaitForReady());
      return caller;
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("another version of the SDK or of gRPC", e);
    }
  }

  private static Object field(Object of, Class<?> type, String name)
      throws ReflectiveOperationException {
    Field field = type.getDeclaredField(name);
    field.setAccessible(true);
    return field.get(of);
  }

  @Override
  public Object call(Operation operation) {
    return operation.on(sdk);
  }

  @Override
  public void remove() {
    sdk.close();
  }

  @Override
  public void useDatabase(String database) throws InterruptedException {
    sdk.useDatabase(database);
  }

  @Override
  public void close() {
    sdk.close();
  }
}
