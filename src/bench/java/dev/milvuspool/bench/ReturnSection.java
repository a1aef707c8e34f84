package dev.milvuspool.bench;

import java.io.IOException;
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
      ClientsJvm clients = new ClientsJvm(Returning.class, subject, server.target());
      server.kill();
      clients.tell();
      Thread.sleep(OUTAGE.toMillis());
      server.restart();
      clients.tell();
      List<Double> millis = clients.end().stream().map(Double::valueOf).sorted().toList();
      if (millis.size() != ThousandClients.CLIENTS) {
        throw new IOException(
            "only " + millis.size() + " clients of " + subject.label() + " came back");
      }
      return millis;
    }
  }
}
