package dev.milvuspool.bench;

import io.milvus.v2.client.ConnectConfig;
import io.milvus.v2.client.MilvusClientV2;

/** Calls through one client of the SDK. */
final class SdkCaller implements Caller {
  private final MilvusClientV2 sdk;

  SdkCaller(ConnectConfig config) {
    sdk = new MilvusClientV2(config);
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
