package dev.milvuspool;

import static java.util.Map.entry;
import static org.assertj.core.api.Assertions.assertThat;

import dev.milvuspool.internal.config.OptionProperties;
import io.milvus.v2.client.MilvusClientV2;
import java.lang.reflect.Method;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** The options in the documents are those of the code, with its defaults. */
class DocumentedOptionsTest {
  private static final Path OPTIONS = Path.of("docs", "options.md");
  private static final ClientOptions DEFAULTS = ClientOptions.builder().build();

  private static final Map<String, String> EXPECTED =
      Map.ofEntries(
          entry("withAddress", "`" + ClientOptions.DEFAULT_ADDRESS + "`"),
          entry("withAddresses", "`" + ClientOptions.DEFAULT_ADDRESS + "`"),
          entry("withAuth", "none"),
          entry("withApiKey", "none"),
          entry("withCredentials", "none"),
          entry("withRequestHeaders", "none"),
          entry("withDatabase", "the server's default"),
          entry("withTls", "off"),
          entry(
              "withRetry",
              ClientOptions.DEFAULT_MAX_RETRIES
                  + ", "
                  + told(ClientOptions.DEFAULT_MAX_RETRY_BACKOFF)),
          entry("withConnectTimeout", told(ClientOptions.DEFAULT_CONNECT_TIMEOUT)),
          entry("withDeadline", told(ClientOptions.DEFAULT_DEADLINE)),
          entry("withAdminDeadline", told(ClientOptions.DEFAULT_ADMIN_DEADLINE)),
          entry(
              "withKeepAlive",
              told(ClientOptions.DEFAULT_KEEP_ALIVE_TIME)
                  + ", "
                  + told(ClientOptions.DEFAULT_KEEP_ALIVE_TIMEOUT)
                  + ", "
                  + ClientOptions.DEFAULT_KEEP_ALIVE_WITHOUT_CALLS),
          entry(
              "withReconnectBackoff",
              told(ClientOptions.DEFAULT_RECONNECT_BACKOFF_MIN)
                  + ", "
                  + told(ClientOptions.DEFAULT_RECONNECT_BACKOFF_MAX)),
          entry("withHealthCheckInterval", told(ClientOptions.DEFAULT_HEALTH_CHECK_INTERVAL)),
          entry("withWaitForReady", "" + ClientOptions.DEFAULT_WAIT_FOR_READY),
          entry("withConnections", "one for each address"),
          entry("withMaxConnectionAge", "none"),
          entry("withDrainTimeout", told(ClientOptions.DEFAULT_DRAIN_TIMEOUT)),
          entry("withStandbyAddresses", "none"),
          entry("withLazyConnect", "off"));

  private static final Pattern ROW =
      Pattern.compile("^\\| (`with[^|]*?) \\| ([^|]*?) \\|", Pattern.MULTILINE);
  private static final Pattern METHOD = Pattern.compile("`(with[A-Z]\\w*)");

  @Test
  void theTableHasEveryOptionWithItsRealDefault() {
    assertThat(optionsWithTheirRealDefaults(OPTIONS))
        .isEqualTo(new TreeSet<>(methodsOf(ClientOptions.Builder.class)));
  }

  @Test
  void theReadmesTableHasRealDefaults() {
    assertThat(optionsWithTheirRealDefaults(Path.of("README.md"))).hasSizeGreaterThan(5);
  }

  private static Set<String> optionsWithTheirRealDefaults(Path document) {
    Set<String> told = new TreeSet<>();
    Matcher rows = ROW.matcher(Documents.prose(document));
    while (rows.find()) {
      List<String> options = methods(rows.group(1));
      assertThat(EXPECTED).containsKeys(options.toArray(String[]::new));
      told.addAll(options);
      assertThat(rows.group(2))
          .as("default of %s", options)
          .isEqualTo(
              options.stream().map(EXPECTED::get).distinct().collect(Collectors.joining(", ")));
    }
    return told;
  }

  @Test
  void theChineseTableHasEveryOptionWithItsRealDefault() {
    Set<String> told = new TreeSet<>();
    Matcher rows = ROW.matcher(Documents.prose(Path.of("docs", "zh-CN", "README.md")));
    while (rows.find()) {
      List<String> options = methods(rows.group(1));
      told.addAll(options);
      assertThat(rows.group(2))
          .as("default of %s", options)
          .isEqualTo(
              options.stream()
                  .map(EXPECTED::get)
                  .distinct()
                  .map(DocumentedOptionsTest::inChinese)
                  .collect(Collectors.joining("、"))
                  .replace("75、", "75 次，"));
    }
    assertThat(told).isEqualTo(new TreeSet<>(methodsOf(ClientOptions.Builder.class)));
  }

  private static final Pattern JAVADOC =
      Pattern.compile(
          "/\\*\\*((?:(?!\\*/).)*)\\*/\\s*public Builder (with\\w+)\\(", Pattern.DOTALL);

  @Test
  void theJavadocOfEachOptionHasItsRealDefault() {
    Set<String> told = new TreeSet<>();
    Matcher setters =
        JAVADOC.matcher(
            Documents.read(
                Path.of("src", "main", "java", "dev", "milvuspool", "ClientOptions.java")));
    while (setters.find()) {
      String option = setters.group(2);
      told.add(option);
      String comment = setters.group(1).replaceAll("\\s+\\*?\\s*", " ");
      assertThat(comment).as(option).containsPattern("\\b[Dd]efault:? .*" + inJavadoc(option));
    }
    assertThat(told).isEqualTo(new TreeSet<>(methodsOf(ClientOptions.Builder.class)));
  }

  private static String inJavadoc(String option) {
    return switch (option) {
      case "withMaxConnectionAge" -> "never";
      case "withKeepAlive" -> "after 10 seconds, with 5 seconds .*, also without calls";
      default ->
          EXPECTED
              .get(option)
              .replace("`", "")
              .replaceAll("\\b1 s\\b", "1 second")
              .replaceAll("\\bms\\b", "milliseconds")
              .replaceAll("\\bs\\b(?<!'s)", "seconds")
              .replace(", ", ".* ");
    };
  }

  private static String inChinese(String value) {
    return value
        .replace("the server's default", "服务器默认")
        .replace("one for each address", "每个地址一个")
        .replace("none", "无")
        .replace("off", "关闭")
        .replace(" ms", " 毫秒")
        .replace(" s", " 秒")
        .replace(", ", "、");
  }

  @Test
  void optionsWithoutAConstantHaveTheDefaultsThatAreTold() {
    assertThat(DEFAULTS.username()).isEmpty();
    assertThat(DEFAULTS.database()).isEmpty();
    assertThat(DEFAULTS.tls()).isEmpty();
    assertThat(DEFAULTS.maxConnectionAge()).isEmpty();
    assertThat(DEFAULTS.standbyAddresses()).isEmpty();
    assertThat(DEFAULTS.lazyConnect()).isFalse();
    assertThat(DEFAULTS.requestHeaders()).isEmpty();
    assertThat(DEFAULTS.connections()).isEqualTo(ClientOptions.DEFAULT_CONNECTIONS);
    assertThat(ClientOptions.builder().withAddresses("a", "b", "c").build().connections())
        .isEqualTo(3);
  }

  @Test
  void theTableOfPropertiesHasEveryKey() {
    Set<String> told =
        Pattern.compile("^\\| (`[a-z][a-z.`, -]*`) \\|", Pattern.MULTILINE)
            .matcher(Documents.prose(OPTIONS))
            .results()
            .flatMap(row -> Stream.of(row.group(1).replace("`", "").split(", ")))
            .collect(Collectors.toCollection(TreeSet::new));

    assertThat(told).isEqualTo(new TreeSet<>(OptionProperties.KEYS));
  }

  @TestFactory
  Stream<DynamicTest> everyOptionThatIsNamedExists() {
    Set<String> known =
        Stream.of(
                ClientOptions.Builder.class,
                TlsOptions.Builder.class,
                MilvusPool.Builder.class,
                Client.class,
                MilvusClientV2.class)
            .flatMap(type -> methodsOf(type).stream())
            .collect(Collectors.toCollection(TreeSet::new));
    return Documents.all().stream()
        .map(
            document ->
                DynamicTest.dynamicTest(
                    document.toString(),
                    () -> assertThat(known).containsAll(methods(Documents.prose(document)))));
  }

  private static List<String> methods(String text) {
    List<String> methods = new ArrayList<>();
    Matcher matcher = METHOD.matcher(text);
    while (matcher.find()) {
      methods.add(matcher.group(1));
    }
    return methods;
  }

  private static List<String> methodsOf(Class<?> type) {
    return Arrays.stream(type.getMethods())
        .map(Method::getName)
        .filter(name -> name.startsWith("with"))
        .toList();
  }

  private static String told(Duration duration) {
    return duration.toMillis() < 1_000 ? duration.toMillis() + " ms" : duration.toSeconds() + " s";
  }
}
