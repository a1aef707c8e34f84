package dev.milvuspool;

import static org.assertj.core.api.Assertions.assertThat;

import dev.milvuspool.ClientConnectException.Reason;
import dev.milvuspool.scripted.ScriptedMilvus;
import dev.milvuspool.server.Certificates;
import io.milvus.shaded.io.grpc.Status;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ProxySelector;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import javax.net.ssl.SSLException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A dial that fails says at which step, with the cause and the remedy, and within the connect
 * timeout: at once where it can be known at once.
 */
@Timeout(60)
class ConnectDiagnosisTest {
  private static final Duration TIMEOUT = Duration.ofSeconds(20);

  /** Long before the timeout: the machine may be busy. */
  private static final Duration EARLY = Duration.ofSeconds(10);

  private static final Duration SLACK = Duration.ofSeconds(3);
  private static final String BAD_REQUEST = "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n";
  private static final String SECRET = "k3y-to-everything";
  private static final Certificates CERTIFICATES = Certificates.get();

  private final List<AutoCloseable> opened = new ArrayList<>();
  private final MilvusPool pool = MilvusPool.create();

  @TempDir private Path directory;

  @AfterEach
  void close() throws Exception {
    pool.close();
    for (AutoCloseable each : opened) {
      each.close();
    }
  }

  private <T extends AutoCloseable> T opened(T resource) {
    opened.add(resource);
    return resource;
  }

  /**
   * A dial that has failed.
   *
   * @param failure why
   * @param elapsed after how long
   */
  private record Failed(ClientConnectException failure, Duration elapsed) {}

  private Failed dial(String address, UnaryOperator<ClientOptions.Builder> more) {
    ClientOptions options =
        more.apply(ClientOptions.builder().withAddress(address).withConnectTimeout(TIMEOUT))
            .build();
    Outcome outcome = Outcome.of(() -> pool.add("main", options));

    assertThat(outcome.failure()).isInstanceOf(ClientConnectException.class);
    ClientConnectException failure = (ClientConnectException) outcome.failure();
    assertThat(failure.clientName()).isEqualTo("main");
    assertThat(failure.address()).isEqualTo(options.address());
    assertThat(failure)
        .hasMessageStartingWith("client main: cannot connect to " + options.address() + " after ")
        .message()
        .containsPattern("after \\d+ ms: ");
    assertThat(failure.getCause()).isNotNull();
    for (Throwable each = failure; each != null; each = each.getCause()) {
      assertThat(each.toString()).doesNotContain(SECRET);
    }
    assertThat(outcome.elapsed()).isLessThan(options.connectTimeout().plus(SLACK));
    assertThat(pool.has("main")).isFalse();
    return new Failed(failure, outcome.elapsed());
  }

  private static void assertEarly(Failed dial, Reason reason, String... told) {
    assertThat(dial.failure.reason()).as(dial.failure.getMessage()).isEqualTo(reason);
    assertThat(dial.failure).hasMessageContainingAll(told);
    assertThat(dial.elapsed).isLessThan(EARLY);
  }

  // ---- name, port, silence

  @Test
  void aHostThatCannotBeResolved() {
    Failed dial = dial("no-such-host.invalid:19530", o -> o);

    assertEarly(
        dial, Reason.DNS, "no-such-host.invalid cannot be resolved", "check its name and the DNS");
    assertThat(dial.failure).hasCauseInstanceOf(UnknownHostException.class);
  }

  @Test
  void aPortOnWhichNothingListens() {
    ScriptedMilvus server = opened(ScriptedMilvus.start());
    server.refuseConnections();

    Failed dial = dial(server.address(), o -> o);

    assertEarly(
        dial, Reason.REFUSED, "nothing listens there", "check host and port, and that Milvus runs");
    assertThat(dial.failure).hasRootCauseInstanceOf(java.net.ConnectException.class);
  }

  @Test
  void aPortOnWhichSomethingListenedAMomentAgo() {
    ScriptedMilvus server = opened(ScriptedMilvus.start());
    pool.add("other", o -> o.withAddress(server.address()));
    server.refuseConnections();

    Failed dial = dial(server.address(), o -> o);

    assertEarly(dial, Reason.REFUSED, "nothing listens there");
    assertThat(dial.failure).hasRootCauseInstanceOf(java.net.ConnectException.class);
  }

  @Test
  void aBurstOfDialsToOneServerCostsItAboutOneConnectionEach() {
    ScriptedMilvus server = opened(ScriptedMilvus.start());

    for (int i = 0; i < 20; i++) {
      pool.add("client-" + i, o -> o.withAddress(server.address()));
    }

    // One to see whether it listens, and now and then one more on a machine that is busy.
    assertThat(server.acceptedConnections()).isBetween(20L, 30L);
  }

  @FunctionalInterface
  private interface Silence {
    void fall(ScriptedMilvus server);
  }

  static Stream<Silence> silences() {
    return Stream.of(
        ScriptedMilvus::blackhole,
        ScriptedMilvus::stallAccept,
        server -> server.stall("Connect"),
        server -> server.stall(ScriptedMilvus.ALL));
  }

  @ParameterizedTest
  @MethodSource("silences")
  void aServerThatIsSilentCostsNoMoreThanTheConnectTimeout(Silence silence) {
    ScriptedMilvus server = opened(ScriptedMilvus.start());
    silence.fall(server);
    Duration timeout = Duration.ofMillis(1_500);

    Failed dial = dial(server.address(), o -> o.withConnectTimeout(timeout));

    assertThat(dial.failure.reason()).isEqualTo(Reason.TIMEOUT);
    assertThat(dial.failure)
        .hasMessageContainingAll(
            "no answer; check firewalls and the server's load, or raise withConnectTimeout (now 1500 ms)",
            "check firewalls and the server's load",
            "withConnectTimeout");
    assertThat(dial.elapsed).isBetween(timeout.minusMillis(100), timeout.plus(SLACK));
  }

  /** As that of a reconnect after the JVM was frozen. */
  @Test
  void aTimeoutThatIsOverBeforeAnythingHasBegun() {
    ScriptedMilvus server = opened(ScriptedMilvus.start());

    Failed dial = dial(server.address(), o -> o.withConnectTimeout(Duration.ofNanos(1)));

    assertEarly(dial, Reason.TIMEOUT, "no answer");
  }

  @Test
  void theDatabaseCheckIsWithinTheConnectTimeoutToo() {
    ScriptedMilvus server = opened(ScriptedMilvus.start());
    server.stall("DescribeDatabase");
    server.stall("ListDatabases");
    Duration timeout = Duration.ofMillis(1_500);

    Failed dial =
        dial(server.address(), o -> o.withConnectTimeout(timeout).withDatabase("default"));

    assertThat(dial.failure.reason()).isEqualTo(Reason.TIMEOUT);
    assertThat(dial.elapsed).isLessThan(timeout.plus(SLACK));
  }

  // ---- TLS

  private ScriptedMilvus tlsServer() {
    return opened(
        ScriptedMilvus.startTls(
            CERTIFICATES.serverCertificate().toFile(), CERTIFICATES.serverKey().toFile()));
  }

  private static String localhost(ScriptedMilvus server) {
    return "localhost:" + server.port();
  }

  private static TlsOptions.Builder trusting(Path ca) {
    return TlsOptions.builder().withCaFile(ca);
  }

  @Test
  void whatIsRightWithTlsConnects() {
    ScriptedMilvus server = tlsServer();

    Client client =
        pool.add(
            "main",
            o ->
                o.withAddress("https://" + localhost(server))
                    .withTls(trusting(CERTIFICATES.ca()).build()));

    assertThat(client.listDatabases()).contains("default");
  }

  @Test
  void aServerWhoseCertificateIsNotTrusted() {
    ScriptedMilvus server = tlsServer();

    Failed dial = dial(localhost(server), o -> o.withTls(trusting(CERTIFICATES.otherCa()).build()));

    assertEarly(dial, Reason.TLS, "the TLS handshake failed", "CA file", "server name");
    assertThat(dial.failure).hasStackTraceContaining(SSLException.class.getPackageName());
  }

  @Test
  void aServerWhoseCertificateIsNotTrustedByTheJvm() {
    ScriptedMilvus server = tlsServer();

    Failed dial = dial("https://" + localhost(server), o -> o);

    assertEarly(dial, Reason.TLS, "the TLS handshake failed", "CA file");
  }

  @Test
  void aServerWhoseCertificateIsForAnotherName() {
    ScriptedMilvus server = tlsServer();
    TlsOptions other = trusting(CERTIFICATES.ca()).withServerName("other.test").build();

    Failed dial = dial(localhost(server), o -> o.withTls(other));

    assertEarly(dial, Reason.TLS, "the TLS handshake failed", "server name");
  }

  @Test
  void aServerThatWantsACertificateOfTheClient() {
    ScriptedMilvus server =
        opened(
            ScriptedMilvus.startMutualTls(
                CERTIFICATES.serverCertificate().toFile(),
                CERTIFICATES.serverKey().toFile(),
                CERTIFICATES.ca().toFile()));

    Failed dial = dial(localhost(server), o -> o.withTls(trusting(CERTIFICATES.ca()).build()));

    assertEarly(dial, Reason.TLS, "the TLS handshake failed", "client certificate");
  }

  @Test
  void aServerThatSpeaksPlaintextWhereTlsIsWanted() {
    ScriptedMilvus server = opened(ScriptedMilvus.start());

    Failed dial = dial(localhost(server), o -> o.withTls(trusting(CERTIFICATES.ca()).build()));

    assertEarly(dial, Reason.TLS, "check that the server speaks TLS");
  }

  @Test
  void aServerThatSpeaksTlsWherePlaintextIsWanted() {
    ScriptedMilvus server = tlsServer();

    Failed dial = dial(localhost(server), o -> o);

    assertEarly(dial, Reason.TLS, "does not speak plaintext", "withTls", "https://");
  }

  @Test
  void aCaFileThatIsGoneSinceTheOptionsWereBuilt() throws IOException {
    ScriptedMilvus server = tlsServer();
    Path ca = Files.copy(CERTIFICATES.ca(), directory.resolve("ca.pem"));
    TlsOptions tls = trusting(ca).build();
    Files.delete(ca);

    Failed dial = dial(localhost(server), o -> o.withTls(tls));

    assertEarly(dial, Reason.TLS, "caFile does not exist", ca.toString(), "check");
  }

  // ---- credentials

  static Stream<UnaryOperator<ClientOptions.Builder>> wrongCredentials() {
    return Stream.of(
        o -> o.withAuth("root", SECRET),
        o -> o.withAuth("root", SECRET).withDatabase("default"),
        o -> o.withApiKey(SECRET));
  }

  @ParameterizedTest
  @MethodSource("wrongCredentials")
  void wrongCredentialsAreToldWhicheverRequestIsRejected(
      UnaryOperator<ClientOptions.Builder> credentials) {
    for (boolean open : List.of(false, true)) {
      ScriptedMilvus server =
          opened(ScriptedMilvus.start().requireAuth("root", "Milvus").openConnect(open));

      Failed dial = dial(server.address(), credentials);

      assertEarly(dial, Reason.AUTHENTICATION, "rejected the credentials", "correct them");
    }
  }

  @Test
  void noCredentialsWhereSomeAreAskedFor() {
    ScriptedMilvus server = opened(ScriptedMilvus.start().requireAuth("root", "Milvus"));

    Failed dial = dial(server.address(), o -> o);

    assertEarly(
        dial,
        Reason.AUTHENTICATION,
        "the server requires credentials",
        "use withAuth, withApiKey or withCredentials");
  }

  @Test
  void rightCredentialsConnect() {
    ScriptedMilvus user = opened(ScriptedMilvus.start().requireAuth("root", ""));
    ScriptedMilvus key = opened(ScriptedMilvus.start().requireToken(SECRET));

    Client byUser = pool.add("user", o -> o.withAddress(user.address()).withAuth("root", ""));
    Client byKey = pool.add("key", o -> o.withAddress(key.address()).withApiKey(SECRET));

    assertThat(byUser.listDatabases()).contains("default");
    assertThat(byKey.listDatabases()).contains("default");
  }

  // ---- database, server

  @Test
  void aDatabaseThatIsNotThere() {
    ScriptedMilvus server = opened(ScriptedMilvus.start());

    Failed dial = dial(server.address(), o -> o.withDatabase("missing"));

    assertEarly(
        dial,
        Reason.DATABASE_NOT_FOUND,
        "database missing not found on the server",
        "create it first, or correct withDatabase");
  }

  @Test
  void aServerThatAnswersWithAnError() {
    ScriptedMilvus server = opened(ScriptedMilvus.start());
    server.fail(
        ScriptedMilvus.ALL, Status.INTERNAL.withDescription("etcd is gone"), ScriptedMilvus.ALWAYS);

    Failed dial = dial(server.address(), o -> o);

    assertThat(dial.failure.reason()).isEqualTo(Reason.SERVER);
    assertThat(dial.failure)
        .hasMessageContainingAll(
            "the server answered with an error", "etcd is gone", "check that it is a Milvus");
  }

  /** One that is stopping, or a hop. */
  @Test
  void aServerThatCancelsTheRequest() {
    ScriptedMilvus server = opened(ScriptedMilvus.start());
    server.fail(
        "Connect", Status.CANCELLED.withDescription("context canceled"), ScriptedMilvus.ALWAYS);

    Failed dial = dial(server.address(), o -> o);

    assertEarly(dial, Reason.SERVER, "the server answered with an error", "context canceled");
  }

  /** What a Go hop says that cannot connect to the server behind it. */
  @Test
  void theTlsTroubleOfAHopIsNoRejectionOfCredentials() {
    ScriptedMilvus hop = opened(ScriptedMilvus.start());
    ScriptedMilvus standby = opened(ScriptedMilvus.start());
    hop.fail(
        "Connect",
        Status.UNAVAILABLE.withDescription(
            "connection error: desc = \"transport: authentication handshake failed: EOF\""),
        ScriptedMilvus.ALWAYS);

    Failed dial = dial(hop.address(), o -> o);

    assertEarly(dial, Reason.SERVER, "authentication handshake failed: EOF");
    Client client =
        pool.add(
            "standby", o -> o.withAddress(hop.address()).withStandbyAddresses(standby.address()));
    assertThat(client.health().address()).isEqualTo(standby.address());
  }

  /** Before 2.3: Milvus's own status says it in words. */
  @Test
  void aRejectionWithoutACodeIsToldByItsText() {
    ScriptedMilvus server = opened(ScriptedMilvus.start());
    server.reject("Connect", 1, "auth check failure, please check api key", ScriptedMilvus.ALWAYS);

    Failed dial = dial(server.address(), o -> o.withApiKey(SECRET));

    assertEarly(dial, Reason.AUTHENTICATION, "rejected the credentials");
  }

  /** As the beginning of an answer in another protocol, and of one in TLS. */
  static Stream<Arguments> otherProtocols() {
    return Stream.of(
        Arguments.of("HTTP/1.1 400 Bad Request\r\n\r\n", Reason.SERVER),
        Arguments.of("SSH-2.0-server\r\n", Reason.SERVER),
        Arguments.of("\25\3\3\0\2\2\106", Reason.TLS));
  }

  @ParameterizedTest
  @MethodSource("otherProtocols")
  void somethingThatListensThereAndIsNoMilvus(String answer, Reason reason) throws IOException {
    ServerSocket other = accepting(socket -> answer(socket, answer));

    Failed dial = dial("127.0.0.1:" + other.getLocalPort(), o -> o);

    assertEarly(
        dial,
        reason,
        reason == Reason.TLS ? "does not speak plaintext" : "does not speak gRPC",
        reason == Reason.TLS ? "use withTls" : "check host and port");
  }

  /** As Docker does for a mapped port whose server has not started. */
  @Test
  void aConnectionThatIsOnlyAccepted() throws IOException {
    ServerSocket proxy =
        accepting(
            socket -> {
              socket.getInputStream().read();
              socket.setSoLinger(true, 0); // closes with a reset
            });

    Failed dial = dial("127.0.0.1:" + proxy.getLocalPort(), o -> o);

    assertEarly(
        dial, Reason.SERVER, "closed without an answer (Connection reset", "Milvus is ready");
  }

  @Test
  void anHttpProxyOfTheJvmThatRefuses() throws IOException {
    String refusal = "HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n";
    ServerSocket proxy = accepting(socket -> answer(socket, refusal));
    ProxySelector before = ProxySelector.getDefault();
    ProxySelector.setDefault(
        ProxySelector.of(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), proxy.getLocalPort())));
    try {
      Failed dial = dial("milvus.test:19530", o -> o);

      assertEarly(
          dial, Reason.SERVER, "the JVM's HTTP proxy", "status: 407", "-Dhttp.nonProxyHosts");
    } finally {
      ProxySelector.setDefault(before);
    }
  }

  /** What is done with each connection, which is then closed. */
  @FunctionalInterface
  private interface Treatment {
    void apply(Socket socket) throws IOException;
  }

  private ServerSocket accepting(Treatment treatment) throws IOException {
    ServerSocket server = opened(new ServerSocket(0, 50, InetAddress.getLoopbackAddress()));
    ExecutorService threads = Executors.newSingleThreadExecutor();
    opened(threads::shutdownNow);
    threads.submit(
        () -> {
          while (!server.isClosed()) {
            Socket accepted = server.accept();
            try (Socket socket = accepted) {
              treatment.apply(socket);
            } catch (IOException e) {
              // The client only looked whether somebody listens.
            }
          }
          return true;
        });
    return server;
  }

  private static void answer(Socket socket, String answer) throws IOException {
    socket.getInputStream().read(new byte[1024]);
    socket.getOutputStream().write(answer.getBytes(StandardCharsets.US_ASCII));
  }

  // ---- privileges

  /** A user without a role: of a full Milvus the one, of older ones the other. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aUserWhoMayNotListDatabasesConnectsToOne(boolean asStatus) {
    ScriptedMilvus server = opened(ScriptedMilvus.start());
    server.databases("default", "mine").requireAuth("guest", SECRET);
    if (asStatus) {
      server.fail(
          "ListDatabases",
          Status.PERMISSION_DENIED.withDescription(
              "PrivilegeListDatabases: permission deny to guest in the `default` database"),
          ScriptedMilvus.ALWAYS);
    } else {
      server.reject("ListDatabases", 65535, "permission deny to guest", ScriptedMilvus.ALWAYS);
    }
    UnaryOperator<ClientOptions.Builder> mine =
        o -> o.withAddress(server.address()).withDatabase("mine");

    Client client = pool.add("main", o -> mine.apply(o).withAuth("guest", SECRET));

    assertThat(client.state()).isEqualTo(ClientState.UP);
    assertThat(client.currentDatabase()).isEqualTo("mine");
    assertThat(Outcome.of(client::listDatabases).failure())
        .hasMessageContaining("permission deny")
        .hasMessageNotContainingAny("password", "credentials");
    client.useDatabase("default");
    assertThat(client.currentDatabase()).isEqualTo("default");
    assertThat(Outcome.of(() -> pool.add("x", o -> mine.apply(o).withAuth("guest", "no"))))
        .extracting(Outcome::failure)
        .isInstanceOfSatisfying(
            ClientConnectException.class,
            failure -> assertThat(failure.reason()).isEqualTo(Reason.AUTHENTICATION));
  }
}
