package dev.milvuspool;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.awaitility.Awaitility;

/** Another JVM, and what it prints. */
final class ChildJvm implements AutoCloseable {
  private final Process process;
  private final List<String> lines = new CopyOnWriteArrayList<>();
  private final Thread reader = new Thread(this::read, "child-jvm-output");

  private ChildJvm(Process process) {
    this.process = process;
  }

  /** Runs the class's {@code main}. */
  static ChildJvm start(Class<?> main, List<String> jvmOptions, List<String> arguments) {
    return start(main.getName(), List.of(), jvmOptions, arguments);
  }

  /** Runs the {@code main} of a class that may be in one of these directories, too. */
  static ChildJvm start(
      String main, List<Path> directories, List<String> jvmOptions, List<String> arguments) {
    String classPath =
        Stream.concat(
                directories.stream().map(Path::toString),
                Stream.of(System.getProperty("java.class.path")))
            .collect(Collectors.joining(File.pathSeparator));
    List<String> options = new ArrayList<>(List.of("-Xmx128m", "-cp", classPath));
    options.addAll(jvmOptions);
    options.add(main);
    return start(options, arguments);
  }

  /** Runs a jar, with nothing else on its class path. */
  static ChildJvm startJar(Path jar, List<String> arguments) {
    return start(List.of("-Xmx256m", "-jar", jar.toString()), arguments);
  }

  private static ChildJvm start(List<String> options, List<String> arguments) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(options);
    command.addAll(arguments);
    try {
      ChildJvm child = new ChildJvm(new ProcessBuilder(command).redirectErrorStream(true).start());
      child.reader.setDaemon(true);
      child.reader.start();
      return child;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void read() {
    try (BufferedReader output =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
      for (String line = output.readLine(); line != null; line = output.readLine()) {
        lines.add(line);
      }
    } catch (IOException e) {
      lines.add(e.toString());
    }
  }

  /** What it has printed, standard output and errors alike. */
  List<String> lines() {
    return lines;
  }

  void awaitLine(String text, Duration atMost) {
    Awaitility.await()
        .atMost(atMost)
        .failFast(
            () -> {
              if (!process.isAlive() && !reader.isAlive() && !printed(text)) {
                throw new AssertionError("ended with " + lines);
              }
            })
        .until(() -> printed(text));
  }

  private boolean printed(String text) {
    return lines.stream().anyMatch(line -> line.contains(text));
  }

  /** Asks it to end, as SIGTERM does. */
  void terminate() {
    process.toHandle().destroy(); // Process.destroy() would close its output as well
  }

  /** Waits until it has ended by itself. */
  int awaitExit(Duration atMost) throws InterruptedException {
    if (!process.waitFor(atMost.toMillis(), TimeUnit.MILLISECONDS)) {
      throw new AssertionError("alive after " + atMost + " with " + lines);
    }
    reader.join(atMost.toMillis());
    return process.exitValue();
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
