package dev.milvuspool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.milvuspool.scripted.ScriptedMilvus;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;
import org.junit.jupiter.api.io.TempDir;

/** Ten thousand virtual threads on one client. Runs on the JDKs that have them; CI has one. */
@EnabledForJreRange(min = JRE.JAVA_21)
class VirtualThreadsTest {
  private static final int THREADS = 10_000;

  @TempDir Path directory;

  @Test
  void tenThousandVirtualThreadsShareAClientBesideADeadOneWithoutPinning() throws Exception {
    try (ScriptedMilvus server = ScriptedMilvus.start();
        ScriptedMilvus dead = ScriptedMilvus.start();
        MilvusPool pool = MilvusPool.create();
        Recording recording = new Recording()) {
      Client client =
          pool.add(
              "main",
              options ->
                  options.withAddress(server.address()).withDeadline(Duration.ofSeconds(60)));
      Client broken = pool.add("dead", options -> options.withAddress(dead.address()));
      dead.kill();
      recording.enable("jdk.VirtualThreadPinned").withStackTrace().withThreshold(Duration.ZERO);
      recording.start();

      ExecutorService threads = virtualThreads();
      List<Future<Boolean>> answers = new ArrayList<>();
      for (int i = 0; i < THREADS; i++) {
        answers.add(threads.submit(() -> client.hasCollection("absent")));
      }
      Future<?> failing =
          threads.submit(
              () ->
                  assertThatThrownBy(broken::listCollections)
                      .isInstanceOf(ClientUnavailableException.class));

      for (Future<Boolean> answer : answers) {
        assertThat(answer.get(60, TimeUnit.SECONDS)).isFalse();
      }
      failing.get(60, TimeUnit.SECONDS);
      threads.shutdown();
      recording.stop();
      assertThat(pool.stats().clients().get("main").calls()).isEqualTo(THREADS);
      assertThat(pinnedByUs(recording)).isEmpty();
    }
  }

  private List<RecordedEvent> pinnedByUs(Recording recording) throws Exception {
    Path file = directory.resolve("pinned.jfr");
    recording.dump(file);
    return RecordingFile.readAllEvents(file).stream()
        .filter(event -> event.getStackTrace() != null)
        .filter(
            event ->
                event
                    .getStackTrace()
                    .getFrames()
                    .get(0)
                    .getMethod()
                    .getType()
                    .getName()
                    .startsWith("dev.milvuspool."))
        .toList();
  }

  /** The tests are compiled for 17, which does not know them. */
  private static ExecutorService virtualThreads() throws Exception {
    return (ExecutorService)
        Executors.class.getMethod("newVirtualThreadPerTaskExecutor").invoke(null);
  }
}
