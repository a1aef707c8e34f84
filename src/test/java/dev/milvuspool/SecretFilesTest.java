package dev.milvuspool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.milvuspool.Events.Kind;
import dev.milvuspool.scripted.ScriptedMilvus;
import io.milvus.v2.exception.MilvusClientException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A password in a file, mounted and replaced as Kubernetes does it, while its client works. */
@Timeout(60)
class SecretFilesTest {
  private static final Duration SOON = Duration.ofSeconds(20);

  @TempDir private Path mount;

  private final ScriptedMilvus server = ClientOperation.server();
  private final Events events = new Events();
  private MilvusPool pool;
  private Client client;

  @BeforeEach
  void mount() throws IOException {
    publish("v1", "one");
    Files.createSymbolicLink(mount.resolve("password"), Path.of("..data/password"));
    server.requireAuth("root", "one");
    pool =
        MilvusPool.builder()
            .withListener(events)
            .withProperties(
                Map.of(
                    "milvus.pool.clients.main.address", server.address(),
                    "milvus.pool.clients.main.username", "root",
                    "milvus.pool.clients.main.password-file", mount.resolve("password").toString()))
            .build();
    client = pool.get("main");
  }

  @AfterEach
  void close() {
    pool.close();
    server.close();
  }

  /** A new directory, and the link {@code ..data} set to it in one step. */
  private void publish(String version, String password) throws IOException {
    Path directory = Files.createDirectory(mount.resolve(".." + version));
    Files.writeString(directory.resolve("password"), password + "\n");
    Path next = Files.createSymbolicLink(mount.resolve("..next"), directory.getFileName());
    Files.move(
        next,
        mount.resolve("..data"),
        StandardCopyOption.ATOMIC_MOVE,
        StandardCopyOption.REPLACE_EXISTING);
  }

  private boolean works() {
    try {
      return client.hasCollection("items");
    } catch (MilvusClientException rejected) {
      return false;
    }
  }

  @Test
  void aChangedSecretHoldsForTheNextRequestWithoutAReconnect() throws IOException {
    assertThat(works()).isTrue();

    server.requireAuth("root", "two");
    assertThat(works()).isFalse();
    publish("v2", "two");

    await().atMost(SOON).until(this::works);
    assertThat(server.transportsEver()).isEqualTo(1);
    assertThat(events.of(Kind.DOWN)).isEmpty();
    server.dropConnections();
    await().atMost(SOON).until(this::works); // a dial has the new one as well
  }

  @Test
  void aSecretThatIsGoneForAMomentStaysInUseWithOneWarning() throws IOException {
    try (CapturedLog log = new CapturedLog()) {
      Files.delete(mount.resolve("..data"));

      await().atMost(SOON).until(() -> works() && !log.warnings().isEmpty());
      await().during(Duration.ofMillis(2500)).atMost(SOON).until(this::works); // two looks more

      assertThat(log.warnings())
          .singleElement()
          .asString()
          .contains("main", mount.resolve("password").toString(), "stays in use")
          .doesNotContain("one\n");
    }
    server.requireAuth("root", "two");
    publish("v2", "two");
    await().atMost(SOON).until(this::works);
  }

  @Test
  void anApiKeyInAFileIsReadAgainAsWell() throws IOException {
    server.requireToken("one");
    Map<String, String> properties =
        Map.of(
            "milvus.pool.clients.main.address", server.address(),
            "milvus.pool.clients.main.api-key-file", mount.resolve("password").toString());
    try (MilvusPool keys = MilvusPool.builder().withProperties(properties).build()) {
      client = keys.get("main");
      assertThat(works()).isTrue();
      assertThat(client.options().toString()).contains("API key");

      server.requireToken("two");
      assertThat(works()).isFalse();
      publish("v2", "two");

      await().atMost(SOON).until(this::works);
      assertThat(client.health(SOON).healthy()).isTrue();
    }
  }
}
