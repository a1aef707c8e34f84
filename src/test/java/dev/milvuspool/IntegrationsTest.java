package dev.milvuspool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.milvuspool.scripted.ScriptedMilvus;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.lang.reflect.Constructor;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.health.contributor.Status;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.support.PropertySourcesPlaceholderConfigurer;
import org.springframework.core.env.MapPropertySource;

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

  @Test
  void aSpringContextMakesThePoolAndClosesItAtItsEnd() throws Exception {
    try (URLClassLoader loader = compiled("MilvusConfiguration")) {
      MilvusPool pool;
      try (AnnotationConfigApplicationContext context =
          context(
              load(loader, "MilvusConfiguration"), Map.of("milvus.address", server.address()))) {
        pool = context.getBean(MilvusPool.class);
        assertThat(pool.get("main").listCollections()).isEmpty();
        assertThat(context.getBean(MeterRegistry.class).find("milvus.client.up").gauge().value())
            .isOne();
      }
      assertThat(pool.list()).isEmpty();
      server.awaitTransports(0, SOON);
    }
  }

  @Test
  void springBootsPropertiesMakeTheClients() throws Exception {
    try (URLClassLoader loader = compiled("MilvusPropertiesConfiguration");
        AnnotationConfigApplicationContext context =
            context(
                load(loader, "MilvusPropertiesConfiguration"),
                Map.of(
                    "milvus.pool.clients.main.address", server.address(),
                    "milvus.pool.clients.main.retry.max-retries", "1",
                    "milvus.pool.fail-fast", "false"))) {
      Client client = context.getBean(MilvusPool.class).get("main");

      assertThat(client.options().maxRetries()).isOne();
      assertThat(client.listCollections()).isEmpty();
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
