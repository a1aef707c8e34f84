package dev.milvuspool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.milvuspool.ClientConnectException.Reason;
import dev.milvuspool.server.Certificates;
import dev.milvuspool.server.MilvusServer;
import dev.milvuspool.server.RealMilvus;
import io.milvus.v2.client.MilvusClientV2;
import io.milvus.v2.exception.MilvusClientException;
import io.milvus.v2.service.rbac.request.CreateUserReq;
import io.milvus.v2.service.rbac.request.DropUserReq;
import io.milvus.v2.service.rbac.request.UpdatePasswordReq;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** Authentication and TLS against real servers. */
class SecurityIT {
  private final Certificates certificates = Certificates.get();

  @Test
  void credentialsAreCheckedAndRotatedWithoutAFailedCall() throws Exception {
    try (MilvusServer server = RealMilvus.withAuthentication();
        MilvusPool pool = MilvusPool.create()) {
      ClientOptions root = Samples.options(server).build();
      Client admin = pool.add("admin", root);
      assertThat(admin.listCollections()).isEmpty();
      assertFails(pool, root.toBuilder().withAuth("root", "wrong"), Reason.AUTHENTICATION);
      assertFails(pool, root.toBuilder().withAuth("root", ""), Reason.AUTHENTICATION);
      assertFails(
          pool, ClientOptions.builder().withAddress(server.address()), Reason.AUTHENTICATION);
      assertFails(pool, root.toBuilder().withApiKey("wrong"), Reason.AUTHENTICATION);
      Client byToken = pool.add("token", root.toBuilder().withApiKey("root:Milvus").build());
      assertThat(byToken.hasCollection("absent")).isFalse();
      pool.remove("token");

      rotatesUnderLoad(pool, admin, root);
    }
  }

  private static void rotatesUnderLoad(MilvusPool pool, Client admin, ClientOptions root)
      throws Exception {
    call(
        admin,
        sdk ->
            sdk.createUser(
                CreateUserReq.builder().userName("service").password("First_1").build()));
    Client service = pool.add("service", root.toBuilder().withAuth("service", "First_1").build());
    Queue<Throwable> failures = new ConcurrentLinkedQueue<>();
    AtomicLong calls = new AtomicLong();
    AtomicBoolean stop = new AtomicBoolean();
    ExecutorService threads = Executors.newFixedThreadPool(4);
    Runnable load =
        () -> {
          while (!stop.get()) {
            try {
              // Connect is what the server allows to everybody with a valid password.
              service.call(MilvusClientV2::getServerVersion);
              calls.incrementAndGet();
            } catch (RuntimeException e) {
              failures.add(e);
            }
          }
        };
    List<Future<?>> running =
        List.of(threads.submit(load), threads.submit(load), threads.submit(load));
    Awaitility.await().until(() -> calls.get() > 100);

    // The server takes the new password and, for a moment, forgets the old one for new calls:
    // rotation without a gap is a second user, as here, or the order new user, replace, drop old.
    call(
        admin,
        sdk ->
            sdk.createUser(
                CreateUserReq.builder().userName("service2").password("Second_2").build()));
    pool.replace("service", root.toBuilder().withAuth("service2", "Second_2").build());
    long atSwap = calls.get();
    Awaitility.await().until(() -> calls.get() > atSwap + 100);
    call(admin, sdk -> sdk.dropUser(DropUserReq.builder().userName("service").build()));
    Awaitility.await().until(() -> calls.get() > atSwap + 200);
    stop.set(true);
    threads.shutdown();
    assertThat(threads.awaitTermination(20, TimeUnit.SECONDS)).isTrue();
    for (Future<?> each : running) {
      each.get();
    }
    assertThat(failures).isEmpty();

    call(
        admin,
        sdk ->
            sdk.updatePassword(
                UpdatePasswordReq.builder()
                    .userName("service2")
                    .password("Second_2")
                    .newPassword("Third_3")
                    .build()));
    pool.replace("service", root.toBuilder().withAuth("service2", "Third_3").build());
    assertThat(service.call(MilvusClientV2::getServerVersion)).isNotBlank();
    call(admin, sdk -> sdk.dropUser(DropUserReq.builder().userName("service2").build()));
  }

  /** Without a reconnect, and without a failed call before the change or after it. */
  @Test
  void aPasswordChangesUnderLoadAndItsSupplierFollows() throws Exception {
    Events events = new Events();
    try (MilvusServer server = RealMilvus.withAuthentication();
        MilvusPool pool = MilvusPool.builder().withListener(events).build()) {
      ClientOptions root = Samples.options(server).build();
      Client admin = pool.add("admin", root);
      call(
          admin,
          sdk ->
              sdk.createUser(
                  CreateUserReq.builder().userName("rotated").password("First_1").build()));
      AtomicReference<Credentials> current =
          new AtomicReference<>(Credentials.ofPassword("rotated", "First_1"));
      Client client = pool.add("rotated", root.toBuilder().withCredentials(current::get).build());
      AtomicLong calls = new AtomicLong();
      AtomicBoolean stop = new AtomicBoolean();
      Queue<long[]> failures = new ConcurrentLinkedQueue<>(); // when each began and ended
      ExecutorService threads = Executors.newCachedThreadPool();
      Runnable load =
          () -> {
            while (!stop.get()) {
              long begunAt = System.nanoTime();
              try {
                client.call(MilvusClientV2::getServerVersion);
                calls.incrementAndGet();
              } catch (MilvusClientException rejected) {
                failures.add(new long[] {begunAt, System.nanoTime()});
              }
            }
          };
      List<Future<?>> running =
          IntStream.range(0, 8).<Future<?>>mapToObj(i -> threads.submit(load)).toList();
      Awaitility.await().until(() -> calls.get() > 100);

      long serverChangedAt = System.nanoTime();
      call(
          admin,
          sdk ->
              sdk.updatePassword(
                  UpdatePasswordReq.builder()
                      .userName("rotated")
                      .password("First_1")
                      .newPassword("Second_2")
                      .build()));
      Awaitility.await().until(() -> !failures.isEmpty());
      current.set(Credentials.ofPassword("rotated", "Second_2"));
      long supplierChangedAt = System.nanoTime();
      long before = calls.get();
      Awaitility.await().until(() -> calls.get() > before + 500);
      stop.set(true);
      threads.shutdown();
      for (Future<?> each : running) {
        each.get(20, TimeUnit.SECONDS);
      }

      assertThat(failures)
          .allSatisfy(
              failure -> {
                assertThat(failure[0]).isLessThan(supplierChangedAt);
                assertThat(failure[1]).isGreaterThan(serverChangedAt);
              });
      assertThat(pool.stats().clients().get("rotated").reconnects()).isZero();
      assertThat(events.of(Events.Kind.DOWN)).isEmpty();
      assertThat(client.health(Duration.ofSeconds(5)).healthy()).isTrue();
    }
  }

  @Test
  void aUserWithoutARoleConnectsAndItsCallsSayWhatIsMissing() {
    try (MilvusServer server = RealMilvus.withAuthentication();
        MilvusPool pool = MilvusPool.create()) {
      ClientOptions root = Samples.options(server).build();
      Client admin = pool.add("admin", root);
      admin.createDatabase("theirs");
      call(
          admin,
          sdk ->
              sdk.createUser(
                  CreateUserReq.builder().userName("guest").password("Guest_1").build()));

      Client guest =
          pool.add(
              "guest",
              root.toBuilder().withAuth("guest", "Guest_1").withDatabase("theirs").build());

      assertThatThrownBy(() -> guest.createCollection("denied", Samples.schema(), 1))
          .hasMessageContaining("permission deny");
      assertThat(guest.state()).isEqualTo(ClientState.UP);
      assertThat(guest.health(Duration.ofSeconds(5)).healthy()).isTrue();
      assertFails(
          pool,
          root.toBuilder().withAuth("guest", "wrong").withDatabase("theirs"),
          Reason.AUTHENTICATION);
      assertFails(
          pool,
          root.toBuilder().withAuth("guest", "Guest_1").withDatabase("missing"),
          Reason.DATABASE_NOT_FOUND);
      guest.useDatabase("default");
      guest.useDatabase("theirs");
      assertThatThrownBy(() -> guest.useDatabase("missing"))
          .isInstanceOfSatisfying(
              ClientConnectException.class,
              e -> assertThat(e.reason()).isEqualTo(Reason.DATABASE_NOT_FOUND));
    }
  }

  private static void call(Client client, java.util.function.Consumer<MilvusClientV2> work) {
    client.call(
        sdk -> {
          work.accept(sdk);
          return true;
        });
  }

  @Test
  void oneWayTlsTrustsTheCaAndChecksTheName() {
    try (MilvusServer server = RealMilvus.withTls(certificates);
        MilvusPool pool = MilvusPool.create()) {
      ClientOptions.Builder https =
          ClientOptions.builder().withAddress("https://" + server.address());
      TlsOptions ca = TlsOptions.builder().withCaFile(certificates.ca()).build();
      TlsOptions named =
          TlsOptions.builder().withCaFile(certificates.ca()).withServerName("milvus.test").build();
      TlsOptions otherName =
          TlsOptions.builder().withCaFile(certificates.ca()).withServerName("other.test").build();
      TlsOptions otherCa = TlsOptions.builder().withCaFile(certificates.otherCa()).build();

      assertThat(pool.add("ca", https.withTls(ca).build()).listCollections()).isEmpty();
      assertThat(pool.add("named", https.withTls(named).build()).listCollections()).isEmpty();

      assertFails(pool, https.withTls(otherName), Reason.TLS);
      assertFails(pool, https.withTls(otherCa), Reason.TLS);
      assertFails(pool, https.withTls(), Reason.TLS);
      assertFails(pool, ClientOptions.builder().withAddress(server.address()), Reason.TLS);
    }
  }

  @Test
  void mutualTlsShowsTheClientsCertificate() {
    try (MilvusServer server = RealMilvus.withMutualTls(certificates);
        MilvusPool pool = MilvusPool.create()) {
      ClientOptions.Builder options = ClientOptions.builder().withAddress(server.address());
      TlsOptions.Builder tls = TlsOptions.builder().withCaFile(certificates.ca());

      assertFails(pool, options.withTls(tls.build()), Reason.TLS);
      Path certificate = certificates.clientCertificate();
      tls.withClientCertificate(certificate, certificates.clientKey());
      Client client = pool.add("mutual", options.withTls(tls.build()).build());

      assertThat(client.listCollections()).isEmpty();
      assertThat(client.health(Duration.ofSeconds(5)).healthy()).isTrue();
    }
  }

  private static void assertFails(MilvusPool pool, ClientOptions.Builder options, Reason reason) {
    assertThatThrownBy(() -> pool.add("failing", options.build()))
        .isInstanceOfSatisfying(
            ClientConnectException.class,
            e -> {
              assertThat(e.reason()).as(e.getMessage()).isEqualTo(reason);
              assertThat(e).hasCauseInstanceOf(Throwable.class);
            });
    assertThat(pool.has("failing")).isFalse();
  }
}
