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
import java.util.stream.IntStream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.infra.Blackhole;

/**
 * Getting each of 128 clients, out of a bare map, this pool and the SDK's. They are got in a loop,
 * so that choosing the name takes next to nothing beside the few nanoseconds of a {@code get}.
 */
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class GetBenchmark {
  private static final int CLIENTS = 128;
  private static final String[] NAMES =
      IntStream.range(0, CLIENTS).mapToObj(i -> "client-" + i).toArray(String[]::new);
  private static final Duration GROWTH_TIMEOUT = Duration.ofMinutes(1);

  /** A map of clients that never connect. */
  @State(Scope.Benchmark)
  public static class Clients {
    final MilvusPool pool = MilvusPool.create();
    final ConcurrentMap<String, Client> map = new ConcurrentHashMap<>();

    /** Fills both. */
    @Setup
    public void fill() {
      for (String name : NAMES) {
        map.put(name, pool.add(name, ClientOptions.Builder::withLazyConnect));
      }
    }

    /** Empties both. */
    @TearDown
    public void close() {
      pool.close();
    }
  }

  /** The SDK's pool, which needs a server. */
  @State(Scope.Benchmark)
  public static class SdkPool {
    MilvusClientV2Pool pool;

    /** Borrows until there are as many clients as the pool makes under such load. */
    @Setup
    public void connect() {
      pool = SdkPoolCaller.newPool(Target.ofThisFork());
      int most = CLIENTS * PoolConfig.builder().build().getMaxTotalPerKey();
      long deadlineAt = System.nanoTime() + GROWTH_TIMEOUT.toNanos();
      while (pool.getTotalActiveClientNumber() < most) {
        for (String key : NAMES) {
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
  @OperationsPerInvocation(CLIENTS)
  public void map(Clients clients, Blackhole user) {
    for (String name : NAMES) {
      Client client = clients.map.get(name);
      user.consume(client);
    }
  }

  /** This library. */
  @Benchmark
  @OperationsPerInvocation(CLIENTS)
  public void pool(Clients clients, Blackhole user) {
    for (String name : NAMES) {
      Client client = clients.pool.get(name);
      user.consume(client);
    }
  }

  /** The SDK's pool. */
  @Benchmark
  @OperationsPerInvocation(CLIENTS)
  public void sdkPool(SdkPool sdk, Blackhole user) {
    for (String key : NAMES) {
      MilvusClientV2 client = sdk.pool.getClient(key);
      user.consume(client);
      sdk.pool.returnClient(key, client);
    }
  }
}
