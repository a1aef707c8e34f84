package dev.milvuspool;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.ref.WeakReference;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.awaitility.Awaitility;

/** Hears gRPC complain of channels that were dropped without having been shut down. */
final class OrphanedChannels extends Handler {
  /** Held here, because java.util.logging holds its loggers weakly. */
  private final Logger grpc = Logger.getLogger("io.milvus.shaded.io.grpc");

  private final List<String> complaints = new CopyOnWriteArrayList<>();

  OrphanedChannels() {
    grpc.addHandler(this);
  }

  /**
   * Finds that no channel that nobody holds any more was left open. gRPC notices one when it is
   * collected as garbage, and says so when the next is made or shut down, so this is asked last.
   */
  void assertNone(Runnable makeAChannel) {
    for (int round = 0; round < 3; round++) {
      WeakReference<Object> garbage = new WeakReference<>(new Object());
      Awaitility.await()
          .until(
              () -> {
                System.gc();
                return garbage.refersTo(null);
              });
      makeAChannel.run();
    }
    assertThat(complaints).isEmpty();
  }

  @Override
  public void publish(LogRecord record) {
    String message = String.valueOf(record.getMessage()).toLowerCase(java.util.Locale.ROOT);
    if (record.getLevel().intValue() >= Level.WARNING.intValue()
        && (message.contains("shutdown properly") || message.contains("shut down"))) {
      complaints.add(record.getMessage());
    }
  }

  @Override
  public void flush() {}

  @Override
  public void close() {
    grpc.removeHandler(this);
  }
}
