package dev.milvuspool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.platform.launcher.LauncherDiscoveryRequest;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.launcher.listeners.SummaryGeneratingListener;
import org.junit.platform.launcher.listeners.TestExecutionSummary;
import org.testcontainers.DockerClientFactory;

/** The sample of docs/integrations.md that is a JUnit test with Testcontainers, run as one. */
class IntegrationsIT {
  @TempDir Path output;

  @Test
  void theSampleTestPassesWhereDockerIsAndSaysSoWhereItIsNot() throws Exception {
    Documents.Sample sample = IntegrationsTest.sampleOf("ArticlesTest");
    Path classes = SampleCompiler.compile(sample, sample.source(), output);
    ClassLoader before = Thread.currentThread().getContextClassLoader();
    try (URLClassLoader loader = new URLClassLoader(new URL[] {classes.toUri().toURL()})) {
      Class<?> test = loader.loadClass(SampleCompiler.className(sample) + "$ArticlesTest");
      SummaryGeneratingListener listener = new SummaryGeneratingListener();
      LauncherDiscoveryRequest request =
          LauncherDiscoveryRequestBuilder.request().selectors(selectClass(test)).build();

      LauncherFactory.create().execute(request, listener);

      TestExecutionSummary summary = listener.getSummary();
      if (DockerClientFactory.instance().isDockerAvailable()) {
        assertThat(summary.getFailures()).extracting(f -> f.getException()).isEmpty();
        assertThat(summary.getTestsSucceededCount()).isOne();
      } else {
        assertThat(summary.getFailures())
            .singleElement()
            .satisfies(
                failure -> assertThat(failure.getException()).hasStackTraceContaining("Docker"));
      }
    } finally {
      Thread.currentThread().setContextClassLoader(before);
    }
  }
}
