package dev.milvuspool.bench;

import dev.milvuspool.MilvusPool;
import java.util.function.Function;

/** What is compared, each with its own defaults and its own connections. */
enum Subject {
  /** The SDK's client, shared by all threads. */
  SDK("SDK", target -> new SdkCaller(target.sdkConfig())),
  /** A client of this library. */
  POOL("milvus-pool", target -> new PoolCaller(MilvusPool.create(), target)),
  /** The SDK's pool: borrowed and given back around every call. */
  SDK_POOL("MilvusClientV2Pool", SdkPoolCaller::new);

  private final String label;
  private final Function<Target, Caller> open;

  Subject(String label, Function<Target, Caller> open) {
    this.label = label;
    this.open = open;
  }

  String label() {
    return label;
  }

  Caller open(Target target) {
    return open.apply(target);
  }
}
