package dev.milvuspool.server;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A Python package from PyPI in a virtual environment of its own, installed once a machine. It is
 * made elsewhere and moved into place when complete, by one JVM at a time. As it was moved, its
 * scripts are to be run by its {@code bin/python}.
 */
final class PythonPackage {
  private static final Logger logger = LoggerFactory.getLogger(PythonPackage.class);
  private static final String UNFINISHED = ".unfinished-";
  private static final long CHECK_SECONDS = 30;
  private static final long ENVIRONMENT_SECONDS = 120;
  private static final long INSTALL_SECONDS = 600;

  private final String name;
  private final List<String> requirements;
  private final @Nullable String lastStep;

  /**
   * @param name of its directory in the cache; another content needs another name
   * @param requirements what pip is asked for
   * @param lastStep Python code that is run after, with the environment's directory as its
   *     argument, or null
   */
  PythonPackage(String name, List<String> requirements, @Nullable String lastStep) {
    this.name = name;
    this.requirements = List.copyOf(requirements);
    this.lastStep = lastStep;
  }

  /** The directory for what is kept between runs; MILVUS_POOL_CACHE moves it. */
  private static Path cache() {
    String set = System.getenv("MILVUS_POOL_CACHE");
    return set != null && !set.isBlank()
        ? Path.of(set).toAbsolutePath()
        : Path.of(System.getProperty("user.home"), ".cache", "milvus-pool");
  }

  /** Why there is no Python 3 that makes environments, or null where there is one. */
  static @Nullable String absence() {
    try {
      Command.run(List.of("python3", "-c", "import venv, ensurepip"), CHECK_SECONDS);
      return null;
    } catch (IllegalStateException e) {
      return "there is no Python 3 with venv (" + e.getMessage() + ")";
    }
  }

  /** Installs it, unless that was done before, and returns its environment. */
  Path install() {
    Path environment = cache().resolve(name);
    synchronized (PythonPackage.class) { // a file lock does not work between threads
      try {
        Files.createDirectories(cache());
        try (FileChannel channel =
                FileChannel.open(
                    cache().resolve(name + ".lock"),
                    StandardOpenOption.CREATE,
                    StandardOpenOption.WRITE);
            FileLock lock = channel.lock()) {
          if (lock.isValid() && !Files.exists(environment)) {
            deleteCutOff();
            Path unfinished = Files.createTempDirectory(cache(), name + UNFINISHED);
            installInto(unfinished);
            Files.move(unfinished, environment);
          }
        }
      } catch (IOException e) {
        throw new UncheckedIOException("cannot install " + requirements, e);
      }
    }
    return environment;
  }

  /** What earlier attempts left; a pip that outlived its JVM may still be writing there. */
  private void deleteCutOff() throws IOException {
    try (DirectoryStream<Path> attempts =
        Files.newDirectoryStream(cache(), name + UNFINISHED + "*")) {
      attempts.forEach(FileTree::delete);
    }
  }

  private void installInto(Path unfinished) {
    logger.info("installing {} from PyPI into {}", String.join(" ", requirements), cache());
    Command.run(List.of("python3", "-m", "venv", unfinished.toString()), ENVIRONMENT_SECONDS);
    String python = unfinished.resolve("bin/python").toString();
    List<String> install =
        new ArrayList<>(
            List.of(python, "-m", "pip", "install", "-q", "--disable-pip-version-check"));
    install.addAll(requirements);
    Command.run(install, INSTALL_SECONDS);
    if (lastStep != null) {
      Command.run(List.of(python, "-c", lastStep, unfinished.toString()), INSTALL_SECONDS);
    }
  }
}
