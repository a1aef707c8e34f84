package dev.milvuspool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.milvuspool.ClientConnectException.Reason;
import dev.milvuspool.Events.Kind;
import dev.milvuspool.scripted.ScriptedMilvus;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Credentials that change while their client works, and suppliers that misbehave. */
@Timeout(120)
class CredentialsSupplierTest {
  private static final Duration SOON = Duration.ofSeconds(30);
  private static final String SECRET = "s3cret";

  private final ScriptedMilvus server = ClientOperation.server();
  private final Events events = new Events();
  private final MilvusPool pool = MilvusPool.builder().withListener(events).build();
  private final ExecutorService threads = Executors.newCachedThreadPool();

  /** A supplier that does as it is told, named by its class alone. */
  static final class Told implements Supplier<Credentials> {
    private final AtomicInteger asked = new AtomicInteger();
    private final Set<String> askedOn = ConcurrentHashMap.newKeySet();
    private final CountDownLatch released = new CountDownLatch(1);
    private volatile Supplier<Credentials> answer = () -> Credentials.ofPassword("root", SECRET);

    @Override
    public Credentials get() {
      asked.incrementAndGet();
      askedOn.add(Thread.currentThread().getName());
      return answer.get();
    }

    void fails(Throwable failure) {
      answer =
          () -> {
            if (failure != null) {
              throw Sneaky.<RuntimeException>thrown(failure);
            }
            return null;
          };
    }

    /** Keeps whoever asks until {@link #release}. */
    void hangs() {
      answer =
          () -> {
            try {
              released.await();
            } catch (InterruptedException e) {
              Thread.currentThread().interrupt();
            }
            return Credentials.ofPassword("root", SECRET);
          };
    }

    void recovers() {
      answer = () -> Credentials.ofPassword("root", SECRET);
    }

    void release() {
      released.countDown();
    }

    @Override
    public String toString() {
      return SECRET;
    }
  }

  private final Told told = new Told();

  @AfterEach
  void close() {
    told.release();
    threads.shutdownNow();
    pool.close();
    server.close();
  }

  private ClientOptions.Builder options(Supplier<Credentials> credentials) {
    return ClientOptions.builder()
        .withAddress(server.address())
        .withCredentials(credentials)
        .withDeadline(SOON)
        .withReconnectBackoff(Duration.ofMillis(5), Duration.ofMillis(50))
        .withHealthCheckInterval(Duration.ZERO);
  }

  static List<Throwable> failures() {
    return Arrays.asList(
        new IllegalStateException(SECRET), new AssertionError(SECRET), new Exception(SECRET), null);
  }

  // ---- a password that changes

  @Test
  void aPasswordChangesUnderLoadWithoutAReconnect() throws Exception {
    server.requireAuth("root", "one");
    AtomicBoolean second = new AtomicBoolean();
    Credentials one = Credentials.ofPassword("root", "one");
    Credentials two = Credentials.ofPassword("root", "two");
    Client client = pool.add("main", options(() -> second.get() ? two : one).build());
    AtomicBoolean stop = new AtomicBoolean();
    AtomicLong successes = new AtomicLong();
    Queue<long[]> failures = new ConcurrentLinkedQueue<>(); // when each began and ended
    List<Future<?>> callers =
        IntStream.range(0, 8)
            .<Future<?>>mapToObj(
                i ->
                    threads.submit(
                        () -> {
                          while (!stop.get()) {
                            long begunAt = System.nanoTime();
                            try {
                              client.hasCollection("items");
                              successes.incrementAndGet();
                            } catch (RuntimeException e) {
                              failures.add(new long[] {begunAt, System.nanoTime()});
                            }
                          }
                        }))
            .toList();
    await().atMost(SOON).until(() -> successes.get() > 100);

    long serverChangedAt = System.nanoTime();
    server.requireAuth("root", "two");
    await().atMost(SOON).until(() -> failures.size() > 100);
    second.set(true);
    long supplierChangedAt = System.nanoTime();
    long before = successes.get();
    await().atMost(SOON).until(() -> successes.get() > before + 1000);
    stop.set(true);
    for (Future<?> caller : callers) {
      caller.get(30, TimeUnit.SECONDS);
    }

    assertThat(failures)
        .allSatisfy(
            failure -> {
              assertThat(failure[0]).isLessThan(supplierChangedAt);
              assertThat(failure[1]).isGreaterThan(serverChangedAt);
            });
    assertThat(server.transportsEver()).isEqualTo(1);
    assertThat(events.of(Kind.DOWN)).isEmpty();
    assertThat(client.state()).isEqualTo(ClientState.UP);
  }

  @Test
  void dialsAndProbesUseTheCredentialsOfTheMoment() {
    server.requireAuth("root", "two");
    told.answer = () -> Credentials.ofPassword("root", "two");
    Client client =
        pool.add("main", options(told).withHealthCheckInterval(Duration.ofMillis(50)).build());
    server.requireToken("three");
    told.answer = () -> Credentials.ofApiKey("three");

    assertThat(client.health(SOON).healthy()).isTrue();
    server.dropConnections();
    await().atMost(SOON).until(() -> client.health(SOON).healthy());
    int before = told.asked.get();
    await().atMost(SOON).until(() -> told.asked.get() > before + 2); // probes

    assertThat(events.of(Kind.CONNECT_FAILED)).isEmpty();
    assertThat(told.askedOn).isNotEmpty().allMatch(name -> name.contains("-blocking-"));
    client.hasCollection("items");
    assertThat(told.askedOn).contains(Thread.currentThread().getName());
  }

  // ---- suppliers that fail

  @ParameterizedTest
  @MethodSource("failures")
  void aCallWhoseSupplierFailsIsNotSent(Throwable failure) {
    Client client = pool.add("main", options(told).build());
    told.fails(failure);

    assertThatThrownBy(() -> client.hasCollection("items"))
        .isExactlyInstanceOf(MilvusPoolException.class)
        .hasMessageContainingAll("main", "withCredentials", Told.class.getName(), "not sent")
        .hasMessageNotContaining(SECRET)
        .hasCause(failure);
    assertThatThrownBy(() -> client.insert("items", Samples.rows(1, 1)))
        .isExactlyInstanceOf(MilvusPoolException.class);

    assertThat(server.calls("HasCollection")).isZero();
    assertThat(server.calls("Insert")).isZero();
    assertThat(client.state()).isEqualTo(ClientState.UP);
    told.recovers();
    assertThat(client.hasCollection("items")).isTrue();
  }

  @ParameterizedTest
  @MethodSource("failures")
  void aDialWhoseSupplierFailsIsAFailureOfAuthentication(Throwable failure) {
    told.fails(failure);

    assertThatThrownBy(() -> pool.add("main", options(told).build()))
        .isInstanceOfSatisfying(
            ClientConnectException.class,
            e -> assertThat(e.reason()).isEqualTo(Reason.AUTHENTICATION))
        .hasMessageContainingAll("main", "withCredentials", Told.class.getName())
        .hasMessageNotContaining(SECRET);

    assertThat(server.calls("Connect")).isZero();
    told.recovers();
    assertThat(pool.add("main", options(told).build()).hasCollection("items")).isTrue();
  }

  /** The server was not asked, so nothing is known of it. */
  @ParameterizedTest
  @MethodSource("failures")
  void aSupplierThatFailsForAWhileTakesNoConnectionAway(Throwable failure) {
    Client client =
        pool.add("main", options(told).withHealthCheckInterval(Duration.ofMillis(50)).build());
    told.fails(failure);

    ClientHealth health = client.health(SOON);

    assertThat(health.healthy()).isFalse();
    assertThat(health.lastError()).hasMessageContaining(Told.class.getName());
    await()
        .during(Duration.ofSeconds(5)) // a server may say nothing for 3 s
        .atMost(SOON)
        .until(() -> events.of(Kind.DOWN).isEmpty() && client.state() == ClientState.UP);
    assertThat(server.transportsEver()).isEqualTo(1);
  }

  // ---- suppliers that are slow

  @Test
  void aCallWhoseSupplierReturnsAfterItsDeadlineIsNotSent() {
    Client client = pool.add("main", options(told).build());
    told.answer =
        () -> {
          try {
            told.released.await(400, TimeUnit.MILLISECONDS);
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
          return Credentials.ofPassword("root", SECRET);
        };

    assertThatThrownBy(
            () -> client.withDeadline(Duration.ofMillis(100)).insert("items", Samples.rows(1, 1)))
        .isInstanceOf(ClientTimeoutException.class)
        .hasMessageContaining("nothing was sent");

    assertThat(server.calls("DescribeCollection")).isZero();
    assertThat(server.calls("Insert")).isZero();
  }

  /** Between two sweeps, too: the supplier is interrupted there, and this one then returns. */
  @ParameterizedTest
  @ValueSource(ints = {275, 300})
  void aDialWhoseSupplierHangsEndsInTimeAndSaysSo(int timeout) {
    told.hangs();
    Outcome outcome =
        Outcome.of(
            () ->
                pool.add(
                    "main", options(told).withConnectTimeout(Duration.ofMillis(timeout)).build()));

    assertThat(outcome.elapsed()).isLessThan(Duration.ofSeconds(5));
    assertThat(outcome.failure())
        .isInstanceOf(ClientConnectException.class)
        .hasMessageContainingAll("withCredentials", Told.class.getName())
        .hasMessageNotContaining(SECRET);
    assertThat(server.calls("Connect")).isZero();
  }

  @Test
  void aSupplierThatHangsTakesNoConnectionAway() {
    Client client =
        pool.add("main", options(told).withHealthCheckInterval(Duration.ofMillis(50)).build());
    told.hangs();

    await()
        .during(Duration.ofSeconds(5))
        .atMost(SOON)
        .until(() -> events.of(Kind.DOWN).isEmpty() && client.state() == ClientState.UP);

    assertThat(client.health(Duration.ofMillis(100)).healthy()).isFalse();
    assertThat(server.transportsEver()).isEqualTo(1);
  }

  @Test
  void aSupplierThatHangsHoldsUpNoOtherClient() {
    for (int i = 0; i < 20; i++) {
      pool.add("slow-" + i, options(told).withHealthCheckInterval(Duration.ofMillis(50)).build());
    }
    Client other = pool.add("other", options(() -> Credentials.ofApiKey("key")).build());
    told.hangs();
    server.dropConnections();
    await()
        .during(Duration.ofSeconds(4))
        .atMost(SOON)
        .until(() -> told.askedOn.size() < 70); // they try again and again

    server.stall("HasCollection");
    Outcome late =
        Outcome.of(() -> other.withDeadline(Duration.ofMillis(300)).hasCollection("items"));
    server.resumeAll();
    server.dropConnections();
    Outcome health = Outcome.of(() -> await().atMost(SOON).until(() -> isHealthy(other)));

    assertThat(late.failure()).isInstanceOf(ClientTimeoutException.class);
    assertThat(late.elapsed()).isLessThan(Duration.ofSeconds(2));
    assertThat(health.failure()).isNull();
    assertThat(health.elapsed()).isLessThan(Duration.ofSeconds(3));
    assertThat(Threads.named("milvus-pool")).hasSizeLessThan(12);
  }

  private static boolean isHealthy(Client client) {
    return client.health(Duration.ofSeconds(1)).healthy();
  }
}
