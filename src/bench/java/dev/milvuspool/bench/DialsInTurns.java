package dev.milvuspool.bench;

import dev.milvuspool.MilvusPool;
import io.milvus.v2.client.MilvusClientV2;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The main class of a JVM in which the SDK and this library dial a thousand clients each, in turns
 * of a few, so that what else the machine does meets both. The one that is its only argument has
 * the first turn, in which the code that both run is loaded. It prints how long the turns of each
 * took, a {@link Subject} and milliseconds a line.
 */
public final class DialsInTurns {
  private static final int CLIENTS_A_TURN = 50;

  private final Target target = Target.ofThisFork();
  private final MilvusPool pool = MilvusPool.create();
  private final ConcurrentLinkedQueue<MilvusClientV2> clients = new ConcurrentLinkedQueue<>();
  private final AtomicInteger numbers = new AtomicInteger();
  private final ExecutorService threads = Executors.newFixedThreadPool(ThousandClients.THREADS);

  private DialsInTurns() {}

  /** Runs one. */
  public static void main(String[] arguments) throws Exception {
    DialsInTurns dials = new DialsInTurns();
    Subject first = Subject.valueOf(arguments[0]);
    Subject second = first == Subject.SDK ? Subject.POOL : Subject.SDK;
    for (Subject subject : List.of(first, second)) {
      try (Caller one = subject.open(dials.target)) { // opens jars, loads classes
        one.call(Operation.HAS_COLLECTION);
      }
    }
    Map<Subject, Double> millis = new EnumMap<>(Subject.class);
    for (int from = 0; from < ThousandClients.CLIENTS; from += 2 * CLIENTS_A_TURN) {
      for (Subject subject : List.of(first, second, second, first)) {
        millis.merge(subject, dials.turn(subject), Double::sum);
      }
    }
    millis.forEach((subject, sum) -> System.out.println(subject + " " + sum));
    System.exit(0);
  }

  private double turn(Subject subject) throws Exception {
    long startedAt = System.nanoTime();
    List<Future<?>> dials = new ArrayList<>();
    for (int i = 0; i < CLIENTS_A_TURN; i++) {
      dials.add(threads.submit(() -> dial(subject)));
    }
    for (Future<?> dial : dials) {
      dial.get();
    }
    return Figures.millisSince(startedAt);
  }

  private void dial(Subject subject) {
    if (subject == Subject.SDK) {
      MilvusClientV2 client = new MilvusClientV2(target.sdkConfig());
      Operation.HAS_COLLECTION.on(client);
      clients.add(client);
    } else {
      String name = "client-" + numbers.incrementAndGet();
      Operation.HAS_COLLECTION.on(pool.add(name, target.options().build()));
    }
  }
}
