package dev.milvuspool.bench;

import dev.milvuspool.Client;
import dev.milvuspool.bench.CutOff.Outcome;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Calls that are with the server while their client is removed, or gets another database. */
final class InFlightSection implements Section {
  private static final List<Subject> SUBJECTS =
      List.of(Subject.POOL, Subject.SDK, Subject.SDK_POOL);
  private static final String DELAY_MICROS = "500000";
  private static final long UNDER_WAY_MILLIS = 250;
  private static final int CALLS = 32;
  private static final String DATABASE = "other";

  /** What happens to the client. */
  private interface Change {
    void on(Caller caller) throws Exception;
  }

  @Override
  public Result measure(Effort effort) throws Exception {
    Table table =
        new Table("", "in flight", "failed on removal", "failed on useDatabase", "target");
    try (ScriptedServer server =
        ScriptedServer.start("--delay-micros", DELAY_MICROS, "--delay-method", "HasCollection")) {
      Target target = server.target();
      Collections.create(target);
      try (Client client = Client.connect(target.options().build())) {
        client.createDatabase(DATABASE);
      }
      for (Subject subject : SUBJECTS) {
        List<Outcome> onRemoval = new ArrayList<>();
        List<Outcome> onUseDatabase = new ArrayList<>();
        for (int i = 0; i < effort.forks(); i++) {
          onRemoval.addAll(failed(subject.open(target), Caller::remove));
          onUseDatabase.addAll(
              failed(subject.open(target), caller -> caller.useDatabase(DATABASE)));
        }
        table.row(
            subject.label(),
            Integer.toString(CALLS * effort.forks()),
            text(onRemoval),
            text(onUseDatabase),
            subject == Subject.POOL
                ? Table.verdict(onRemoval.isEmpty() && onUseDatabase.isEmpty(), "0")
                : "");
      }
    }
    return Result.of(table);
  }

  /** The collection is in the database that the call was made for, and in no other. */
  private static void find(Caller caller) {
    if (!Boolean.TRUE.equals(caller.call(Operation.HAS_COLLECTION))) {
      throw new IllegalStateException("answered from the other database");
    }
  }

  private static String text(List<Outcome> failed) {
    long cutOff = failed.stream().filter(Outcome::cutOff).count();
    return failed.size()
        + (cutOff == 0
            ? ""
            : ", " + cutOff + " of them cancelled after " + CutOff.AFTER.toSeconds() + " s");
  }

  private static List<Outcome> failed(Caller opened, Change change) throws Exception {
    ExecutorService threads = Executors.newCachedThreadPool();
    try (Caller caller = opened;
        CutOff cutOff = new CutOff()) {
      caller.call(Operation.HAS_COLLECTION);
      CountDownLatch begun = new CountDownLatch(CALLS);
      List<Future<Outcome>> calls = new ArrayList<>();
      for (int i = 0; i < CALLS; i++) {
        calls.add(
            threads.submit(
                () -> {
                  begun.countDown();
                  return cutOff.call(() -> find(caller));
                }));
      }
      begun.await();
      Thread.sleep(UNDER_WAY_MILLIS);
      change.on(caller);
      List<Outcome> failed = new ArrayList<>();
      for (Future<Outcome> each : calls) {
        if (!each.get().succeeded()) {
          failed.add(each.get());
        }
      }
      return failed;
    } finally {
      threads.shutdownNow();
    }
  }
}
