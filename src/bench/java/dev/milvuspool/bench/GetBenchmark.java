package dev.milvuspool.bench;

import dev.milvuspool.Client;
import dev.milvuspool.ClientOptions;
import dev.milvuspool.MilvusPool;
import io.milvus.pool.MilvusClientV2Pool;
import io.milvus.pool.PoolConfig;
import io.milvus.v2.client.MilvusClientV2;
import java.time.Duration;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** Getting one of 128 clients, out of a bare map, this pool and the SDK's. */
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class GetBenchmark {
  private static final int CLIENTS = 128;
  private static final Duration GROWTH_TIMEOUT = Duration.ofMinutes(1);

  /** A map of clients that never connect. */
  @State(Scope.Benchmark)
  public static class Clients {
    final MilvusPool pool = MilvusPool.create();
    final ConcurrentMap<String, Client> map = new ConcurrentHashMap<>();
    final String[] names = new String[CLIENTS];

    /** Fills both. */
    @Setup
    public void fill() {
      for (int i = 0; i < CLIENTS; i++) {
        String each = "client-" + i;
        names[i] = each;
        map.put(each, pool.add(each, ClientOptions.Builder::withLazyConnect));
      }
    }

    /** Empties both. */
    @TearDown
    public void close() {
      pool.close();
    }
  }

  /** Which name a thread asks for next: all of them, one after the other. */
  @State(Scope.Thread)
  public static class Turn {
    private int next;

    String of(String[] names) {
      return names[next++ & CLIENTS - 1];
    }
  }

  /** The SDK's pool, which needs a server. */
  @State(Scope.Benchmark)
  public static class SdkPool {
    MilvusClientV2Pool pool;
    final String[] keys = new String[CLIENTS];

    /** Borrows until there are as many clients as the pool makes under such load. */
    @Setup
    public void connect() {
      pool = SdkPoolCaller.newPool(Target.ofThisFork());
      for (int i = 0; i < CLIENTS; i++) {
        keys[i] = "client-" + i;
      }
      int most = CLIENTS * PoolConfig.builder().build().getMaxTotalPerKey();
      long deadlineAt = System.nanoTime() + GROWTH_TIMEOUT.toNanos();
      while (pool.getTotalActiveClientNumber() < most) {
        for (String key : keys) {
          pool.returnClient(key, pool.getClient(key));
        }
        if (System.nanoTime() - deadlineAt >= 0) {
          throw new IllegalStateException(
              pool.getTotalActiveClientNumber() + " clients instead of " + most);
        }
      }
    }

    /** Disconnects. */
    @TearDown
    public void close() {
      pool.close();
    }
  }

  /** What is compared with. */
  @Benchmark
  public Client map(Clients clients, Turn turn) {
    return clients.map.get(turn.of(clients.names));
  }

  /** This library. */
  @Benchmark
  public Client pool(Clients clients, Turn turn) {
    return clients.pool.get(turn.of(clients.names));
  }

  /** The SDK's pool. */
  @Benchmark
  public MilvusClientV2 sdkPool(SdkPool sdk, Turn turn) {
    String key = turn.of(sdk.keys);
    MilvusClientV2 client = sdk.pool.getClient(key);
    sdk.pool.returnClient(key, client);
    return client;
  }
}
