package dev.milvuspool.internal.channel;

import dev.milvuspool.ClientOptions;
import dev.milvuspool.ClientState;
import dev.milvuspool.MilvusPoolException;
import dev.milvuspool.internal.common.Durations;
import dev.milvuspool.internal.common.EventDispatcher;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * The state of a client, and the only place where it changes: from one immutable {@link Snapshot}
 * to the next, under a short lock. A change between up and down delivers its own event there, so
 * that none is forgotten and they come in order. Readers need no lock.
 */
final class ClientStateMachine {
  private final EventDispatcher events;
  private volatile Snapshot snapshot; // changed under the lock of this

  ClientStateMachine(EventDispatcher events, ClientOptions options) {
    this.events = events;
    snapshot = Snapshot.initial(options);
  }

  Snapshot snapshot() {
    return snapshot;
  }

  /** Changes the snapshot; null keeps it. Returns the old one, or null if nothing changed. */
  @Nullable Snapshot change(UnaryOperator<@Nullable Snapshot> step) {
    return change(step, null);
  }

  /** The same, with another reason for listeners than the last error if the client goes down. */
  @Nullable Snapshot change(
      UnaryOperator<@Nullable Snapshot> step, @Nullable MilvusPoolException downReason) {
    Snapshot old;
    synchronized (this) {
      old = snapshot;
      Snapshot next = step.apply(old);
      if (next == null) {
        return null;
      }
      snapshot = next;
      MilvusPoolException error = downReason == null ? next.lastError() : downReason;
      if (next.publicState() == ClientState.DOWN
          && old.state() != ClientState.DOWN
          && error != null) {
        events.down(error);
      } else if (next.publicState() == ClientState.UP && old.state() == ClientState.DOWN) {
        events.up(Durations.since(old.sinceNanos()), next.address());
      }
    }
    if (old.changed() != snapshot.changed()) {
      old.changed().complete(null);
    }
    return old;
  }
}
