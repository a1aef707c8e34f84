package dev.milvuspool.bench;

import dev.milvuspool.MilvusPool;
import dev.milvuspool.PoolListener;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
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

  private static final List<Lane> CONNECTED = List.of(SDK, POOL, SDK_POOL, OBSERVED);

  private final String counter;

  Lane(String counter) {
    this.counter = counter;
  }

  /** The name of its counter in {@link CallBenchmark.Counts}. */
  String counter() {
    return counter;
  }

  /**
   * Opens all.
   *
   * @param first which of those with a connection of their own; the others follow in their order
   */
  static Map<Lane, Caller> open(Target target, int first) {
    Map<Lane, Caller> callers = new EnumMap<>(Lane.class);
    for (int i = 0; i < CONNECTED.size(); i++) {
      Lane lane = CONNECTED.get((first + i) % CONNECTED.size());
      callers.put(lane, lane.connect(target));
    }
    callers.put(SDK_BESIDE_POOL, SdkCaller.beside((PoolCaller) callers.get(POOL), target));
    callers.put(SDK_BESIDE_OBSERVED, SdkCaller.beside((PoolCaller) callers.get(OBSERVED), target));
    return callers;
  }

  private Caller connect(Target target) {
    return switch (this) {
      case SDK -> Subject.SDK.open(target);
      case SDK_POOL -> Subject.SDK_POOL.open(target);
      case POOL -> Subject.POOL.open(target);
      case OBSERVED ->
          new PoolCaller(MilvusPool.builder().withListener(new CallCount()).build(), target);
      case SDK_BESIDE_POOL, SDK_BESIDE_OBSERVED -> throw new IllegalArgumentException(name());
    };
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
