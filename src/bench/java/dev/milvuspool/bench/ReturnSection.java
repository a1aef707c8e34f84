package dev.milvuspool.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.Writer;
import java.time.Duration;
import java.util.List;

/** {@link Returning}: one server, which dies and comes back, for each of those compared. */
final class ReturnSection implements Section {
  private static final List<Subject> SUBJECTS = List.of(Subject.POOL, Subject.SDK);
  private static final Duration OUTAGE = Duration.ofSeconds(20);

  @Override
  public Result measure(Effort effort) throws Exception {
    Table table =
        new Table(
            Figures.number(ThousandClients.CLIENTS)
                + " clients, outage of "
                + OUTAGE.toSeconds()
                + " s",
            "first success after it",
            "half of them",
            "all");
    for (Subject subject : SUBJECTS) {
      List<Double> millis = liveThrough(subject);
      table.row(
          subject.label(),
          Figures.duration(millis.get(0)),
          Figures.duration(Figures.median(millis)),
          Figures.duration(Figures.max(millis)));
    }
    return Result.of(table);
  }

  /** When the clients were back, in order. */
  private static List<Double> liveThrough(Subject subject) throws Exception {
    try (ScriptedServer server = ScriptedServer.start()) {
      Process clients =
          Jvm.start(
              Returning.class, List.of(server.target().jvmArguments()), List.of(subject.name()));
      BufferedReader printed = clients.inputReader();
      Writer told = clients.outputWriter();
      printed.readLine(); // they are ready
      server.kill();
      tell(told);
      Thread.sleep(OUTAGE.toMillis());
      server.restart();
      tell(told);
      List<Double> millis = printed.lines().map(Double::valueOf).sorted().toList();
      if (clients.waitFor() != 0 || millis.size() != ThousandClients.CLIENTS) {
        throw new IOException(
            ThousandClients.CLIENTS + " of " + subject.label() + " failed: see above");
      }
      return millis;
    }
  }

  private static void tell(Writer told) throws IOException {
    told.write(System.lineSeparator());
    told.flush();
  }
}
