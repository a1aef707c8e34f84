package dev.milvuspool;

import java.time.Duration;
import java.util.List;

/**
 * Gives a client other options or another database, on the thread of the user who asked for it:
 * dials, swaps, and leaves what served before to its drain. A dial that fails changes nothing.
 */
final class Reconfiguration {
  private final Supervisor supervisor;
  private final Connector connector;
  private final ClientEvents events;

  Reconfiguration(Supervisor supervisor, Connector connector, ClientEvents events) {
    this.supervisor = supervisor;
    this.connector = connector;
    this.events = events;
  }

  void replace(ClientOptions options) {
    String database = options.database().orElse(null);
    List<Connection> fresh =
        dial(
            new Connector.Target(supervisor.client(), options, database),
            options.connectTimeout(),
            "replace");
    supervisor.swap(null, fresh, options, database);
    events.noteReplaced(options);
    events.deliver();
  }

  void useDatabase(String database, long deadlineAt) {
    while (true) {
      Situation now = supervisor.situation();
      if (now.state() == ClientState.DOWN) {
        supervisor.admission().awaitConnection(now, Operation.USE_DATABASE.method(), deadlineAt);
        continue;
      }
      Duration left = Nanos.until(deadlineAt);
      Duration connect = now.options().connectTimeout();
      List<Connection> fresh =
          dial(
              new Connector.Target(supervisor.client(), now.options(), database),
              left.compareTo(connect) < 0 ? left : connect,
              Operation.USE_DATABASE.method());
      if (supervisor.swap(now.epoch(), fresh, now.options(), database)) {
        events.deliver();
        return;
      }
    }
  }

  private List<Connection> dial(Connector.Target target, Duration timeout, String what) {
    if (supervisor.situation().state() == ClientState.CLOSED) {
      throw supervisor.closed();
    }
    try {
      return Waits.await(connector.dialAll(target, timeout), supervisor.client(), what);
    } catch (ClientConnectException e) {
      events.noteConnectFailed(e);
      events.deliver();
      throw e;
    }
  }
}
