package dev.milvuspool.bench;

import dev.milvuspool.ClientOptions;
import dev.milvuspool.MilvusPool;
import io.milvus.v2.client.MilvusClientV2;

/** Calls through a pool of this library, which it gets its client from for every call. */
final class PoolCaller implements Caller {
  private static final String NAME = "main";

  private final MilvusPool pool;

  PoolCaller(MilvusPool pool, Target target) {
    this(pool, target.options().build());
  }

  PoolCaller(MilvusPool pool, ClientOptions options) {
    this.pool = pool;
    pool.add(NAME, options);
  }

  /** The SDK's client inside. */
  MilvusClientV2 sdk() {
    return pool.get(NAME).call(sdk -> sdk);
  }

  @Override
  public Object call(Operation operation) {
    return operation.on(pool.get(NAME));
  }

  @Override
  public void remove() {
    pool.remove(NAME);
  }

  @Override
  public void useDatabase(String database) {
    pool.get(NAME).useDatabase(database);
  }

  @Override
  public void close() {
    pool.close();
  }
}
