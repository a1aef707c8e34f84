package dev.milvuspool;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Whether a call is in the list for as long as it is in flight, and no longer. */
class InFlightCallsTest {
  private static final int THREADS = 40; // more than there are places

  private final Background background = new Background();
  private final InFlightCalls calls = new InFlightCalls();
  private final ExecutorService executor = Executors.newFixedThreadPool(THREADS);
  private Supplier<InFlightCall> newCall;

  @BeforeEach
  void connect() throws Exception {
    ClientOptions options = ClientOptions.builder().build();
    Connection connection =
        new InMemoryConnector(background)
            .dial(
                new Connector.Target("main", options, null),
                options.dialOrder(),
                options.connectTimeout())
            .get();
    newCall = () -> new InFlightCall(connection, Operation.QUERY, 0, 1);
  }

  @AfterEach
  void stop() {
    executor.shutdownNow();
    background.close();
  }

  private InFlightCall added() {
    InFlightCall call = newCall.get();
    calls.add(call);
    return call;
  }

  @Test
  void nothingIsInFlightAtFirst() {
    assertThat(calls.list()).isEmpty();
  }

  @Test
  void manyCallsOfOneThreadAreListedOnceEach() {
    List<InFlightCall> added = new ArrayList<>();
    for (int i = 0; i < 300; i++) { // more than there are before it looks at all of them
      added.add(added());
      assertThat(calls.list()).containsExactlyInAnyOrderElementsOf(added);
    }
    while (!added.isEmpty()) {
      calls.remove(added.remove(added.size() / 2));
      assertThat(calls.list()).containsExactlyInAnyOrderElementsOf(added);
    }
  }

  @Test
  void aPlaceThatWasLeftIsTakenAgain() {
    InFlightCall first = added();
    int place = first.place();
    calls.remove(first);

    assertThat(added().place()).isEqualTo(place);
  }

  @Test
  void whereManyAreInFlightThereAreMorePlaces() throws Exception {
    CyclicBarrier together = new CyclicBarrier(THREADS);
    List<Future<InFlightCall>> threads = new ArrayList<>();
    for (int i = 0; i < THREADS; i++) {
      threads.add(
          executor.submit(
              () -> {
                InFlightCall call = added();
                together.await();
                calls.remove(call);
                InFlightCall next = added();
                together.await();
                return next;
              }));
    }

    for (Future<InFlightCall> thread : threads) {
      InFlightCall call = thread.get(60, TimeUnit.SECONDS);
      assertThat(calls.list()).contains(call);
      assertThat(call.places()).isNotNull();
      assertThat(call.places().number()).isBetween(THREADS, 256);
    }
    assertThat(calls.list()).hasSize(THREADS);
  }

  /** Each thread looks for its own call, while the others come and go. */
  @Test
  void aCallIsListedFromItsAdditionToItsRemoval() throws Exception {
    CyclicBarrier together = new CyclicBarrier(THREADS);
    List<Future<?>> threads = new ArrayList<>();
    for (int i = 0; i < THREADS; i++) {
      threads.add(
          executor.submit(
              () -> {
                together.await();
                for (int round = 0; round < 500; round++) {
                  InFlightCall first = added();
                  InFlightCall second = added();
                  assertThat(calls.list()).contains(first, second).doesNotHaveDuplicates();
                  calls.remove(first);
                  assertThat(calls.list()).contains(second).doesNotContain(first);
                  calls.remove(second);
                  assertThat(calls.list()).doesNotContain(second);
                }
                return null;
              }));
    }
    for (Future<?> thread : threads) {
      thread.get(60, TimeUnit.SECONDS);
    }
    assertThat(calls.list()).isEmpty();
  }
}
