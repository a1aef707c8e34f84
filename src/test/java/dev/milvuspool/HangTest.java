package dev.milvuspool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.milvuspool.ClientConnectException.Reason;
import dev.milvuspool.Events.Kind;
import dev.milvuspool.scripted.ScriptedMilvus;
import java.io.IOException;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.SocketAddress;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What is not the library's own hangs: its clients fail in time and say why, others go on. */
@Timeout(120)
class HangTest {
  private static final Duration SOON = Duration.ofSeconds(30);
  private static final Duration CONNECT_TIMEOUT = Duration.ofMillis(1_500);

  /** For the machine, which may be busy. */
  private static final Duration SLACK = Duration.ofSeconds(3);

  /** Far more than the blocking executor has threads for one kind of foreign code. */
  private static final int MANY = 70;

  private final ScriptedMilvus server = ClientOperation.server();
  private final Events events = new Events();
  private final CountDownLatch released = new CountDownLatch(1);

  @AfterEach
  void close() {
    released.countDown();
    server.close();
  }

  private void hangOn() {
    try {
      released.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** As a read from a socket does, which no interrupt ends. */
  private void hangOnUninterruptibly(CountDownLatch latch) {
    boolean interrupted = false;
    while (true) {
      try {
        latch.await();
        break;
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** Answers until it hangs. */
  private final class Vault implements Supplier<Credentials> {
    private final AtomicInteger interrupts = new AtomicInteger();
    private final AtomicInteger under = new AtomicInteger();
    private volatile boolean hangs;
    private volatile boolean hangsUninterruptibly;
    private volatile CountDownLatch one = new CountDownLatch(1);

    @Override
    public Credentials get() {
      under.incrementAndGet();
      try {
        if (hangsUninterruptibly) {
          hangOnUninterruptibly(one);
        } else if (hangs) {
          hangOn();
          if (Thread.currentThread().isInterrupted()) {
            interrupts.incrementAndGet();
            throw new IllegalStateException("interrupted");
          }
        }
      } finally {
        under.decrementAndGet();
      }
      return Credentials.ofApiKey("key");
    }
  }

  private ClientOptions.Builder options() {
    return ClientOptions.builder()
        .withAddress(server.address())
        .withConnectTimeout(CONNECT_TIMEOUT)
        .withReconnectBackoff(Duration.ofMillis(5), Duration.ofMillis(50))
        .withHealthCheckInterval(Duration.ZERO);
  }

  private static void assertInTime(Outcome outcome) {
    assertThat(outcome.elapsed()).isLessThan(CONNECT_TIMEOUT.plus(SLACK));
  }

  @Test
  void manySuppliersThatHangHoldUpNoOtherClient() {
    try (ScriptedMilvus silent = ScriptedMilvus.start();
        MilvusPool pool = MilvusPool.create()) {
      List<Vault> vaults = new ArrayList<>();
      List<Runnable> adds = new ArrayList<>();
      for (int i = 0; i < MANY; i++) {
        Vault vault = new Vault();
        vault.hangsUninterruptibly = true;
        vaults.add(vault);
        String name = "hanging-" + i;
        adds.add(() -> pool.add(name, options().withCredentials(vault).build()));
      }
      List<Outcome> hanging = Outcome.ofAll(adds);
      Outcome sound = Outcome.of(() -> pool.add("sound", options().build()));
      silent.blackhole();
      Outcome unanswered =
          Outcome.of(() -> pool.add("other", options().withAddress(silent.address()).build()));
      vaults.forEach(vault -> vault.one.countDown());

      assertThat(hanging)
          .allSatisfy(
              each -> {
                assertInTime(each);
                assertThat(each.failure()).hasMessageContaining(Vault.class.getName());
              });
      assertInTime(sound);
      assertThat(sound.failure()).isNull();
      assertInTime(unanswered);
      assertThat(unanswered.failure()).isInstanceOf(ClientConnectException.class);
    }
  }

  @Test
  void suppliersThatHangInProbesTakeNoClientDown() {
    try (MilvusPool pool = MilvusPool.builder().withListener(events).build()) {
      List<Vault> vaults = new ArrayList<>();
      for (int i = 0; i < MANY; i++) {
        Vault vault = new Vault();
        vaults.add(vault);
        pool.add(
            "client-" + i,
            options()
                .withCredentials(vault)
                .withConnectTimeout(SOON)
                .withHealthCheckInterval(Duration.ofMillis(50))
                .build());
      }
      vaults.forEach(vault -> vault.hangsUninterruptibly = true);

      await()
          .during(Duration.ofSeconds(5)) // a server may say nothing for 3 s
          .atMost(SOON)
          .until(() -> events.of(Kind.DOWN).isEmpty());
      vaults.forEach(vault -> vault.one.countDown());
    }
  }

  @Test
  void manyListenersThatHangHoldUpNoDial() {
    PoolListener hanging =
        new PoolListener() {
          @Override
          public void onClientDown(String client, MilvusPoolException reason) {
            hangOn();
          }
        };
    try (ScriptedMilvus dying = ClientOperation.server();
        MilvusPool pool = MilvusPool.builder().withListener(hanging).build()) {
      for (int i = 0; i < MANY; i++) {
        pool.add("down-" + i, options().withAddress(dying.address()).build());
      }
      dying.kill();
      await()
          .atMost(SOON)
          .until(
              () ->
                  pool.stats().clients().values().stream()
                      .allMatch(client -> client.state() == ClientState.DOWN));

      Outcome failed =
          Outcome.of(() -> pool.add("dead", options().withAddress(dying.address()).build()));
      Outcome sound = Outcome.of(() -> pool.add("sound", options().build()));

      assertInTime(failed);
      assertThat(failed.failure()).isInstanceOf(ClientConnectException.class);
      assertInTime(sound);
      assertThat(sound.failure()).isNull();
      released.countDown();
    }
  }

  @Test
  void aSupplierThatHangsIsInterruptedAndAskedAgain() {
    Vault vault = new Vault();
    vault.hangs = true;
    try (MilvusPool pool = MilvusPool.create()) {
      for (int i = 0; i < 6; i++) {
        assertThatThrownBy(() -> pool.add("main", options().withCredentials(vault).build()))
            .hasMessageContaining(Vault.class.getName());
      }
      await().atMost(SOON).until(() -> vault.under.get() == 0);
      assertThat(vault.interrupts.get()).isPositive();
      vault.hangs = false;

      assertThat(pool.add("main", options().withCredentials(vault).build()).listCollections())
          .contains("items");
    }
  }

  @Test
  void aSupplierThatNeverReturnsKeepsFewThreadsAndIsAskedAgainOnceOneReturns() {
    Vault vault = new Vault();
    vault.hangsUninterruptibly = true;
    try (MilvusPool pool = MilvusPool.create()) {
      ClientOptions options = options().withCredentials(vault).build();
      await()
          .atMost(SOON)
          .untilAsserted(
              () ->
                  assertThatThrownBy(() -> pool.add("main", options))
                      .isInstanceOf(ClientConnectException.class)
                      .hasMessageContainingAll(Vault.class.getName(), "hangs", "interrupted: 4"));
      assertThat(vault.under.get()).isEqualTo(4);

      vault.hangsUninterruptibly = false;
      assertThatThrownBy(() -> pool.add("main", options)).hasMessageContaining("hangs");
      vault.one.countDown();

      await()
          .atMost(SOON)
          .until(() -> Outcome.of(() -> pool.add("main", options)).failure() == null);
    }
  }

  @Test
  void healthSaysThatTheSupplierHangsAndNotTheServer() {
    Vault vault = new Vault();
    try (MilvusPool pool = MilvusPool.create()) {
      Client client = pool.add("main", options().withCredentials(vault).build());
      vault.hangs = true;

      ClientHealth health = client.health(Duration.ofMillis(300));

      assertThat(health.healthy()).isFalse();
      assertThat(health.state()).isEqualTo(ClientState.UP);
      assertThat(health.lastError())
          .hasMessageContainingAll("withCredentials", Vault.class.getName(), "has not returned")
          .hasMessageNotContaining("probe");
      released.countDown();
    }
  }

  @Test
  void aLookUpOfANameThatHangsHoldsUpNoOtherAndIsNoSilenceOfTheServer() {
    ProxySelector before = ProxySelector.getDefault();
    ProxySelector.setDefault(
        new ProxySelector() {
          @Override
          public List<Proxy> select(URI uri) {
            if (uri.getHost().startsWith("hanging")) {
              hangOnUninterruptibly(released);
            }
            return before.select(uri);
          }

          @Override
          public void connectFailed(URI uri, SocketAddress address, IOException failure) {
            before.connectFailed(uri, address, failure);
          }
        });
    try (MilvusPool pool = MilvusPool.create()) {
      List<Runnable> adds = new ArrayList<>();
      for (int i = 0; i < 40; i++) {
        String host = "hanging" + i;
        adds.add(() -> pool.add(host, options().withAddress(host + ":19530").build()));
      }

      List<Outcome> hanging = Outcome.ofAll(adds);
      Outcome sound = Outcome.of(() -> pool.add("sound", options().build()));
      released.countDown();

      assertThat(hanging)
          .allSatisfy(
              each -> {
                assertInTime(each);
                assertThat(each.failure())
                    .isInstanceOfSatisfying(
                        ClientConnectException.class,
                        e -> assertThat(e.reason()).isEqualTo(Reason.DNS));
              });
      assertInTime(sound);
      assertThat(sound.failure()).isNull();
    } finally {
      ProxySelector.setDefault(before);
    }
  }

  @Test
  void aProxySelectorThatFailsIsNoFailureOfTheServer() {
    ProxySelector before = ProxySelector.getDefault();
    ProxySelector.setDefault(
        selecting(
            () -> {
              throw new IllegalStateException("no PAC file");
            }));
    try (MilvusPool pool = MilvusPool.create()) {
      assertThatThrownBy(() -> pool.add("main", options().build()))
          .isInstanceOfSatisfying(
              ClientConnectException.class, e -> assertThat(e.reason()).isEqualTo(Reason.DNS))
          .hasMessageContainingAll("ProxySelector failed", "no PAC file");
    } finally {
      ProxySelector.setDefault(before);
    }
  }

  @Test
  void aSlowLookUpOfTheOnlyAddressMayTakeMostOfTheTimeout() {
    ProxySelector before = ProxySelector.getDefault();
    AtomicInteger asked = new AtomicInteger();
    ProxySelector.setDefault(
        selecting(
            () -> {
              asked.incrementAndGet();
              LockSupport.parkNanos(Duration.ofMillis(2_400).toNanos());
            }));
    try (MilvusPool pool = MilvusPool.create()) {
      ClientOptions options = options().withConnectTimeout(Duration.ofSeconds(4)).build();

      Outcome adding = Outcome.of(() -> pool.add("main", options));

      assertThat(adding.failure()).isNull();
      assertThat(asked.get()).isEqualTo(1);
    } finally {
      ProxySelector.setDefault(before);
    }
  }

  private static ProxySelector selecting(Runnable first) {
    return new ProxySelector() {
      @Override
      public List<Proxy> select(URI uri) {
        first.run();
        return List.of(Proxy.NO_PROXY);
      }

      @Override
      public void connectFailed(URI uri, SocketAddress address, IOException failure) {}
    };
  }
}
