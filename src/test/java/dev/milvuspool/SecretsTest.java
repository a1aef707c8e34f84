package dev.milvuspool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import dev.milvuspool.micrometer.MicrometerPoolListener;
import dev.milvuspool.scripted.ScriptedMilvus;
import dev.milvuspool.server.Certificates;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.milvus.v2.client.MilvusClientV2;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.Timeout;

/**
 * No secret is in any text: of a value, an exception with its causes and suppressed ones, an event,
 * a number, a meter, or a line of the log at TRACE, on paths that succeed and on those that fail.
 */
@Timeout(120)
class SecretsTest {
  private static final Duration SOON = Duration.ofSeconds(20);
  private static final String PASSWORD = "Pw-7c1e-hidden";
  private static final String API_KEY = "Key-91ab-hidden";
  private static final String NEW_PASSWORD = "New-44d0-hidden";
  private static final String USER = "ann";

  /** Of the scripted server, which is in this process: the frames that it gets. */
  private static final String SERVER_FRAMES =
      "DEBUG io.milvus.shaded.io.grpc.netty.shaded.io.grpc.netty.NettyServerHandler: ";

  private final ScriptedMilvus server = ClientOperation.server();
  private final Queue<String> told = new ConcurrentLinkedQueue<>();
  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private final Handler grpcLog =
      new Handler() {
        @Override
        public void publish(LogRecord line) {
          told.add(line.getLoggerName() + ": " + line.getMessage());
          told.add(Arrays.toString(line.getParameters()));
          tell(line.getThrown());
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
      };
  private final Logger grpc = Logger.getLogger("io.milvus.shaded");
  private CapturedLog log;
  private MilvusPool pool;

  @BeforeEach
  void open() {
    log = new CapturedLog();
    grpc.setLevel(java.util.logging.Level.ALL);
    grpc.addHandler(grpcLog);
    pool =
        MilvusPool.builder()
            .withListener(listener())
            .withListener(new MicrometerPoolListener(registry))
            .build();
  }

  @AfterEach
  void close() {
    pool.close();
    server.close();
    grpc.removeHandler(grpcLog);
    grpc.setLevel(null);
    log.close();
  }

  /** Keeps the text of all that it is told. */
  private PoolListener listener() {
    return (PoolListener)
        Proxy.newProxyInstance(
            SecretsTest.class.getClassLoader(),
            new Class<?>[] {PoolListener.class},
            (proxy, method, arguments) -> {
              if (method.getDeclaringClass() == Object.class) {
                return method.invoke(this, arguments);
              }
              for (Object argument : arguments) {
                tell(argument);
              }
              return null;
            });
  }

  private void tell(Object value) {
    told.add(String.valueOf(value));
    if (value instanceof Throwable failure) {
      StringWriter trace = new StringWriter();
      failure.printStackTrace(new PrintWriter(trace)); // causes and suppressed ones included
      told.add(trace.toString());
    }
  }

  private void failing(Runnable action) {
    Throwable failure = Outcome.of(action).failure();
    assertThat(failure).isNotNull();
    tell(failure);
  }

  private void assertNothingTold() {
    tell(pool.stats());
    tell(pool);
    registry.getMeters().forEach(meter -> tell(meter.getId() + " " + meter.measure()));
    log.lines("", Level.TRACE).stream()
        .filter(line -> !line.startsWith(SERVER_FRAMES))
        .forEach(told::add);
    List<String> secrets =
        Stream.of(PASSWORD, API_KEY, NEW_PASSWORD)
            .flatMap(
                secret ->
                    Stream.of(
                        secret, secret.toLowerCase(), base64(secret), base64(USER + ":" + secret)))
            .toList();

    assertThat(told).isNotEmpty();
    assertThat(told.stream().filter(text -> secrets.stream().anyMatch(text::contains))).isEmpty();
  }

  private static String base64(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }

  private ClientOptions.Builder options() {
    return ClientOptions.builder()
        .withAddress(server.address())
        .withAuth(USER, PASSWORD)
        .withConnectTimeout(Duration.ofSeconds(1))
        .withDeadline(Duration.ofMillis(300))
        .withRetry(1, Duration.ZERO)
        .withReconnectBackoff(Duration.ofMillis(10), Duration.ofMillis(20))
        .withDrainTimeout(Duration.ZERO);
  }

  @Test
  void notWhenAllIsWell() {
    server.requireAuth(USER, PASSWORD);
    Client client = pool.add("main", options().build());
    tell(client);
    tell(client.options());
    tell(client.health());
    tell(client.<String>call(MilvusClientV2::getServerVersion));
    for (ClientOperation operation : ClientOperation.values()) {
      tell(Outcome.of(() -> operation.on(client)).failure());
    }
    client.useDatabase("default");
    server.requireAuth(USER, NEW_PASSWORD);
    pool.replace("main", options().withAuth(USER, NEW_PASSWORD).build());
    pool.mustGet("main", options().withApiKey(API_KEY).build()); // warns of other options
    pool.remove("main");

    assertNothingTold();
  }

  @Test
  void notWithAnApiKey() {
    server.requireToken(API_KEY);
    Client client = pool.add("main", options().withApiKey(API_KEY).build());
    client.listCollections();
    tell(client.options());
    failing(() -> pool.add("wrong", options().withApiKey(PASSWORD).build()));

    assertNothingTold();
  }

  @Test
  void notInTheTextOfAnyOptions() {
    tell(options().build());
    tell(options().withApiKey(API_KEY).build());
    tell(Credentials.ofPassword("root", PASSWORD));
    tell(Credentials.ofApiKey(API_KEY));
    tell(options());
    tell(MilvusPool.builder().withProperties(Map.of("milvus.pool.clients.a.api-key", API_KEY)));

    assertNothingTold();
  }

  /** Ways to fail before there is a client. */
  private Map<String, Runnable> failuresOfDials() {
    Map<String, Runnable> failures = new LinkedHashMap<>();
    failures.put("wrong password", () -> pool.add("main", options().build()));
    failures.put("wrong API key", () -> pool.add("main", options().withApiKey(API_KEY).build()));
    failures.put(
        "no such database",
        () -> {
          server.requireNothing();
          pool.add("main", options().withDatabase("nowhere").build());
        });
    failures.put(
        "no TLS there",
        () ->
            pool.add(
                "main",
                options()
                    .withTls(TlsOptions.builder().withCaFile(Certificates.get().ca()).build())
                    .build()));
    failures.put(
        "silent server",
        () -> {
          server.blackhole();
          pool.add("main", options().build());
        });
    failures.put(
        "dead server",
        () -> {
          server.kill();
          pool.add("main", options().withStandbyAddresses("127.0.0.1:1").build());
        });
    failures.put(
        "no such host", () -> pool.add("main", options().withAddress("nowhere.invalid").build()));
    return failures;
  }

  @TestFactory
  Stream<DynamicTest> notWhenADialFails() {
    server.requireAuth("someone", "else");
    return failuresOfDials().entrySet().stream()
        .map(
            failure ->
                DynamicTest.dynamicTest(
                    failure.getKey(),
                    () -> {
                      failing(failure.getValue());
                      assertNothingTold();
                    }));
  }

  @Test
  void notWhenTheOptionsAreWrong() {
    String withUserInfo = "http://" + USER + ":" + PASSWORD + "@host:19530";
    failing(() -> options().withAddress(withUserInfo).build());
    failing(() -> options().withAddress(USER + ":" + PASSWORD + "@host").build());
    failing(() -> options().withStandbyAddresses("a", withUserInfo).build());
    failing(() -> options().withAuth(USER + ":" + PASSWORD, PASSWORD).build());
    failing(() -> options().withAuth(" ", PASSWORD).withDeadline(Duration.ZERO).build());
    failing(() -> options().withApiKey(API_KEY).withConnections(0).build());
    failing(() -> pool.add(" ", options().build()));
    failing(() -> pool.mustGet("main", o -> o.withAddress(withUserInfo)));
    for (String key : List.of("address", "adress", "pasword", "apikey", "token", "deadline")) {
      failing(
          () ->
              MilvusPool.builder()
                  .withProperties(
                      Map.of(
                          "milvus.pool.clients.main." + key,
                          key.endsWith("ress") || key.equals("deadline") ? withUserInfo : PASSWORD,
                          "milvus.pool.clients.main.connections",
                          "0"))
                  .build());
    }

    assertNothingTold();
  }

  @Test
  void notUnderAnyKeyThatIsNotKnown() {
    for (String key :
        List.of(
            "main.api-kee",
            "password.main",
            "main.password.value",
            "main.api-key.value",
            "main.password-file.content",
            "main.username.password",
            "main",
            ".password")) {
      for (String value : List.of(PASSWORD, USER + ":" + PASSWORD, "x://" + PASSWORD)) {
        Map<String, String> properties = Map.of("milvus.pool.clients." + key, value);
        MilvusPool.Builder builder = MilvusPool.builder().withProperties(properties);
        tell(builder);
        failing(builder::build);
      }
    }

    assertNothingTold();
  }

  @Test
  void notBehindTheColonOfAUserName() {
    String user = "milvus.pool.clients.main.username";
    for (Map<String, String> more :
        List.of(
            Map.<String, String>of(),
            Map.of("milvus.pool.clients.main.password", NEW_PASSWORD),
            Map.of("milvus.pool.clients.main.api-key", API_KEY),
            Map.of("milvus.pool.clients.main.connections", "0"))) {
      Map<String, String> properties = new LinkedHashMap<>(more);
      properties.put(user, "root:" + PASSWORD);
      failing(() -> MilvusPool.builder().withProperties(properties).build());
    }
    failing(() -> options().withAuth("root:" + PASSWORD, NEW_PASSWORD).build());
    failing(() -> Credentials.ofPassword("root:" + PASSWORD, NEW_PASSWORD));
    ClientOptions supplied =
        options()
            .withCredentials(() -> Credentials.ofPassword("root:" + PASSWORD, NEW_PASSWORD))
            .build();
    tell(supplied);
    failing(() -> pool.add("main", supplied));

    assertNothingTold();
  }

  @Test
  void notWhenCallsFail() {
    server.requireAuth(USER, PASSWORD);
    Client client = pool.add("main", options().build());
    server.stall("HasCollection");
    failing(() -> client.hasCollection("items"));
    server.resumeAll();
    server.reject("HasCollection", 1100, "no", 1);
    failing(() -> client.hasCollection("items"));
    server.requireAuth(USER, NEW_PASSWORD);
    failing(() -> client.hasCollection("items"));
    failing(() -> pool.replace("main", options().withApiKey(API_KEY).build()));
    failing(() -> client.useDatabase("nowhere"));
    server.kill();
    failing(client::listCollections);
    await().atMost(SOON).until(() -> client.state() == ClientState.DOWN);
    failing(client::listCollections);
    tell(client.health());
    server.restart(); // and rejects the old password
    await()
        .atMost(SOON)
        .until(
            () ->
                client.health().lastError() instanceof ClientConnectException why
                    && why.reason() == ClientConnectException.Reason.AUTHENTICATION);
    tell(client.health());
    pool.health().values().forEach(this::tell);
    pool.remove("main");
    failing(client::listCollections);

    assertNothingTold();
  }
}
