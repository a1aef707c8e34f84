package dev.milvuspool.scripted;

import io.milvus.shaded.io.grpc.Metadata;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** What the server saw of one method. */
final class MethodCounters {
  final AtomicLong calls = new AtomicLong();
  final AtomicLong executed = new AtomicLong();
  final AtomicLong rows = new AtomicLong();
  final AtomicInteger inFlight = new AtomicInteger();
  final AtomicInteger maxInFlight = new AtomicInteger();

  /** Of the call that came last. */
  volatile @Nullable Metadata lastHeaders;

  volatile @Nullable Object lastRequest;

  void start() {
    calls.incrementAndGet();
    int now = inFlight.incrementAndGet();
    int max = maxInFlight.get();
    while (now > max && !maxInFlight.compareAndSet(max, now)) {
      max = maxInFlight.get();
    }
  }

  void execute(long rowCount) {
    executed.incrementAndGet();
    if (rowCount != 0) {
      rows.addAndGet(rowCount);
    }
  }

  void reset() {
    calls.set(0);
    executed.set(0);
    rows.set(0);
    maxInFlight.set(inFlight.get());
  }
}
