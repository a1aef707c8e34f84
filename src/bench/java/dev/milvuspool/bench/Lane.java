package dev.milvuspool.bench;

import dev.milvuspool.MilvusPool;
import dev.milvuspool.PoolListener;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/** The ways a call can take in {@link CallBenchmark}. */
enum Lane {
  /** The SDK's client, as in {@link Subject#SDK}. */
  SDK("sdk"),
  /** The SDK's pool, as in {@link Subject#SDK_POOL}. */
  SDK_POOL("sdkPool"),
  /** The SDK's client, on the connection of {@link #POOL}. */
  SDK_BESIDE_POOL("sdkBesidePool"),
  /** A client of this library, as in {@link Subject#POOL}. */
  POOL("pool"),
  /** The same, observed by a listener. */
  OBSERVED("observed"),
  /** The SDK's client, on the connection of {@link #OBSERVED}. */
  SDK_BESIDE_OBSERVED("sdkBesideObserved");

  private final String counter;

  Lane(String counter) {
    this.counter = counter;
  }

  /** The name of its counter in {@link CallBenchmark.Counts}. */
  String counter() {
    return counter;
  }

  /** Opens all. */
  static Map<Lane, Caller> open(Target target) {
    PoolCaller pool = new PoolCaller(MilvusPool.create(), target);
    PoolCaller observed =
        new PoolCaller(MilvusPool.builder().withListener(new CallCount()).build(), target);
    Map<Lane, Caller> callers = new EnumMap<>(Lane.class);
    callers.put(SDK, Subject.SDK.open(target));
    callers.put(SDK_POOL, Subject.SDK_POOL.open(target));
    callers.put(SDK_BESIDE_POOL, SdkCaller.beside(pool, target));
    callers.put(POOL, pool);
    callers.put(OBSERVED, observed);
    callers.put(SDK_BESIDE_OBSERVED, SdkCaller.beside(observed, target));
    return callers;
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
