package dev.milvuspool.bench;

import com.sun.management.UnixOperatingSystemMXBean;
import dev.milvuspool.Client;
import dev.milvuspool.MilvusPool;
import io.milvus.pool.MilvusClientV2Pool;
import io.milvus.v2.client.MilvusClientV2;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.IntConsumer;

/**
 * The main class of a JVM with a thousand clients of one {@link Subject}, its only argument. It
 * dials a few for every line that it reads, and prints how many milliseconds that took, so that
 * such JVMs can take turns; when there are no more lines, it prints what the clients cost, a figure
 * a line.
 */
public final class ThousandClients {
  static final int CLIENTS = 1_000;
  static final int THREADS = 16;

  /** In how many turns they are dialled. */
  static final int TURNS = 20;

  private static final long SETTLE_MILLIS = 3_000;

  private final Target target = Target.ofThisFork();

  private ThousandClients() {}

  /** What they cost; all but the first is printed at the end. */
  enum Figure {
    /** Milliseconds of all turns together, a call on each client included. */
    DIAL,
    /** Bytes after garbage collection, beyond those before the first dial. */
    HEAP,
    /** File descriptors beyond those before. */
    FILES,
    /** Threads beyond those before. */
    THREADS,
    /** Milliseconds until all are closed. */
    CLOSE,
    /** Milliseconds that a look at everyone's numbers takes. */
    STATS
  }

  /** Runs one. */
  public static void main(String[] arguments) throws Exception {
    ThousandClients clients = new ThousandClients();
    Subject subject = Subject.valueOf(arguments[0]);
    try (Caller first = subject.open(clients.target)) { // opens jars, loads classes
      first.call(Operation.HAS_COLLECTION);
    }
    switch (subject) {
      case SDK -> clients.measureSdk();
      case POOL -> clients.measurePool();
      case SDK_POOL -> clients.measureSdkPool();
      default -> throw new IllegalArgumentException(arguments[0]);
    }
    System.exit(0);
  }

  private void measureSdk() throws Exception {
    ConcurrentHashMap<Integer, MilvusClientV2> clients = new ConcurrentHashMap<>();
    measure(
        i -> {
          MilvusClientV2 client = new MilvusClientV2(target.sdkConfig());
          Operation.HAS_COLLECTION.on(client);
          clients.put(i, client);
        });
    close(() -> onThreads(0, CLIENTS, i -> clients.get(i).close()));
  }

  private void measurePool() throws Exception {
    MilvusPool pool = MilvusPool.create();
    measure(
        i -> {
          Client client = pool.add("client-" + i, target.options().build());
          Operation.HAS_COLLECTION.on(client);
        });
    List<Double> stats = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      long startedAt = System.nanoTime();
      if (pool.stats().clients().size() != CLIENTS) {
        throw new IllegalStateException("not all clients are there");
      }
      stats.add(Figures.millisSince(startedAt));
    }
    print(Figure.STATS, Figures.median(stats));
    close(pool::close);
  }

  private void measureSdkPool() throws Exception {
    MilvusClientV2Pool pool = SdkPoolCaller.newPool(target);
    measure(
        i -> {
          String key = "client-" + i;
          MilvusClientV2 client = pool.getClient(key);
          Operation.HAS_COLLECTION.on(client);
          pool.returnClient(key, client);
        });
    close(pool::close);
  }

  private static void measure(IntConsumer dial) throws Exception {
    long heap = heap();
    long files = files();
    long threads = threads();
    System.out.println("ready");
    BufferedReader turns = new BufferedReader(new InputStreamReader(System.in));
    for (int from = 0; turns.readLine() != null; from += CLIENTS / TURNS) {
      long startedAt = System.nanoTime();
      onThreads(from, from + CLIENTS / TURNS, dial);
      System.out.println(Figures.millisSince(startedAt));
    }
    Thread.sleep(SETTLE_MILLIS); // dialling has threads of its own, which end
    print(Figure.HEAP, heap() - heap);
    print(Figure.FILES, files() - files);
    print(Figure.THREADS, threads() - threads);
  }

  private static void close(Closing closing) throws Exception {
    long startedAt = System.nanoTime();
    closing.close();
    print(Figure.CLOSE, Figures.millisSince(startedAt));
  }

  /** Closes all. */
  private interface Closing {
    void close() throws Exception;
  }

  static void onThreads(int from, int to, IntConsumer action) throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(THREADS);
    List<Future<?>> all = new ArrayList<>();
    for (int i = from; i < to; i++) {
      int number = i;
      all.add(threads.submit(() -> action.accept(number)));
    }
    for (Future<?> each : all) {
      each.get();
    }
    threads.shutdown();
  }

  private static long heap() {
    for (int i = 0; i < 3; i++) {
      System.gc();
    }
    return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
  }

  private static long files() {
    return ((UnixOperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
        .getOpenFileDescriptorCount();
  }

  /** Without those that gRPC keeps for a minute after a burst of dials, whoever dialled. */
  private static long threads() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> !thread.getName().startsWith("grpc-default-executor"))
        .count();
  }

  private static void print(Figure figure, double value) {
    System.out.println(figure + " " + value);
  }
}
