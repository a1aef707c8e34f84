package dev.milvuspool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.milvuspool.scripted.ScriptedMilvus;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.lang.reflect.Constructor;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.env.YamlPropertySourceLoader;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.health.contributor.Status;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.support.PropertySourcesPlaceholderConfigurer;
import org.springframework.core.env.EnumerablePropertySource;
import org.springframework.core.env.MapPropertySource;
import org.springframework.core.env.PropertySource;
import org.springframework.core.io.ByteArrayResource;

/** The samples of docs/integrations.md at work; that with Testcontainers is an IntegrationsIT. */
@Timeout(60)
class IntegrationsTest {
  private static final Path DOCUMENT = Path.of("docs", "integrations.md");
  private static final Duration SOON = Duration.ofSeconds(20);

  private final ScriptedMilvus server = ScriptedMilvus.start();

  @TempDir Path output;

  @AfterEach
  void close() {
    server.close();
  }

  /** The sample that declares this class. */
  static Documents.Sample sampleOf(String type) {
    return Documents.samples().stream()
        .filter(sample -> sample.document().equals(DOCUMENT))
        .filter(sample -> sample.source().contains("class " + type + " "))
        .findFirst()
        .orElseThrow();
  }

  private URLClassLoader compiled(String type) throws Exception {
    Documents.Sample sample = sampleOf(type);
    Path classes = SampleCompiler.compile(sample, sample.source(), output);
    return new URLClassLoader(new URL[] {classes.toUri().toURL()});
  }

  private static Class<?> load(URLClassLoader loader, String type) throws Exception {
    return loader.loadClass(SampleCompiler.className(sampleOf(type)) + "$" + type);
  }

  private static AnnotationConfigApplicationContext context(
      Class<?> configuration, Map<String, Object> properties) {
    AnnotationConfigApplicationContext context = new AnnotationConfigApplicationContext();
    context
        .getEnvironment()
        .getPropertySources()
        .addFirst(new MapPropertySource("test", properties));
    context.registerBean(PropertySourcesPlaceholderConfigurer.class);
    context.registerBean(MeterRegistry.class, SimpleMeterRegistry::new);
    context.register(configuration);
    context.refresh();
    return context;
  }

  /** The application.yml of the document, as Spring Boot reads it, with another address. */
  private Map<String, Object> applicationYml() throws Exception {
    Matcher block =
        Pattern.compile("^```yaml\\n(.*?)^```", Pattern.MULTILINE | Pattern.DOTALL)
            .matcher(Documents.read(DOCUMENT));
    assertThat(block.find()).isTrue();
    String yaml = block.group(1).replace("localhost:19530", server.address());
    PropertySource<?> source =
        new YamlPropertySourceLoader()
            .load("application.yml", new ByteArrayResource(yaml.getBytes(StandardCharsets.UTF_8)))
            .get(0);
    Map<String, Object> properties = new HashMap<>();
    for (String name : ((EnumerablePropertySource<?>) source).getPropertyNames()) {
      properties.put(name, String.valueOf(source.getProperty(name)));
    }
    return properties;
  }

  @Test
  void aSpringContextMakesTheClientsOfItsYamlAndClosesThemAtItsEnd() throws Exception {
    try (URLClassLoader loader = compiled("MilvusConfiguration")) {
      MilvusPool pool;
      try (AnnotationConfigApplicationContext context =
          context(load(loader, "MilvusConfiguration"), applicationYml())) {
        pool = context.getBean(MilvusPool.class);
        assertThat(pool.list()).containsExactly("main", "reports");
        assertThat(pool.get("main").options().deadline()).isEqualTo(Duration.ofSeconds(2));
        assertThat(pool.get("main").options().username()).contains("root");
        assertThat(pool.get("main").listCollections()).isEmpty();
        assertThat(
                context
                    .getBean(MeterRegistry.class)
                    .get("milvus.client.up")
                    .tag("client", "main")
                    .gauge()
                    .value())
            .isOne();
      }
      assertThat(pool.list()).isEmpty();
      server.awaitTransports(0, SOON);
    }
  }

  @Test
  void theHealthIndicatorTellsUpAndDown() throws Exception {
    try (URLClassLoader loader = compiled("MilvusHealthIndicator");
        MilvusPool pool = MilvusPool.create()) {
      Client client =
          pool.add(
              "main", options -> options.withAddress(server.address()).withRetry(0, Duration.ZERO));
      Constructor<?> constructor =
          load(loader, "MilvusHealthIndicator").getDeclaredConstructor(MilvusPool.class);
      constructor.setAccessible(true);
      HealthIndicator indicator = (HealthIndicator) constructor.newInstance(pool);

      Health up = indicator.health();
      assertThat(up.getStatus()).isEqualTo(Status.UP);
      assertThat(up.getDetails()).containsEntry("main", "UP at " + server.address());

      server.kill();
      await().atMost(SOON).until(() -> Outcome.of(client::listCollections).failure() != null);
      await().atMost(SOON).until(() -> client.state() == ClientState.DOWN);
      Health down = indicator.health();
      assertThat(down.getStatus()).isEqualTo(Status.DOWN);
      assertThat(down.getDetails()).containsKey("main.error");
    }
  }

  @Test
  void aPlainMainClosesItsPoolWhenItIsTerminated() throws Exception {
    Documents.Sample sample = sampleOf("Main");
    String source = sample.source().replace("localhost:19530", server.address());
    Path classes = SampleCompiler.compile(sample, source, output);
    try (ChildJvm main =
        ChildJvm.start(
            SampleCompiler.className(sample) + "$Main", List.of(classes), List.of(), List.of())) {
      main.awaitLine("serving []", SOON);

      main.terminate();

      main.awaitLine("closed", SOON);
      server.awaitTransports(0, SOON);
    }
  }
}
