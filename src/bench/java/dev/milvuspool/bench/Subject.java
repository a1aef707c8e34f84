package dev.milvuspool.bench;

import dev.milvuspool.ClientOptions;
import dev.milvuspool.MilvusPool;
import dev.milvuspool.PoolListener;
import io.milvus.v2.client.ConnectConfig;
import java.time.Duration;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** What is compared, each with its own defaults but for what its name says. */
enum Subject {
  /** The SDK's client, shared by all threads. */
  SDK("SDK", target -> new SdkCaller(target.sdkConfig())),
  /** The same, with a deadline an RPC: what it costs to be bounded at all. */
  SDK_BOUNDED("SDK with rpcDeadlineMs", target -> new SdkCaller(bounded(target))),
  /** A client of this library. */
  POOL("milvus-pool", target -> new PoolCaller(MilvusPool.create(), target)),
  /** The same, observed. */
  POOL_OBSERVED(
      "milvus-pool, with a listener",
      target -> new PoolCaller(MilvusPool.builder().withListener(new CallCount()).build(), target)),
  /** The SDK's pool: borrowed and given back around every call. */
  SDK_POOL("MilvusClientV2Pool", SdkPoolCaller::new);

  private static final long RPC_DEADLINE_MS = ClientOptions.DEFAULT_DEADLINE.toMillis();

  private final String label;
  private final Function<Target, Caller> open;

  Subject(String label, Function<Target, Caller> open) {
    this.label = label;
    this.open = open;
  }

  private static ConnectConfig bounded(Target target) {
    ConnectConfig config = target.sdkConfig();
    config.setRpcDeadlineMs(RPC_DEADLINE_MS);
    return config;
  }

  String label() {
    return label;
  }

  Caller open(Target target) {
    return open.apply(target);
  }

  /** Does about as little as a listener can do. */
  private static final class CallCount implements PoolListener {
    private final LongAdder calls = new LongAdder();

    @Override
    public void onCall(
        String client, String operation, Duration elapsed, @Nullable Throwable error) {
      calls.increment();
    }
  }
}
