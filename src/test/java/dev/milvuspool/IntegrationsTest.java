package dev.milvuspool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.milvuspool.scripted.Hold;
import dev.milvuspool.scripted.ScriptedMilvus;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The sample of docs/integrations.md that is a plain main, run; that with Testcontainers is an
 * IntegrationsIT, those for Spring Boot are a SpringBootIT.
 */
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

  @Test
  void aPlainMainEndsAfterItsCallInFlightWhenItIsTerminated() throws Exception {
    Documents.Sample sample = sampleOf("Main");
    String source = sample.source().replace("localhost:19530", server.address());
    Path classes = SampleCompiler.compile(sample, source, output);
    try (Hold hold = server.hold("ShowCollections");
        ChildJvm main =
            ChildJvm.start(
                SampleCompiler.className(sample) + "$Main",
                List.of(classes),
                List.of(),
                List.of())) {
      hold.awaitCalls(1, SOON);

      main.terminate();

      assertThatThrownBy(() -> main.awaitExit(Duration.ofMillis(500)))
          .hasMessageStartingWith("alive");
      hold.release();
      assertThat(main.awaitExit(SOON)).isEqualTo(128 + 15); // SIGTERM
      server.awaitTransports(0, SOON);
    }
  }
}
