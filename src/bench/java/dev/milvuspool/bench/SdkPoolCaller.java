package dev.milvuspool.bench;

import io.milvus.pool.MilvusClientV2Pool;
import io.milvus.pool.PoolConfig;
import io.milvus.v2.client.MilvusClientV2;

/** Calls through the SDK's pool. */
final class SdkPoolCaller implements Caller {
  private static final String KEY = "main";

  private final MilvusClientV2Pool pool;

  SdkPoolCaller(Target target) {
    pool = newPool(target);
    pool.returnClient(KEY, borrow());
  }

  /** A pool with the SDK's defaults. */
  static MilvusClientV2Pool newPool(Target target) {
    try {
      return new MilvusClientV2Pool(PoolConfig.builder().build(), target.sdkConfig());
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(e);
    }
  }

  private MilvusClientV2 borrow() {
    MilvusClientV2 sdk = pool.getClient(KEY);
    if (sdk == null) { // how it says that there is none to have
      throw new IllegalStateException("the pool gives no client");
    }
    return sdk;
  }

  @Override
  public Object call(Operation operation) {
    MilvusClientV2 sdk = borrow();
    try {
      return operation.on(sdk);
    } finally {
      pool.returnClient(KEY, sdk);
    }
  }

  @Override
  public void remove() {
    pool.clear(KEY);
  }

  @Override
  public void useDatabase(String database) throws InterruptedException {
    MilvusClientV2 sdk = borrow();
    try {
      sdk.useDatabase(database);
    } finally {
      pool.returnClient(KEY, sdk);
    }
  }

  @Override
  public void close() {
    pool.close();
  }
}
