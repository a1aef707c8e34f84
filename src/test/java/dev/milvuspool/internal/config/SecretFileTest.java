package dev.milvuspool.internal.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.milvuspool.MilvusPool;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

class SecretFileTest {
  private static final long SECOND = Duration.ofSeconds(1).toNanos();
  private static final FileTime LONG_AGO = FileTime.from(Instant.now().minus(Duration.ofHours(1)));

  @TempDir private Path directory;

  private final AtomicLong nanos = new AtomicLong(Long.MAX_VALUE - SECOND / 2);
  private final Logger logger = (Logger) LoggerFactory.getLogger(MilvusPool.class);
  private final ListAppender<ILoggingEvent> log = new ListAppender<>();
  private Path path;

  @BeforeEach
  void writeAndListen() throws IOException {
    path = write("first");
    log.start();
    logger.addAppender(log);
  }

  @AfterEach
  void stopListening() {
    logger.detachAppender(log);
  }

  /** Long ago, so that a young file's second look does not blur what a test is about. */
  private Path write(String content) throws IOException {
    Path file = Files.writeString(directory.resolve("secret"), content);
    return Files.setLastModifiedTime(file, LONG_AGO);
  }

  private SecretFile<String> open() throws IOException {
    return new SecretFile<>("main", path, nanos::get, Function.identity());
  }

  private List<String> warnings() {
    return log.list.stream()
        .filter(event -> event.getLevel() == Level.WARN)
        .map(ILoggingEvent::getFormattedMessage)
        .toList();
  }

  /** As on a network drive whose server is gone: a pipe without a writer. */
  @Test
  @Timeout(30)
  void aReadThatHangsHoldsUpTheOneWhoReadsAlone() throws Exception {
    SecretFile<String> secret = open();
    Files.delete(path);
    assertThat(new ProcessBuilder("mkfifo", path.toString()).start().waitFor()).isZero();
    nanos.addAndGet(SECOND);
    Thread reader = new Thread(secret::get);
    reader.setDaemon(true);
    reader.start();
    await().until(() -> isInRead(reader));

    nanos.addAndGet(2 * SECOND);
    assertThat(CompletableFuture.supplyAsync(secret::get).get(10, TimeUnit.SECONDS))
        .isEqualTo("first");

    Files.writeString(path, "second"); // lets it go on
    reader.join(10_000);
    Files.delete(path);
    write("the third");
    assertThat(secret.get()).isEqualTo("the third");
  }

  private static boolean isInRead(Thread thread) {
    return Arrays.stream(thread.getStackTrace()).anyMatch(f -> f.getMethodName().equals("open0"));
  }

  @Test
  void aChangedFileIsReadOnceASecondHasPassed() throws IOException {
    SecretFile<String> secret = open();

    write("the second");

    nanos.addAndGet(SECOND / 4);
    assertThat(secret.get()).isEqualTo("first");
    nanos.addAndGet(SECOND * 3 / 4 - 1); // past the end of the clock's range, as nanoTime may be
    assertThat(secret.get()).isEqualTo("first");
    nanos.addAndGet(1);
    assertThat(secret.get()).isEqualTo("the second");
    write("the third one");
    nanos.addAndGet(SECOND - 1);
    assertThat(secret.get()).isEqualTo("the second");
    nanos.addAndGet(1);
    assertThat(secret.get()).isEqualTo("the third one");
    assertThat(log.list).isEmpty();
  }

  @Test
  void aFileThatHasNotChangedIsNotReadAgain() throws IOException {
    SecretFile<String> secret = open();

    write("other"); // as long as the first, with the same time and the same inode
    nanos.addAndGet(SECOND);

    assertThat(secret.get()).isEqualTo("first");
  }

  @Test
  void aFileThatWasYoungWhenItWasReadIsReadAgain() throws IOException {
    FileTime now = FileTime.from(Instant.now());
    Files.setLastModifiedTime(path, now);
    SecretFile<String> secret = open();

    Files.writeString(path, "other"); // within one tick of its last-modified time
    Files.setLastModifiedTime(path, now);
    nanos.addAndGet(SECOND);

    assertThat(secret.get()).isEqualTo("other");
  }

  @Test
  void anotherFileInItsPlaceIsReadThoughTimeAndLengthAreTheSame() throws IOException {
    SecretFile<String> secret = open();

    Path other = Files.writeString(directory.resolve("new"), "other");
    Files.setLastModifiedTime(other, LONG_AGO);
    Files.move(other, path, StandardCopyOption.REPLACE_EXISTING);
    nanos.addAndGet(SECOND);

    assertThat(secret.get()).isEqualTo("other");
  }

  @Test
  void aLinkThatIsTurnedToAnotherDirectoryIsFollowed() throws IOException {
    for (String version : List.of("v1", "v2")) {
      Path file = Files.createDirectory(directory.resolve(version)).resolve("password");
      Files.setLastModifiedTime(Files.writeString(file, "from-" + version), LONG_AGO);
    }
    Path data = Files.createSymbolicLink(directory.resolve("..data"), Path.of("v1"));
    path = Files.createSymbolicLink(directory.resolve("password"), Path.of("..data/password"));
    SecretFile<String> secret = open();

    Path next = Files.createSymbolicLink(directory.resolve("..next"), Path.of("v2"));
    Files.move(next, data, StandardCopyOption.ATOMIC_MOVE);
    nanos.addAndGet(SECOND);

    assertThat(secret.get()).isEqualTo("from-v2");
  }

  @Test
  void aFileThatIsGoneLeavesTheSecretInUseWithOneWarning() throws IOException {
    SecretFile<String> secret = open();

    Files.delete(path);

    for (int i = 0; i < 3; i++) {
      nanos.addAndGet(SECOND);
      assertThat(secret.get()).isEqualTo("first");
    }
    assertThat(warnings())
        .containsExactly(
            "client main: the secret in "
                + path
                + " cannot be read (NoSuchFileException); the previous one stays in use");
  }

  @Test
  void everyOutageOfTheFileHasItsWarning() throws IOException {
    SecretFile<String> secret = open();

    for (int i = 0; i < 2; i++) {
      Files.delete(path);
      nanos.addAndGet(SECOND);
      assertThat(secret.get()).isEqualTo("first");
      write("first");
      nanos.addAndGet(SECOND);
      assertThat(secret.get()).isEqualTo("first");
    }

    assertThat(warnings()).hasSize(2);
  }

  @Test
  void aFileThatIsEmptyOrNoTextLeavesTheSecretInUse() throws IOException {
    SecretFile<String> secret = open();

    for (byte[] content : List.of(new byte[0], new byte[] {'\n'}, new byte[] {(byte) 0xff, 's'})) {
      Files.write(path, content);
      nanos.addAndGet(SECOND);
      assertThat(secret.get()).isEqualTo("first");
    }

    assertThat(warnings()).hasSize(1);
    write("the second");
    nanos.addAndGet(SECOND);
    assertThat(secret.get()).isEqualTo("the second");
  }

  @Test
  void anInterruptedThreadReadsTheFileToo() throws IOException {
    SecretFile<String> secret = open();
    write("the second");
    nanos.addAndGet(SECOND);

    Thread.currentThread().interrupt();
    String read = secret.get();

    assertThat(Thread.interrupted()).isTrue();
    assertThat(read).isEqualTo("the second");
    assertThat(warnings()).isEmpty();
  }

  @Test
  void whatCannotBeReadAtFirstIsAFailure() throws IOException {
    Files.delete(path);
    assertThatThrownBy(this::open).isInstanceOf(NoSuchFileException.class);
    write(" \n");
    assertThatThrownBy(this::open).isInstanceOf(IOException.class).hasMessage("empty");
    write("x".repeat(64 * 1024 + 1));
    assertThatThrownBy(this::open)
        .isInstanceOf(IOException.class)
        .hasMessage("larger than 65536 bytes");
    path = directory;
    assertThatThrownBy(this::open).isInstanceOf(IOException.class);
  }
}
