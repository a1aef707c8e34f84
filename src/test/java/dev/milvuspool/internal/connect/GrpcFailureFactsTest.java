package dev.milvuspool.internal.connect;

import static org.assertj.core.api.Assertions.assertThat;

import dev.milvuspool.scripted.ScriptedMilvus;
import dev.milvuspool.server.Certificates;
import io.milvus.grpc.MilvusServiceGrpc;
import io.milvus.shaded.io.grpc.ChannelCredentials;
import io.milvus.shaded.io.grpc.ConnectivityState;
import io.milvus.shaded.io.grpc.InsecureChannelCredentials;
import io.milvus.shaded.io.grpc.ManagedChannel;
import io.milvus.shaded.io.grpc.Metadata;
import io.milvus.shaded.io.grpc.Server;
import io.milvus.shaded.io.grpc.ServerCall;
import io.milvus.shaded.io.grpc.ServerCallHandler;
import io.milvus.shaded.io.grpc.ServerInterceptor;
import io.milvus.shaded.io.grpc.Status;
import io.milvus.shaded.io.grpc.TlsChannelCredentials;
import io.milvus.shaded.io.grpc.netty.shaded.io.grpc.netty.GrpcSslContexts;
import io.milvus.shaded.io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.milvus.shaded.io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2Exception;
import io.milvus.shaded.io.grpc.netty.shaded.io.netty.handler.ssl.NotSslRecordException;
import java.io.File;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.channels.ClosedChannelException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.cert.CertificateException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import javax.net.ssl.SSLException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the SDK's gRPC says where a connection cannot be made, or a stream is cut off. */
class GrpcFailureFactsTest {
  private static final Certificates CERTIFICATES = Certificates.get();
  private static final ChannelCredentials PLAIN = InsecureChannelCredentials.create();
  private static final String NAME = "milvus.test"; // no resolver knows it, the certificate does

  private final GrpcTestChannels channels = new GrpcTestChannels();

  @AfterEach
  void stop() {
    channels.close();
  }

  private static ChannelCredentials trusting(Path ca) throws IOException {
    return TlsChannelCredentials.newBuilder().trustManager(ca.toFile()).build();
  }

  private static ChannelCredentials tls() throws IOException {
    return trusting(CERTIFICATES.ca());
  }

  private static ScriptedMilvus tlsServer() {
    return ScriptedMilvus.startTls(serverCertificate(), serverKey());
  }

  private static File serverCertificate() {
    return CERTIFICATES.serverCertificate().toFile();
  }

  private static File serverKey() {
    return CERTIFICATES.serverKey().toFile();
  }

  private static InetSocketAddress of(ScriptedMilvus server) {
    return GrpcTestChannels.loopback(server.port());
  }

  /** How a call ends that cannot be sent. */
  private Status failure(InetSocketAddress address, ChannelCredentials credentials, String name)
      throws Exception {
    Rpc rpc = Rpc.start(channels.to(address, credentials, name));
    Status status = rpc.status();
    assertThat(rpc.wasCreated()).isFalse();
    assertThat(rpc.events).containsExactly("onClose");
    return status;
  }

  private static List<Throwable> causes(Status status) {
    List<Throwable> causes = new ArrayList<>();
    for (Throwable cause = status.getCause(); cause != null; cause = cause.getCause()) {
      causes.add(cause);
    }
    return causes;
  }

  private static void assertCause(Status status, Class<? extends Throwable> type, String message) {
    assertThat(causes(status))
        .anySatisfy(e -> assertThat(e).isInstanceOf(type).hasMessageContaining(message));
  }

  private static void assertCause(Status status, Class<? extends Throwable> type) {
    assertThat(causes(status)).anySatisfy(e -> assertThat(e).isInstanceOf(type));
  }

  // TLS to an IP address under a name.

  @ParameterizedTest
  @CsvSource({NAME, NAME + ":19530"})
  void theCertificateIsCheckedAgainstTheAuthorityThatTheServerIsSent(String authority)
      throws Exception {
    AtomicReference<String> sent = new AtomicReference<>();
    Server server =
        NettyServerBuilder.forAddress(GrpcTestChannels.loopback(0))
            .sslContext(GrpcSslContexts.forServer(serverCertificate(), serverKey()).build())
            .intercept(new AuthorityNote(sent))
            .addService(new MilvusServiceGrpc.MilvusServiceImplBase() {})
            .build()
            .start();
    try {
      InetSocketAddress address = GrpcTestChannels.loopback(server.getPort());

      Status status = Rpc.start(channels.to(address, tls(), authority)).status();

      assertThat(status.getCode()).isEqualTo(Status.Code.UNIMPLEMENTED); // the server's own word
      assertThat(sent).hasValue(authority);
      assertThat(address.getAddress().toString()).isEqualTo("/127.0.0.1"); // its name unasked
    } finally {
      server.shutdownNow();
    }
  }

  private record AuthorityNote(AtomicReference<String> sent) implements ServerInterceptor {
    @Override
    public <Q, R> ServerCall.Listener<Q> interceptCall(
        ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
      sent.set(call.getAuthority());
      return next.startCall(call, headers);
    }
  }

  @Test
  void aCertificateOfAnotherNameFailsTheCallAtOnce() throws Exception {
    try (ScriptedMilvus server = tlsServer()) {
      Status status = failure(of(server), tls(), "wrong.test");

      assertThat(status.getCode()).isEqualTo(Status.Code.UNAVAILABLE);
      assertThat(status.getDescription()).startsWith("io exception\nChannel Pipeline: [SslHandler");
      assertCause(status, SSLException.class, "matching wrong.test");
      assertCause(status, CertificateException.class, "matching wrong.test");
    }
  }

  @Test
  void aCertificateOfAnUnknownCaFailsTheCallAtOnce() throws Exception {
    try (ScriptedMilvus server = tlsServer()) {
      Status status = failure(of(server), trusting(CERTIFICATES.otherCa()), NAME);

      assertThat(status.getCode()).isEqualTo(Status.Code.UNAVAILABLE);
      assertCause(status, SSLException.class, "PKIX path building failed");
      assertCause(status, CertificateException.class, "PKIX path building failed");
    }
  }

  @Test
  void aCallWithoutTheCertificateThatTheServerAsksForFailsAtOnce() throws Exception {
    try (ScriptedMilvus server =
        ScriptedMilvus.startMutualTls(
            serverCertificate(), serverKey(), CERTIFICATES.ca().toFile())) {
      // In TLS 1.3 the client is done before the server has looked: it may have sent the call.
      Status status = Rpc.start(channels.to(of(server), tls(), NAME)).status();

      assertThat(status.getCode()).isEqualTo(Status.Code.UNAVAILABLE);
      // JDK 17 says "bad_certificate" for a missing one, later JDKs "certificate_required".
      assertCause(status, SSLException.class, "certificate");
      assertThat(server.calls(Rpc.METHOD)).isZero();
    }
  }

  // What is not there, or something else.

  @Test
  void aPortThatIsClosedFailsTheCallAtOnce() throws Exception {
    ScriptedMilvus server = ScriptedMilvus.start();
    server.close();

    for (ChannelCredentials credentials : List.of(PLAIN, tls())) {
      Status status = failure(of(server), credentials, NAME);

      assertThat(status.getCode()).isEqualTo(Status.Code.UNAVAILABLE);
      assertThat(status.getDescription()).isEqualTo("io exception");
      assertCause(status, ConnectException.class, "Connection refused");
    }
  }

  @Test
  void tlsToAServerWithoutFailsTheCallAtOnce() throws Exception {
    try (ScriptedMilvus server = ScriptedMilvus.start()) {
      Status status = failure(of(server), tls(), NAME);

      assertThat(status.getCode()).isEqualTo(Status.Code.UNAVAILABLE);
      assertThat(status.getDescription()).startsWith("io exception\nChannel Pipeline: [SslHandler");
      assertCause(status, NotSslRecordException.class, "not an SSL/TLS record");
    }
  }

  @Test
  void aServerWithTlsFailsACallWithoutAtOnceAndSaysNoReason() throws Exception {
    try (ScriptedMilvus server = tlsServer()) {
      Status status = failure(of(server), PLAIN, NAME);

      assertThat(status.getCode()).isEqualTo(Status.Code.UNAVAILABLE);
      assertThat(status.getDescription()).isEqualTo("Network closed for unknown reason");
      assertThat(status.getCause()).isNull();
    }
  }

  @Test
  void aWebServerFailsACallWithoutTlsAsInternal() throws Exception {
    try (BareServer server = webServer()) {
      Status status = failure(server.address(), PLAIN, NAME);

      assertThat(status.getCode()).isEqualTo(Status.Code.INTERNAL);
      assertThat(status.getDescription()).isEqualTo("http2 exception");
      assertCause(status, Http2Exception.class, "First received frame was not SETTINGS");
    }
  }

  @Test
  void aWebServerFailsACallWithTls() throws Exception {
    try (BareServer server = webServer()) {
      Status status = failure(server.address(), tls(), NAME);

      assertThat(status.getCode()).isEqualTo(Status.Code.UNAVAILABLE);
      assertCause(status, NotSslRecordException.class, "485454502f312e31"); // HTTP/1.1
    }
  }

  private static BareServer webServer() throws IOException {
    return BareServer.saying(
        socket -> {
          read(socket);
          socket
              .getOutputStream()
              .write(
                  "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"
                      .getBytes(StandardCharsets.US_ASCII));
          read(socket);
        });
  }

  private static void read(Socket socket) throws IOException {
    int read = socket.getInputStream().read(new byte[10_000]);
    if (read < 0) {
      throw new IOException("the client has gone");
    }
  }

  @Test
  void aServerThatClosesAtOnceFailsTheCall() throws Exception {
    // What it closes with bytes unread it resets; so it reads what the client says first.
    try (BareServer server = BareServer.saying(GrpcFailureFactsTest::read)) {
      Status plain = failure(server.address(), PLAIN, NAME);
      Status tls = failure(server.address(), tls(), NAME);

      assertThat(plain.getCode()).isEqualTo(Status.Code.UNAVAILABLE);
      assertThat(tls.getCode()).isEqualTo(Status.Code.UNAVAILABLE);
      assertThat(plain.getDescription()).isEqualTo("Network closed for unknown reason");
      assertThat(tls.getDescription())
          .startsWith("Connection closed while performing TLS negotiation\nChannel Pipeline: [Ssl");
      assertThat(plain.getCause()).isNull();
      assertCause(tls, ClosedChannelException.class);
    }
  }

  @Test
  void aServerThatResetsTheConnectionFailsTheCall() throws Exception {
    try (BareServer server =
        BareServer.saying(
            socket -> {
              read(socket);
              socket.setSoLinger(true, 0);
            })) {
      Status plain = failure(server.address(), PLAIN, NAME);
      Status tls = failure(server.address(), tls(), NAME);

      assertThat(plain.getCode()).isEqualTo(Status.Code.UNAVAILABLE);
      assertThat(tls.getCode()).isEqualTo(Status.Code.UNAVAILABLE);
      assertCause(plain, SocketException.class, "Connection reset");
      assertCause(tls, SocketException.class, "Connection reset");
    }
  }

  // Streams that the server cuts off.

  @ParameterizedTest
  @CsvSource({
    "0x0, NO_ERROR, UNAVAILABLE",
    "0x1, PROTOCOL_ERROR, INTERNAL",
    "0x2, INTERNAL_ERROR, INTERNAL",
    "0x7, REFUSED_STREAM, UNAVAILABLE",
    "0x8, CANCEL, CANCELLED",
    "0xb, ENHANCE_YOUR_CALM, RESOURCE_EXHAUSTED",
    "0xc, INADEQUATE_SECURITY, PERMISSION_DENIED",
    "0xd, HTTP_1_1_REQUIRED, UNKNOWN"
  })
  void aCallWhoseStreamIsResetTellsTheErrorAndIsNotSentAgain(
      int error, String name, Status.Code expected) throws Exception {
    try (BareServer server = BareServer.resetting(error)) {
      ManagedChannel channel = channels.to(server.address());

      Rpc rpc = Rpc.start(channel);

      assertThat(rpc.status().getCode()).isEqualTo(expected);
      assertThat(rpc.status().getDescription())
          .startsWith("RST_STREAM closed stream. HTTP/2 error code: " + name);
      assertThat(rpc.status().getCause()).isNull();
      assertThat(rpc.trace).contains("streamCreated", "outboundHeaders");
      assertThat(channel.getState(false)).isEqualTo(ConnectivityState.READY);
      assertThat(server.requests).hasValue(1);
    }
  }

  @ParameterizedTest
  @CsvSource({"0x0, NO_ERROR, UNAVAILABLE", "0xb, ENHANCE_YOUR_CALM, RESOURCE_EXHAUSTED"})
  void aCallThatAGoodbyeLeavesOutTellsItsErrorWhenTheChannelHasLeftReady(
      int error, String name, Status.Code expected) throws Exception {
    try (BareServer server = BareServer.goingAway(0, error, "why")) {
      ManagedChannel channel = channels.to(server.address());
      AtomicReference<ConnectivityState> state = new AtomicReference<>();

      Rpc rpc = Rpc.start(channel, Runnable::run, status -> state.set(channel.getState(false)));

      assertThat(rpc.status().getCode()).isEqualTo(expected);
      assertThat(rpc.status().getDescription())
          .startsWith("Abrupt GOAWAY closed sent stream. HTTP/2 error code: " + name)
          .endsWith(", debug data: why");
      assertThat(state).hasValue(ConnectivityState.IDLE);
      assertThat(server.requests).hasValue(1);
    }
  }
}
