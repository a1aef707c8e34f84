package dev.milvuspool.bench;

import dev.milvuspool.Client;
import dev.milvuspool.ClientConnectException;
import dev.milvuspool.ClientOptions;
import dev.milvuspool.ClientState;
import dev.milvuspool.MilvusPool;
import dev.milvuspool.PoolClosedException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;

/**
 * How long a get takes while other names are in trouble: eight threads dial servers that take
 * connections and say nothing, and ten clients lose their server and find it again. A bare map is
 * read in turn with the pool, for what the machine itself does to a read.
 */
final class GetLatencySection implements Section {
  private static final int SILENT = 8;
  private static final int RECOVERING = 10;
  private static final double TARGET_MILLIS = 10;
  private static final String HEALTHY = "healthy";
  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(1);
  private static final Duration OUTAGE = Duration.ofSeconds(1);
  private static final int RECOVERIES = 6;
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final AtomicLong dials = new AtomicLong();
  private final Latencies ofMap = new Latencies();
  private final Latencies ofPool = new Latencies();

  @Override
  public Result measure(Effort effort) throws Exception {
    ExecutorService threads = Executors.newCachedThreadPool();
    List<ServerSocket> silent = silentServers();
    try (ScriptedServer server = ScriptedServer.start()) {
      try (MilvusPool pool = MilvusPool.create()) {
        silent.forEach(each -> threads.execute(() -> dialAgainAndAgain(pool, each)));
        Future<Void> recoveries = threads.submit(() -> recover(pool, server));
        get(pool, recoveries);
        recoveries.get();
      }
    } finally {
      threads.shutdownNow();
      for (ServerSocket each : silent) {
        each.close();
      }
    }
    double slow = ofPool.quantileMillis(0.9999);
    Table table = new Table("read", "calls", "p99", "p99.99", "longest", "target");
    row(table, "ConcurrentHashMap.get", ofMap, "");
    row(table, "pool.get", ofPool, Table.verdict(slow < TARGET_MILLIS, "p99.99 < 10 ms"));
    System.out.println(dials + " dials failed meanwhile");
    return Result.of(table);
  }

  /** Reads both in turn until the other thing is over. */
  private void get(MilvusPool pool, Future<?> until) {
    Client healthy = pool.add(HEALTHY, ClientOptions.Builder::withLazyConnect);
    ConcurrentMap<String, Client> map = new ConcurrentHashMap<>();
    map.put(HEALTHY, healthy);
    while (!until.isDone()) {
      long begin = System.nanoTime();
      Client fromMap = map.get(HEALTHY);
      long between = System.nanoTime();
      Client fromPool = pool.get(HEALTHY);
      long end = System.nanoTime();
      if (fromMap != fromPool) {
        throw new IllegalStateException(fromMap + " is not " + fromPool);
      }
      ofMap.add(between - begin);
      ofPool.add(end - between);
    }
  }

  private void dialAgainAndAgain(MilvusPool pool, ServerSocket silent) {
    String address = "127.0.0.1:" + silent.getLocalPort();
    while (true) {
      try {
        pool.add(
            address, options -> options.withAddress(address).withConnectTimeout(CONNECT_TIMEOUT));
      } catch (ClientConnectException e) {
        dials.incrementAndGet();
      } catch (PoolClosedException e) {
        return;
      }
    }
  }

  private static Void recover(MilvusPool pool, ScriptedServer server) throws Exception {
    List<Client> clients = new ArrayList<>();
    for (int i = 0; i < RECOVERING; i++) {
      clients.add(pool.add("recovering-" + i, server.target().options().build()));
    }
    for (int i = 0; i < RECOVERIES; i++) {
      server.kill();
      Thread.sleep(OUTAGE.toMillis());
      server.restart();
      long startedAt = System.nanoTime();
      while (clients.stream().anyMatch(client -> client.state() != ClientState.UP)) {
        if (Figures.millisSince(startedAt) > PATIENCE.toMillis()) {
          throw new TimeoutException("not all clients recovered in " + PATIENCE);
        }
        Thread.sleep(10);
      }
    }
    return null;
  }

  private static List<ServerSocket> silentServers() throws IOException {
    List<ServerSocket> servers = new ArrayList<>();
    for (int i = 0; i < SILENT; i++) {
      servers.add(new ServerSocket(0, 50, InetAddress.getLoopbackAddress()));
    }
    return servers;
  }

  private static void row(Table table, String name, Latencies latencies, String target) {
    table.row(
        name,
        Figures.number(latencies.total()),
        Figures.duration(latencies.quantileMillis(0.99)),
        Figures.duration(latencies.quantileMillis(0.9999)),
        Figures.duration(latencies.longestMillis()),
        target);
  }
}
