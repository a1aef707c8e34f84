package dev.milvuspool.server;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A Python package in a virtual environment of its own, installed once a machine. */
final class PythonPackage {
  private static final Logger logger = LoggerFactory.getLogger(PythonPackage.class);
  private static final long INSTALL_MINUTES = 10;

  private final String name;
  private final List<String> requirements;

  PythonPackage(String name, String... requirements) {
    this.name = name;
    this.requirements = List.of(requirements);
  }

  /** The directory for what is kept between runs; MILVUS_POOL_CACHE moves it. */
  static Path cache() {
    String set = System.getenv("MILVUS_POOL_CACHE");
    return set != null
        ? Path.of(set)
        : Path.of(System.getProperty("user.home"), ".cache", "milvus-pool");
  }

  static boolean pythonIsThere() {
    try {
      run(List.of("python3", "-c", "import venv, ensurepip"), 30);
      return true;
    } catch (IllegalStateException e) {
      logger.debug("no Python 3 with venv", e);
      return false;
    }
  }

  /** Installs it, unless that was done before, and returns its environment. */
  Path install() {
    try {
      Path environment = cache().resolve(name);
      Path complete = environment.resolve("complete");
      Files.createDirectories(cache());
      try (FileChannel channel =
              FileChannel.open(
                  cache().resolve(name + ".lock"),
                  StandardOpenOption.CREATE,
                  StandardOpenOption.WRITE);
          FileLock lock = channel.lock()) { // another JVM may be at it
        if (Files.exists(complete)) {
          return environment;
        }
        logger.info("installing {} from PyPI into {}", requirements, environment);
        run(List.of("python3", "-m", "venv", "--clear", environment.toString()), 120);
        List<String> install =
            new ArrayList<>(
                List.of(
                    environment.resolve("bin/python").toString(), "-m", "pip", "install", "-q"));
        install.addAll(requirements);
        run(install, TimeUnit.MINUTES.toSeconds(INSTALL_MINUTES));
        Files.createFile(complete);
        assert lock.isValid();
        return environment;
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Runs a command to its end; its output is in the exception when it fails. */
  static void run(List<String> command, long timeoutSeconds) {
    Path output = null;
    try {
      output = Files.createTempFile("milvus-pool-", ".log");
      Process process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(output.toFile())
              .start();
      if (!process.waitFor(timeoutSeconds, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw new IllegalStateException(
            command + " took longer than " + timeoutSeconds + " s: " + Files.readString(output));
      }
      if (process.exitValue() != 0) {
        throw new IllegalStateException(
            command + " ended with " + process.exitValue() + ": " + Files.readString(output));
      }
    } catch (IOException e) {
      throw new IllegalStateException(command + " cannot be run: " + e.getMessage(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while running " + command, e);
    } finally {
      if (output != null) {
        output.toFile().delete();
      }
    }
  }
}
