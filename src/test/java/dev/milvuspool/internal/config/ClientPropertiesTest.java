package dev.milvuspool.internal.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.milvuspool.ClientOptions;
import dev.milvuspool.MilvusPool;
import dev.milvuspool.TlsOptions;
import dev.milvuspool.server.Certificates;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Clients from properties: what each key does, and what is said of each that is wrong. */
class ClientPropertiesTest {
  private static final String MAIN = "milvus.pool.clients.main.";

  private static final Certificates CERTIFICATES = Certificates.get();

  @TempDir Path directory;

  /** The options of the client main, from pairs of key and value. */
  private static ClientOptions main(String... keysAndValues) {
    return ClientProperties.read(properties(keysAndValues)).clients().get("main");
  }

  private static Map<String, String> properties(String... keysAndValues) {
    Map<String, String> properties = new HashMap<>();
    for (int i = 0; i < keysAndValues.length; i += 2) {
      properties.put(MAIN + keysAndValues[i], keysAndValues[i + 1]);
    }
    return properties;
  }

  private static String complaint(Map<String, String> properties) {
    try {
      ClientProperties.read(properties);
    } catch (IllegalArgumentException e) {
      return String.valueOf(e.getMessage());
    }
    throw new AssertionError("nothing is wrong with " + properties);
  }

  private static String complaint(String... keysAndValues) {
    return complaint(properties(keysAndValues));
  }

  private String file(String name, String content) throws Exception {
    return Files.writeString(directory.resolve(name), content).toString();
  }

  // ---- what each key does

  static Stream<Arguments> keysAndTheirOptions() {
    return Stream.of(
        key("address", "milvus.internal:1234", o -> o.withAddress("milvus.internal:1234")),
        key("address", " https://milvus.internal ", o -> o.withAddress("https://milvus.internal")),
        key("addresses", "a:1, b:2", o -> o.withAddresses("a:1", "b:2")),
        key("standby-addresses", "a:1, b:2", o -> o.withStandbyAddresses("a:1", "b:2")),
        key("standby-addresses", "", o -> o),
        key("api-key", "abc", o -> o.withApiKey("abc")),
        key("database", "articles", o -> o.withDatabase("articles")),
        key("tls.enabled", "true", ClientOptions.Builder::withTls),
        key("tls.enabled", "false", o -> o),
        key(
            "tls.server-name",
            "milvus",
            o -> o.withTls(TlsOptions.builder().withServerName("milvus").build())),
        key("retry.max-retries", "0", o -> o.withRetry(0, Duration.ofSeconds(3))),
        key("retry.max-backoff", "0s", o -> o.withRetry(75, Duration.ZERO)),
        key("connect-timeout", "500ms", o -> o.withConnectTimeout(Duration.ofMillis(500))),
        key("deadline", "2s", o -> o.withDeadline(Duration.ofSeconds(2))),
        key("admin-deadline", "5m", o -> o.withAdminDeadline(Duration.ofMinutes(5))),
        key("keep-alive.time", "20s", o -> keepAlive(o, 20, 5, true)),
        key("keep-alive.timeout", "7s", o -> keepAlive(o, 10, 7, true)),
        key("keep-alive.without-calls", "FALSE", o -> keepAlive(o, 10, 5, false)),
        key("reconnect-backoff.min", "PT0.2S", o -> backoff(o, 200, 1_000)),
        key("reconnect-backoff.max", "pt3s", o -> backoff(o, 100, 3_000)),
        key("health-check-interval", "0s", o -> o.withHealthCheckInterval(Duration.ZERO)),
        key("wait-for-ready", "true", o -> o.withWaitForReady(true)),
        key("connections", "4", o -> o.withConnections(4)),
        key("max-connection-age", "1h", o -> o.withMaxConnectionAge(Duration.ofHours(1))),
        key("drain-timeout", "PT1M", o -> o.withDrainTimeout(Duration.ofMinutes(1))),
        key("lazy-connect", "true", ClientOptions.Builder::withLazyConnect),
        key("lazy-connect", "false", o -> o));
  }

  private static Arguments key(
      String key, String value, UnaryOperator<ClientOptions.Builder> option) {
    return arguments(key, value, option.apply(ClientOptions.builder()).build());
  }

  private static ClientOptions.Builder keepAlive(
      ClientOptions.Builder options, int seconds, int timeoutSeconds, boolean withoutCalls) {
    return options.withKeepAlive(
        Duration.ofSeconds(seconds), Duration.ofSeconds(timeoutSeconds), withoutCalls);
  }

  private static ClientOptions.Builder backoff(
      ClientOptions.Builder options, int minMillis, int maxMillis) {
    return options.withReconnectBackoff(Duration.ofMillis(minMillis), Duration.ofMillis(maxMillis));
  }

  @ParameterizedTest(name = "{0}={1}")
  @MethodSource("keysAndTheirOptions")
  void everyKeySetsItsOptionAndNoOther(String key, String value, ClientOptions expected) {
    assertThat(main(key, value)).isEqualTo(expected);
  }

  @Test
  void aUserMayHaveAnEmptyPassword() {
    assertThat(main("username", "ann", "password", ""))
        .isEqualTo(ClientOptions.builder().withAuth("ann", "").build());
  }

  @Test
  void aPasswordIsTakenAsItIs() {
    assertThat(main("username", "ann", "password", " a:b@c "))
        .isEqualTo(ClientOptions.builder().withAuth("ann", " a:b@c ").build());
  }

  @ParameterizedTest
  @CsvSource({"'s3cret'", "'s3cret\n'", "'s3cret\r\n'"})
  void aSecretInAFileLosesTheEndOfItsLine(String content) throws Exception {
    String file = file("secret", content);

    assertThat(token(main("username", "ann", "password-file", file))).isEqualTo("ann:s3cret");
    assertThat(token(main("api-key-file", file))).isEqualTo("s3cret");
  }

  @Test
  void spacesAndFurtherLinesBelongToASecret() throws Exception {
    assertThat(token(main("api-key-file", file("secret", " a \nb\n\n")))).isEqualTo(" a \nb\n");
  }

  /** What the server is told with the next request. */
  private static String token(ClientOptions options) {
    return OptionAccess.token(OptionAccess.credentials(options).get());
  }

  @Test
  void aSecretFileThatChangedHoldsForTheNextRequest() throws Exception {
    AtomicLong nanos = new AtomicLong();
    String file = file("secret", "first");
    ClientOptions options =
        ClientProperties.read(properties("username", "ann", "password-file", file), nanos::get)
            .clients()
            .get("main");

    file("secret", "second");
    nanos.addAndGet(Duration.ofSeconds(1).toNanos());

    assertThat(token(options)).isEqualTo("ann:second");
    assertThat(token(options.toBuilder().withDatabase("books").build())).isEqualTo("ann:second");
  }

  @Test
  void optionsWithASecretFileAreEqualByUserAndFileAndShowNoSecret() throws Exception {
    String file = file("secret", "s3cret");
    String other = file("other", "s3cret");
    ClientOptions options = main("username", "ann", "password-file", file);

    assertThat(options)
        .isEqualTo(main("username", "ann", "password-file", file))
        .hasSameHashCodeAs(main("username", "ann", "password-file", file))
        .isNotEqualTo(main("username", "ann", "password-file", other))
        .isNotEqualTo(main("username", "bob", "password-file", file))
        .isNotEqualTo(main("api-key-file", file));
    assertThat(options.toString())
        .contains("credentials=user ann with the password in " + file)
        .doesNotContain("s3cret");
    assertThat(main("api-key-file", file).toString())
        .contains("credentials=the API key in " + file)
        .doesNotContain("s3cret");
    assertThat(options.username()).contains("ann");
    assertThat(OptionAccess.credentials(options).isFixed()).isFalse();
  }

  @Test
  void certificatesAreReadFromTheirFiles() throws Exception {
    Certificates certificates = Certificates.get();

    ClientOptions options =
        main(
            "tls.ca-file", certificates.ca().toString(),
            "tls.client-certificate", certificates.clientCertificate().toString(),
            "tls.client-key", certificates.clientKey().toString());

    assertThat(options.tls())
        .contains(
            TlsOptions.builder()
                .withCaFile(certificates.ca())
                .withClientCertificate(certificates.clientCertificate(), certificates.clientKey())
                .build());
  }

  @Test
  void everyClientThatIsNamedIsThere() {
    Map<String, ClientOptions> clients =
        ClientProperties.read(
                Map.of(
                    "milvus.pool.clients.write.address", "w:1",
                    "milvus.pool.clients.read.address", "r:2",
                    "milvus.pool.clients.read.deadline", "1s",
                    "spring.application.name", "shop"))
            .clients();

    assertThat(clients)
        .containsOnlyKeys("read", "write")
        .containsEntry(
            "read",
            ClientOptions.builder().withAddress("r:2").withDeadline(Duration.ofSeconds(1)).build());
  }

  @Test
  void aNameMayHoldDotsAndLookLikeAKey() {
    assertThat(
            ClientProperties.read(
                    Map.of(
                        "milvus.pool.clients.eu.west.keep-alive.time", "11s",
                        "milvus.pool.clients.address.address", "a:1",
                        "milvus.pool.clients.tls.deadline", "1s"))
                .clients())
        .containsOnlyKeys("eu.west", "address", "tls");
  }

  @Test
  void withoutPropertiesThereIsNoClientAndADeadServerFailsAll() {
    ClientProperties none = ClientProperties.read(Map.of("path", "/bin"));

    assertThat(none.clients()).isEmpty();
    assertThat(none.failFast()).isTrue();
    assertThat(ClientProperties.read(Map.of("milvus.pool.fail-fast", "false")).failFast())
        .isFalse();
    assertThat(ClientProperties.read(Map.of("milvus.pool.fail-fast", "true")).failFast()).isTrue();
  }

  // ---- what is wrong

  @ParameterizedTest
  @CsvSource({
    "main.adress, main.address",
    "main.dead-line, main.deadline",
    "main.connectTimeout, main.connect-timeout",
    "main.wait_for_ready, main.wait-for-ready",
    "main.tls.cafile, main.tls.ca-file",
    "main.tls.deadline, main.deadline",
    "main.keepalive.time, main.keep-alive.time",
    "eu.west.adress, eu.west.address",
    "adress, <name>.address",
  })
  void anUnknownKeyIsToldWithTheNearestKnownOne(String key, String meant) {
    assertThat(complaint(Map.of("milvus.pool.clients." + key, "value")))
        .isEqualTo(
            "milvus.pool.clients."
                + key
                + " is not known; did you mean milvus.pool.clients."
                + meant
                + "?");
  }

  @ParameterizedTest
  @CsvSource({
    "milvus.pool.failfast, milvus.pool.fail-fast",
    "milvus.pool.client.main.address, milvus.pool.clients.main.address",
  })
  void soIsAnUnknownKeyOutsideTheClients(String name, String meant) {
    assertThat(complaint(Map.of(name, "value")))
        .isEqualTo(name + " is not known; did you mean " + meant + "?");
  }

  @ParameterizedTest
  @CsvSource({"address, address", ".address, address", "tls.ca-file, tls.ca-file"})
  void aKeyWithoutAClientIsTold(String nameAndKey, String key) {
    assertThat(complaint(Map.of("milvus.pool.clients." + nameAndKey, "a:1")))
        .isEqualTo(
            "milvus.pool.clients."
                + nameAndKey
                + " names no client; write milvus.pool.clients.<name>."
                + key);
  }

  @ParameterizedTest
  @CsvSource({
    "deadline, soon, must be a duration",
    "deadline, 5, must be a duration",
    "deadline, '', must be a duration",
    "deadline, 1.5s, must be a duration",
    "deadline, 999999999999999999h, must be a duration",
    "connections, many, must be a whole number",
    "connections, 9999999999, must be a whole number",
    "wait-for-ready, yes, must be true or false",
    "tls.ca-file, '', must be the path of a file",
  })
  void aMalformedValueIsToldWithItsKey(String key, String value, String complaint) {
    assertThat(complaint(key, value)).startsWith(MAIN + key + "=" + value + " " + complaint);
  }

  @Test
  void aMalformedFailFastIsTold() {
    assertThat(complaint(Map.of("milvus.pool.fail-fast", "maybe")))
        .isEqualTo("milvus.pool.fail-fast=maybe must be true or false");
  }

  @ParameterizedTest
  @CsvSource({
    "address, my_host, my_host",
    "address, '', blank",
    "standby-addresses, 'a,,b', blank",
    "addresses, 'a,,b', blank",
    "addresses, '', empty",
    "addresses, 'a,a:19530', a:19530",
    "database, ' ', blank",
    "retry.max-retries, -1, -1",
    "retry.max-backoff, PT-1S, PT-1S",
    "connections, 0, 0",
    "deadline, 0s, PT0S",
    "keep-alive.timeout, 0s, PT0S",
    "reconnect-backoff.min, 2s, milvus.pool.clients.main.reconnect-backoff.max PT1S",
    "max-connection-age, 0s, PT0S",
    "tls.ca-file, /not/there, /not/there",
    "tls.server-name, '', blank",
  })
  void aValueThatTheOptionsRejectIsToldByItsKey(String key, String value, String said) {
    assertThat(complaint(key, value)).startsWith(MAIN + key + " ").contains(said);
  }

  @Test
  void allErrorsAreToldAtOnce() {
    Map<String, String> properties =
        properties("adress", "a:1", "deadline", "soon", "connections", "0", "tls.ca-file", "/no");
    properties.put("milvus.pool.clients.other.address", "my_host");
    properties.put("milvus.pool.fail-fast", "maybe");

    assertThat(complaint(properties).split("; "))
        .anySatisfy(error -> assertThat(error).startsWith(MAIN + "adress is not known"))
        .anySatisfy(error -> assertThat(error).startsWith(MAIN + "deadline=soon"))
        .anySatisfy(error -> assertThat(error).startsWith(MAIN + "connections must be"))
        .anySatisfy(error -> assertThat(error).startsWith(MAIN + "tls.ca-file does not exist"))
        .anySatisfy(error -> assertThat(error).startsWith("milvus.pool.clients.other.address has"))
        .anySatisfy(error -> assertThat(error).startsWith("milvus.pool.fail-fast=maybe"));
  }

  // ---- contradictions

  @Test
  void aSecretIsGivenOnce() throws Exception {
    String file = file("secret", "s3cret");

    assertThat(complaint("username", "ann", "password", "hunter2", "password-file", file))
        .isEqualTo(
            MAIN
                + "password-file="
                + file
                + " contradicts "
                + MAIN
                + "password; give the secret once");
    assertThat(complaint("api-key", "hunter2", "api-key-file", file))
        .contains(MAIN + "api-key-file=" + file + " contradicts " + MAIN + "api-key");
  }

  @Test
  void addressAndAddressesExcludeEachOther() {
    assertThat(complaint("address", "a:1", "addresses", "b:1,c:1"))
        .isEqualTo(MAIN + "addresses=b:1,c:1 contradicts " + MAIN + "address; give one of them");
  }

  @Test
  void aUserAndAnApiKeyExcludeEachOther() throws Exception {
    String file = file("secret", "s3cret");

    assertThat(complaint("username", "ann", "password", "hunter2", "api-key", "s3cret"))
        .contains(MAIN + "username=ann contradicts " + MAIN + "api-key;")
        .doesNotContain("hunter2", "s3cret");
    assertThat(complaint("username", "ann", "api-key", "s3cret"))
        .contains(MAIN + "username=ann contradicts " + MAIN + "api-key;");
    assertThat(complaint("password", "hunter2", "api-key-file", file))
        .contains(MAIN + "password contradicts " + MAIN + "api-key-file;")
        .doesNotContain("hunter2", "s3cret");
    assertThat(complaint("password-file", file, "api-key", "hunter2"))
        .contains(MAIN + "password-file=" + file + " contradicts " + MAIN + "api-key;")
        .doesNotContain("hunter2", "s3cret");
  }

  @Test
  void aUserNeedsAPasswordAndAPasswordAUser() {
    assertThat(complaint("username", "ann")).contains(MAIN + "username=ann needs");
    assertThat(complaint("password", "hunter2"))
        .contains(MAIN + "password needs " + MAIN + "username")
        .doesNotContain("hunter2");
  }

  @Test
  void aClientCertificateNeedsItsKey() {
    assertThat(complaint("tls.client-certificate", "/a.pem")).contains("needs " + MAIN + "tls.cli");
    assertThat(complaint("tls.client-key", "/a.key"))
        .contains("tls.client-key needs " + MAIN + "tls.cli");
  }

  @Test
  void withTlsSwitchedOffNothingMayAskForIt() {
    assertThat(complaint("tls.enabled", "false", "tls.server-name", "milvus"))
        .contains(MAIN + "tls.server-name=milvus contradicts " + MAIN + "tls.enabled=false");
    assertThat(complaint("tls.enabled", "false", "addresses", "a,HTTPS://milvus"))
        .contains(MAIN + "tls.enabled=false contradicts the https:// of an address");
    assertThat(complaint("tls.enabled", "false", "address", "https://milvus"))
        .contains(MAIN + "tls.enabled=false contradicts the https:// of an address");
  }

  // ---- secrets

  @ParameterizedTest
  @CsvSource({
    "pasword, hunter2",
    "passwd, hunter2",
    "credentials, ann:hunter2",
    "token, hunter2",
    "apikey, hunter2",
    "adress, ann:hunter2@host",
    "address, http://ann:hunter2@host:1",
    "database, ann:hunter2@host",
    "deadline, hunter2@",
    "api-kee, hunter2",
    "api, hunter2",
    "secret, hunter2",
    "password.value, hunter2",
    "x, hunter2",
    "username, ann:hunter2",
    "username, hunter2@host",
    "username, hunter2@host:x",
    "tls.ca-file, ann:hunter2@host",
    "tls.client-key, ann:hunter2@host",
    "password-file, ann:hunter2@host",
    "addresses, 'a,ann:hunter2@host'",
    "addresses, 'a,ann:hunter2@host,ann:hunter2@host'",
  })
  void noSecretIsToldEvenOfAKeyThatIsWrong(String key, String value) {
    String said = complaint(key, value, "connections", "0");

    assertThat(said).doesNotContain("hunter2");
  }

  @ParameterizedTest
  @CsvSource({
    "milvus.pool.clients.password.main",
    "milvus.pool.clients.password",
    "milvus.pool.clients..password",
    "milvus.pool.password",
    "milvus.pool.client.main.address",
    "milvus.pool.clients.main",
  })
  void theValueOfAnUnknownKeyIsNeverShown(String key) {
    assertThat(complaint(Map.of(key, "hunter2"))).startsWith(key + " ").doesNotContain("hunter2");
  }

  @Test
  void whatStandsBehindTheColonOfAUserNameIsNotShown() throws Exception {
    String file = file("secret", "s3cret");

    assertThat(complaint("username", "root:hunter2"))
        .isEqualTo(
            MAIN
                + "username=root:... (not shown) needs "
                + MAIN
                + "password or password-file; it may be empty");
    assertThat(complaint("username", "root:hunter2", "password", "x"))
        .isEqualTo(
            MAIN
                + "username must not contain a colon: root:... (not shown); give the password"
                + " separately");
    assertThat(complaint("username", "root:hunter2", "password-file", file))
        .startsWith(MAIN + "username must not contain a colon: root:... (not shown)")
        .doesNotContain("hunter2", "s3cret");
    assertThat(complaint("username", "root:hunter2", "api-key", "x")).doesNotContain("hunter2");
  }

  @Test
  void aSecretFileThatCannotBeReadIsTold() throws Exception {
    Files.write(directory.resolve("binary"), new byte[] {(byte) 0xff, (byte) 0xfe, 's'});

    String missing = directory.resolve("missing").toString();
    assertThat(complaint("api-key-file", missing))
        .isEqualTo(
            MAIN
                + "api-key-file="
                + missing
                + " cannot be read as a text file with a secret: NoSuchFileException");
    assertThat(complaint("api-key-file", directory.resolve("binary").toString()))
        .contains("cannot be read as a text file");
    String empty = file("empty", "\n");
    assertThat(complaint("api-key-file", empty))
        .isEqualTo(
            MAIN + "api-key-file=" + empty + " cannot be read as a text file with a secret: empty");
  }

  @ParameterizedTest
  @ValueSource(strings = {"S3cret!pw", "/S3cret!pw", "aGk/S3cret!pw", "S3cret\0pw"})
  void aSecretGivenInsteadOfItsFileIsNotShown(String secret) {
    for (String[] wrong :
        new String[][] {
          {"api-key-file", secret},
          {"username", "root", "password-file", secret},
          {
            "tls.client-certificate",
            CERTIFICATES.clientCertificate().toString(),
            "tls.client-key",
            secret
          },
        }) {
      assertThat(complaint(wrong))
          .contains(MAIN + wrong[wrong.length - 2])
          .doesNotContain("S3cret", "pw");
    }
  }

  @Test
  void thePemGivenInsteadOfItsPathIsNotShown() throws Exception {
    String key = Files.readString(CERTIFICATES.clientKey());
    String certificate = CERTIFICATES.clientCertificate().toString();
    String body = key.lines().toList().get(1);

    assertThat(complaint("tls.client-certificate", certificate, "tls.client-key", key))
        .isEqualTo(MAIN + "tls.client-key does not exist, or is not a file");
    assertThat(complaint("tls.ca-file", key)).doesNotContain(body);
    assertThat(complaint("deadline", key)).contains("deadline must be").doesNotContain(body);
    TlsOptions.Builder tls =
        TlsOptions.builder().withClientCertificate(Path.of(certificate), Path.of(key));
    assertThatIllegalArgumentException()
        .isThrownBy(tls::build)
        .withMessage("clientKey does not exist, or is not a file");
  }

  @Test
  void aValueThatIsNullIsAnError() {
    assertThat(complaint("username", "ann", "password", null))
        .contains(MAIN + "password must not be null");
  }

  @Test
  void propertiesThatAreNotThereAreAnError() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> MilvusPool.builder().withProperties(null))
        .withMessage("properties must not be null");
  }
}
