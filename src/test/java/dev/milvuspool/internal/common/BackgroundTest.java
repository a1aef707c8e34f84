package dev.milvuspool.internal.common;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The threads behind a pool: what runs on them, how many there are, and when they end. */
@Timeout(30)
class BackgroundTest {
  private final Background background = new Background();
  private final CountDownLatch hang = new CountDownLatch(1);
  private final AtomicInteger hanging = new AtomicInteger();
  private boolean released;

  @AfterEach
  void close() {
    hang.countDown();
    release();
    background.endWithLastUser();
  }

  private void release() {
    if (!released) {
      released = true;
      background.release();
    }
  }

  private void hangOn() {
    hanging.incrementAndGet();
    try {
      hang.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static <T> T get(Future<T> future) throws Exception {
    return future.get(10, TimeUnit.SECONDS);
  }

  private Thread threadOfAnExecutedTask() throws Exception {
    CompletableFuture<Thread> thread = new CompletableFuture<>();
    background.execute(() -> thread.complete(Thread.currentThread()));
    return get(thread);
  }

  private Thread threadOfAScheduledTask() throws Exception {
    CompletableFuture<Thread> thread = new CompletableFuture<>();
    background.schedule(() -> thread.complete(Thread.currentThread()), Duration.ZERO);
    return get(thread);
  }

  @Test
  void itsThreadsAreDaemonsWithNames() throws Exception {
    Thread blocking = threadOfAnExecutedTask();
    Thread scheduler = threadOfAScheduledTask();

    assertThat(blocking.isDaemon()).isTrue();
    assertThat(blocking.getName()).matches("milvus-pool-\\d+-blocking-\\d+");
    assertThat(scheduler.isDaemon()).isTrue();
    assertThat(scheduler.getName()).matches("milvus-pool-\\d+-scheduler-1");
    assertThat(threadOfAScheduledTask()).isSameAs(scheduler);
  }

  @Test
  void itsThreadsTakeOverNothingOfTheirFirstCaller() throws Exception {
    InheritableThreadLocal<String> tenant = new InheritableThreadLocal<>();
    Thread caller = Thread.currentThread();
    ClassLoader before = caller.getContextClassLoader();
    CompletableFuture<String> inherited = new CompletableFuture<>();
    tenant.set("of the first caller");
    caller.setContextClassLoader(new ClassLoader(before) {});
    try {
      background.execute(() -> inherited.complete(tenant.get()));

      assertThat(get(inherited)).isNull();
      for (Thread thread : List.of(threadOfAnExecutedTask(), threadOfAScheduledTask())) {
        assertThat(thread.getContextClassLoader()).isSameAs(Background.class.getClassLoader());
      }
    } finally {
      caller.setContextClassLoader(before);
      tenant.remove();
    }
  }

  @Test
  void aScheduledTaskRunsAfterItsDelay() throws Exception {
    Duration delay = Duration.ofMillis(30);
    CompletableFuture<Long> ranAt = new CompletableFuture<>();
    long scheduledAt = System.nanoTime();

    background.schedule(() -> ranAt.complete(System.nanoTime()), delay);

    assertThat(get(ranAt) - scheduledAt).isGreaterThanOrEqualTo(delay.toNanos());
  }

  @Test
  void aTaskThatFailsEndsNothingButItself() throws Exception {
    Thread scheduler = threadOfAScheduledTask();
    Runnable broken =
        () -> {
          throw new AssertionError("on purpose");
        };

    background.execute(broken);
    get(background.schedule(broken, Duration.ZERO));

    assertThat(threadOfAScheduledTask()).isSameAs(scheduler);
    assertThat(threadOfAnExecutedTask()).isNotNull();
  }

  @Test
  void tasksThatHangHoldUpNoOther() throws Exception {
    for (int i = 0; i < 10; i++) {
      background.execute(this::hangOn);
    }

    assertThat(threadOfAnExecutedTask()).isNotNull();
    assertThat(hanging.get()).isEqualTo(10);
  }

  /** A crowd of clients in trouble costs four threads, however long its queue. */
  @Test
  void asLongAsWorkMovesThereAreFourThreads() throws Exception {
    int tasks = 1_000;
    Set<Thread> workers = ConcurrentHashMap.newKeySet();
    CountDownLatch done = new CountDownLatch(tasks);
    for (int i = 0; i < tasks; i++) {
      background.execute(
          () -> {
            workers.add(Thread.currentThread());
            LockSupport.parkNanos(2_000_000); // so that it takes many looks at the queue
            done.countDown();
          });
    }

    assertThat(done.await(20, TimeUnit.SECONDS)).isTrue();
    assertThat(workers).hasSize(4);
  }

  @Test
  void theThreadsThatItGrewForWhatHungEndAfterwards() {
    Set<Thread> workers = ConcurrentHashMap.newKeySet();
    for (int i = 0; i < 40; i++) {
      background.execute(
          () -> {
            workers.add(Thread.currentThread());
            hangOn();
          });
    }
    await().until(() -> hanging.get() == 40);
    assertThat(workers).hasSize(40);

    hang.countDown();

    await().until(() -> workers.stream().noneMatch(Thread::isAlive));
  }

  @Test
  void moreThanSixtyFourThreadsForOneKindOfForeignCodeThereNeverAre() throws Exception {
    Executor kind = background.foreign();
    for (int i = 0; i < 80; i++) {
      kind.execute(this::hangOn);
    }

    await().until(() -> hanging.get() == 64);
    await().during(Duration.ofMillis(150)).until(() -> hanging.get() == 64);
    CompletableFuture<Void> other = new CompletableFuture<>();
    background.listeners().execute(() -> other.complete(null));
    get(other);
    assertThat(threadOfAnExecutedTask()).isNotNull();
    hang.countDown();
    await().until(() -> hanging.get() == 80);
  }

  /** Else each task would wait until the pool has grown again to the number of those that hang. */
  @Test
  void besideManyThatHangATaskWaitsNoLonger() throws Exception {
    for (int i = 0; i < 200; i++) {
      background.execute(this::hangOn);
    }
    await().until(() -> hanging.get() == 200);
    await().pollDelay(Duration.ofMillis(100)).until(() -> true); // the queue is empty meanwhile

    long startedAt = System.nanoTime();
    assertThat(threadOfAnExecutedTask()).isNotNull();

    assertThat(Duration.ofNanos(System.nanoTime() - startedAt)).isLessThan(Duration.ofMillis(500));
  }

  @Test
  void aTaskOfOneKindThatFailsGivesItsPlaceToTheNext() throws Exception {
    Executor kind = background.foreign();
    CompletableFuture<Void> ran = new CompletableFuture<>();
    for (int i = 0; i < 100; i++) {
      kind.execute(
          () -> {
            throw new AssertionError("on purpose");
          });
    }

    kind.execute(() -> ran.complete(null));

    get(ran);
  }

  @Test
  void itGrowsAsSoonAsTheSystemGivesThreadsAgain() throws Exception {
    AtomicBoolean exhausted = new AtomicBoolean();
    AtomicInteger refused = new AtomicInteger();
    Background poor =
        new Background(
            threads ->
                task -> {
                  if (exhausted.get()) {
                    refused.incrementAndGet();
                    throw new OutOfMemoryError("unable to create native thread");
                  }
                  return threads.newThread(task);
                });
    for (int i = 0; i < 4; i++) {
      poor.execute(this::hangOn);
    }
    exhausted.set(true);
    CompletableFuture<Void> next = new CompletableFuture<>();
    poor.execute(() -> next.complete(null));
    await().until(() -> refused.get() >= 20);

    exhausted.set(false);

    get(next);
    poor.release();
    poor.endWithLastUser();
  }

  @Test
  void itLivesUntilItsLastUserHasLeft() throws Exception {
    CompletableFuture<Void> ended = new CompletableFuture<>();
    background.afterLastUser(() -> ended.complete(null));
    assertThat(background.retain()).isTrue();
    Thread scheduler = threadOfAScheduledTask();

    background.endWithLastUser();
    release();

    assertThat(background.retain()).isFalse();
    assertThat(ended).isNotDone();
    assertThat(threadOfAScheduledTask()).isSameAs(scheduler);
    Thread blocking = threadOfAnExecutedTask();

    background.release();
    get(ended);
    scheduler.join(10_000);
    blocking.join(10_000);
    assertThat(scheduler.isAlive()).isFalse();
    assertThat(blocking.isAlive()).isFalse();
  }

  @Test
  void withoutAUserItMayStillGetOne() throws Exception {
    release();

    assertThat(background.retain()).isTrue();
    assertThat(threadOfAnExecutedTask()).isNotNull();
    background.release();
  }

  @Test
  void afterTheEndTasksAreDropped() throws Exception {
    AtomicInteger ran = new AtomicInteger();
    release();
    background.endWithLastUser();

    background.execute(ran::incrementAndGet);
    Future<?> scheduled = background.schedule(ran::incrementAndGet, Duration.ZERO);

    assertThat(get(scheduled)).isNull();
    assertThat(ran.get()).isZero();
  }

  @Test
  void whatWasExecutedBeforeTheEndStillRuns() throws Exception {
    CompletableFuture<Void> ran = new CompletableFuture<>();
    background.execute(
        () -> {
          hangOn();
          ran.complete(null);
        });
    release();
    background.endWithLastUser();

    hang.countDown();

    get(ran);
  }
}
