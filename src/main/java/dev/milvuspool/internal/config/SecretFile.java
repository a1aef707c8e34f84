package dev.milvuspool.internal.config;

import dev.milvuspool.MilvusPool;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A cached reader of a file that holds one secret and may be rewritten at any time. Thread-safe.
 *
 * <p>It checks the file at most once a second, on a calling thread, and reads it if it has changed.
 * Meanwhile other threads get the previous secret and do not wait, however slow the storage is. If
 * the file is missing, unreadable or empty for a moment (it is being replaced), that secret stays
 * in use, with one warning.
 */
final class SecretFile<T> implements Supplier<T> {
  private static final Logger logger = LoggerFactory.getLogger(MilvusPool.class);
  private static final long LOOK_EVERY_NANOS = Duration.ofSeconds(1).toNanos();

  /**
   * A file can be rewritten twice within one tick of its last-modified time, with the same length.
   * So a file that was this young when it was read is read again. 2 s is the coarsest tick in use
   * (FAT); others have milliseconds.
   */
  private static final long YOUNG_MILLIS = 2_000;

  /** Far above any password or token; keeps a wrong path from filling the memory. */
  private static final int MAX_BYTES = 64 * 1024;

  /**
   * Identifies one content of the file. The attributes are those of the file that symbolic links
   * lead to: Kubernetes replaces a mounted secret by pointing the link {@code ..data} to another
   * directory, which changes the file key (the inode).
   */
  private record Version(FileTime lastModified, long size, @Nullable Object fileKey) {
    static Version of(Path file) throws IOException {
      BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
      return new Version(attributes.lastModifiedTime(), attributes.size(), attributes.fileKey());
    }

    boolean isSameAs(Version other) {
      return lastModified.equals(other.lastModified)
          && size == other.size
          && Objects.equals(fileKey, other.fileKey);
    }
  }

  /** What was read last; {@code settled} if an unchanged version means an unchanged content. */
  private record Content<T>(Version version, boolean settled, T value) {}

  private final String client;
  private final Path file;
  private final LongSupplier nanos;
  private final Function<String, T> maker;
  private final AtomicBoolean looking = new AtomicBoolean();
  private volatile long nextLook; // written by the thread that looks, as is what follows
  private volatile Content<T> content;

  /** Whether the last look failed. */
  private volatile boolean failing;

  /**
   * Reads the file for the first time.
   *
   * @param maker makes the value from a secret: once, not for every request
   * @throws IOException if it cannot be read; the message shows nothing of the content
   */
  SecretFile(String client, Path file, LongSupplier nanos, Function<String, T> maker)
      throws IOException {
    this.client = client;
    this.file = file;
    this.nanos = nanos;
    this.maker = maker;
    content = read(Version.of(file));
    nextLook = nanos.getAsLong() + LOOK_EVERY_NANOS;
  }

  /**
   * Whether an error may show what was given as a file's path: it may be the secret itself, or the
   * content of a PEM file.
   *
   * @param ofSecret whether the file holds a secret: then its folder has to be there
   */
  static boolean isShowable(String path, boolean ofSecret) {
    if (path.contains("-----BEGIN") || path.indexOf('\n') >= 0 || path.indexOf('\r') >= 0) {
      return false;
    }
    int folder = Math.max(path.lastIndexOf('/'), path.lastIndexOf(File.separatorChar));
    return !ofSecret || (folder > 0 && new File(path.substring(0, folder)).isDirectory());
  }

  Path path() {
    return file;
  }

  /** The value made from the secret, which is not empty and has no line end. */
  @Override
  public T get() {
    long now = nanos.getAsLong();
    if (now - nextLook >= 0 && looking.compareAndSet(false, true)) {
      try {
        nextLook = now + LOOK_EVERY_NANOS;
        look();
      } finally {
        looking.set(false);
      }
    }
    return content.value;
  }

  private void look() {
    try {
      Version version = Version.of(file);
      if (failing || !content.settled || !content.version.isSameAs(version)) {
        content = read(version);
      }
      if (failing) {
        failing = false;
        logger.info("client {}: the secret in {} can be read again", client, file);
      }
    } catch (IOException e) {
      if (!failing) {
        failing = true;
        logger.warn(
            "client {}: the secret in {} cannot be read ({}); the previous one stays in use",
            client,
            file,
            reason(e));
      }
    }
  }

  /** Takes the version from before the reading, so that a later change is never missed. */
  private Content<T> read(Version version) throws IOException {
    boolean settled = System.currentTimeMillis() - version.lastModified.toMillis() > YOUNG_MILLIS;
    byte[] bytes;
    try (InputStream in = Files.newInputStream(file)) {
      bytes = in.readNBytes(MAX_BYTES + 1);
    }
    if (bytes.length > MAX_BYTES) {
      throw new UnusableException("larger than " + MAX_BYTES + " bytes");
    }
    String secret =
        StandardCharsets.UTF_8
            .newDecoder()
            .decode(ByteBuffer.wrap(bytes))
            .toString()
            .replaceFirst("\\r?\\n\\z", "");
    if (secret.isBlank()) {
      throw new UnusableException("empty");
    }
    return new Content<>(version, settled, maker.apply(secret));
  }

  /** Why the file could not be read, without anything of its content. */
  static String reason(IOException failure) {
    return failure instanceof UnusableException
        ? String.valueOf(failure.getMessage())
        : failure.getClass().getSimpleName();
  }

  /** The file could be read, but holds no secret. */
  private static final class UnusableException extends IOException {
    private static final long serialVersionUID = 1L;

    UnusableException(String message) {
      super(message);
    }
  }
}
