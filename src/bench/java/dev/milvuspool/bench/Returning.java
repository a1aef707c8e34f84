package dev.milvuspool.bench;

import dev.milvuspool.Client;
import dev.milvuspool.MilvusPool;
import io.milvus.v2.client.MilvusClientV2;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.IntFunction;

/**
 * The main class of a JVM with a thousand clients of one {@link Subject}, its only argument. It is
 * told by a line each that their server is dead, and that it is back; in between, each client
 * begins a call that waits for it. It prints after how many milliseconds these succeeded, a line
 * each.
 */
public final class Returning {
  /** gRPC's longest backoff is 120 s. */
  private static final Duration PATIENCE = Duration.ofSeconds(150);

  private static final long PAUSE_MILLIS = 10;

  private Returning() {}

  /** Runs one. */
  public static void main(String[] arguments) throws Exception {
    Target target = Target.ofThisFork();
    List<Runnable> calls =
        switch (Subject.valueOf(arguments[0])) {
          case SDK -> sdkCalls(target);
          case POOL -> poolCalls(target);
          default -> throw new IllegalArgumentException(arguments[0]);
        };
    BufferedReader told = new BufferedReader(new InputStreamReader(System.in));
    System.out.println("ready");
    await(told);
    ExecutorService threads = Executors.newFixedThreadPool(calls.size());
    List<Future<Long>> successes = new ArrayList<>();
    calls.forEach(call -> successes.add(threads.submit(() -> succeededAt(call))));
    await(told);
    long backAt = System.nanoTime();
    for (Future<Long> success : successes) {
      System.out.println(Math.max(0, (success.get() - backAt) / 1e6));
    }
    System.exit(0);
  }

  private static void await(BufferedReader told) throws IOException {
    if (told.readLine() == null) {
      throw new IOException("nobody says what the server does");
    }
  }

  private static List<Runnable> sdkCalls(Target target) throws Exception {
    return opened(
        i -> {
          MilvusClientV2 client = new MilvusClientV2(target.sdkConfig());
          return () -> Operation.HAS_COLLECTION.on(client);
        });
  }

  private static List<Runnable> poolCalls(Target target) throws Exception {
    MilvusPool pool = MilvusPool.create();
    return opened(
        i -> {
          Client client =
              pool.add(
                  "client-" + i,
                  target.options().withWaitForReady(true).withDeadline(PATIENCE).build());
          return () -> Operation.HAS_COLLECTION.on(client);
        });
  }

  private static List<Runnable> opened(IntFunction<Runnable> open) throws Exception {
    Runnable[] calls = new Runnable[ThousandClients.CLIENTS];
    ThousandClients.onThreads(0, calls.length, i -> calls[i] = open.apply(i));
    return List.of(calls);
  }

  /**
   * Calls again after a failure, as a user does whose client gives up before the server is back.
   */
  private static long succeededAt(Runnable call) throws InterruptedException {
    while (true) {
      try {
        call.run();
        return System.nanoTime();
      } catch (RuntimeException e) {
        Thread.sleep(PAUSE_MILLIS);
      }
    }
  }
}
