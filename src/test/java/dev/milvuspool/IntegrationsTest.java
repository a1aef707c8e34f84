package dev.milvuspool;

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
