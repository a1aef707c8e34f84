package dev.milvuspool.bench;

import dev.milvuspool.bench.CutOff.Outcome;
import dev.milvuspool.bench.Result.Bar;
import dev.milvuspool.bench.Result.Panel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * A server is killed and comes back, for each length of an outage several times; all live through
 * the same outages, calling every 10 ms. Calls that do not end are cut off after {@link
 * CutOff#AFTER}.
 */
final class OutageSection implements Section {
  private static final List<Subject> SUBJECTS =
      List.of(Subject.POOL, Subject.SDK, Subject.SDK_POOL);
  private static final int TIMES = 3;
  private static final long PAUSE_MILLIS = 10;
  private static final long BEFORE_MILLIS = 500;
  private static final long LATE_ANSWER_NANOS = 200_000_000;
  private static final double PATIENCE_MILLIS = 150_000; // gRPC's longest backoff is 120 s
  private static final double TARGET_MILLIS = 1_500; // the longest backoff, and half a second

  /** The outage, in nano time; zero is not yet. */
  private static final class Outage {
    volatile long beganAt;
    volatile long endedAt;

    boolean met(Outcome call) {
      return beganAt != 0
          && call.endedAt() - beganAt > 0
          && (endedAt == 0 || call.beganAt() - endedAt < 0);
    }

    /** Whether it succeeded thanks to the new server, and not with a late answer of the old one. */
    boolean survivedBy(Outcome call) {
      return call.succeeded() && beganAt != 0 && call.endedAt() - beganAt > LATE_ANSWER_NANOS;
    }

    /** The server may have answered a moment before it was known to be back. */
    double millisFromEndTo(Outcome call) {
      return endedAt == 0 ? 0 : Math.max(0, (call.endedAt() - endedAt) / 1e6);
    }
  }

  /**
   * What a subject saw of an outage.
   *
   * @param recoveryMillis from the server's return to the first success
   * @param recovered whether there was one
   * @param meanwhile calls that were under way during the outage
   */
  private record Seen(double recoveryMillis, boolean recovered, List<Outcome> meanwhile) {
    static List<Double> recoveries(List<Seen> all) {
      return all.stream().map(Seen::recoveryMillis).sorted().toList();
    }

    /** The median, the shortest and the longest. */
    static String recovery(List<Seen> all) {
      List<Double> recoveries = recoveries(all);
      return (all.stream().allMatch(Seen::recovered) ? "" : "> ")
          + Figures.duration(Figures.median(recoveries))
          + " ("
          + Figures.duration(recoveries.get(0))
          + "–"
          + Figures.duration(recoveries.get(all.size() - 1))
          + ")";
    }

    static List<Outcome> calls(List<Seen> all) {
      return all.stream().flatMap(seen -> seen.meanwhile().stream()).toList();
    }
  }

  @Override
  public Result measure(Effort effort) throws Exception {
    Table table =
        new Table(
            "outage",
            "",
            "first success after it",
            "a call during it (median)",
            "calls that had to be cancelled",
            "target");
    List<Bar> bars = new ArrayList<>();
    for (Duration length : effort.outages()) {
      Map<Subject, List<Seen>> everyone = new EnumMap<>(Subject.class);
      for (int i = 0; i < TIMES; i++) {
        liveThrough(length)
            .forEach(
                (who, seen) -> everyone.computeIfAbsent(who, w -> new ArrayList<>()).add(seen));
      }
      for (Subject subject : SUBJECTS) {
        List<Seen> seen = everyone.get(subject);
        List<Outcome> calls = Seen.calls(seen);
        List<Double> recoveries = Seen.recoveries(seen);
        double longest = recoveries.get(TIMES - 1);
        boolean met = seen.stream().allMatch(Seen::recovered) && longest <= TARGET_MILLIS;
        table.row(
            length.toSeconds() + " s",
            subject.label(),
            Seen.recovery(seen),
            Figures.duration(Figures.median(calls.stream().map(Outcome::millis).toList())),
            calls.stream().filter(Outcome::cutOff).count() + " of " + calls.size(),
            subject == Subject.POOL ? Table.verdict(met, "≤ 1.5 s") : "");
        bars.add(
            new Bar(
                "outage of " + length.toSeconds() + " s",
                subject.label(),
                Figures.median(recoveries) / 1_000,
                recoveries.get(0) / 1_000,
                longest / 1_000,
                Figures.duration(Figures.median(recoveries))));
      }
    }
    return new Result(table, new Panel("First success after an outage", 0, bars));
  }

  private static Map<Subject, Seen> liveThrough(Duration length) throws Exception {
    ExecutorService threads = Executors.newCachedThreadPool();
    Map<Subject, Caller> callers = new EnumMap<>(Subject.class);
    try (ScriptedServer server = ScriptedServer.start()) {
      for (Subject subject : SUBJECTS) {
        callers.put(subject, subject.open(server.target()));
      }
      Outage outage = new Outage();
      Map<Subject, Future<Seen>> watching = new EnumMap<>(Subject.class);
      callers.forEach(
          (subject, caller) -> watching.put(subject, threads.submit(() -> watch(caller, outage))));
      Thread.sleep(BEFORE_MILLIS);
      server.kill();
      outage.beganAt = System.nanoTime();
      Thread.sleep(length.toMillis());
      server.restart();
      outage.endedAt = System.nanoTime();
      Map<Subject, Seen> seen = new EnumMap<>(Subject.class);
      for (Subject subject : SUBJECTS) {
        seen.put(subject, watching.get(subject).get());
      }
      callers.values().forEach(Caller::close);
      return seen;
    } finally {
      threads.shutdownNow();
    }
  }

  private static Seen watch(Caller caller, Outage outage) throws InterruptedException {
    List<Outcome> meanwhile = new ArrayList<>();
    try (CutOff cutOff = new CutOff()) {
      while (true) {
        Outcome call = cutOff.call(() -> caller.call(Operation.HAS_COLLECTION));
        if (outage.met(call)) {
          meanwhile.add(call);
        }
        boolean recovered = outage.survivedBy(call);
        double recovery = outage.millisFromEndTo(call);
        if (recovered || recovery > PATIENCE_MILLIS) {
          return new Seen(recovery, recovered, meanwhile);
        }
        Thread.sleep(PAUSE_MILLIS);
      }
    }
  }
}
