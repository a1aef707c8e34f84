package dev.milvuspool;

import java.util.concurrent.CompletableFuture;

/**
 * Gives each call of a client a connection: the least loaded one that serves; while none does, the
 * call fails at once or waits within its deadline, as the client's options say.
 */
final class Admission {
  private final Supervisor supervisor;

  Admission(Supervisor supervisor) {
    this.supervisor = supervisor;
  }

  /**
   * Begins an attempt of a call.
   *
   * @throws ClientClosedException if the client is closed
   * @throws ClientUnavailableException if it is down and does not wait
   * @throws ClientTimeoutException if it waited in vain
   */
  InFlightCall begin(Operation operation, long deadlineAt, int weight) {
    while (true) {
      Connection connection = awaitServing(operation.method(), deadlineAt);
      InFlightCall call = connection.begin(operation, deadlineAt, weight);
      if (call != null) {
        return call;
      }
      // It was swapped out since; the new situation has another.
    }
  }

  /** A connection that serves. */
  Connection awaitServing(String what, long deadlineAt) {
    while (true) {
      Situation now = supervisor.situation();
      Connection connection = now.leastLoaded();
      if (connection != null) {
        return connection;
      }
      awaitConnection(now, what, deadlineAt);
    }
  }

  /** Waits until the situation, in which no connection serves, is another. */
  void awaitConnection(Situation now, String what, long deadlineAt) {
    String client = supervisor.client();
    CompletableFuture<?> awaited =
        switch (now.state()) {
          case CLOSED -> throw supervisor.closed();
          case UP -> supervisor.firstDial();
          case DOWN -> {
            if (!now.options().waitForReady()) {
              throw now.unavailable(client, what);
            }
            yield now.left();
          }
        };
    long startedAt = System.nanoTime();
    if (!Waits.awaitDone(awaited, deadlineAt, client, what)) {
      throw now.timedOut(client, what, Nanos.since(startedAt));
    }
  }
}
