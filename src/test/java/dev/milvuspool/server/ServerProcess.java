package dev.milvuspool.server;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A process with its children, its directory and its log; it does not outlive this JVM. */
final class ServerProcess {
  private final List<String> command;
  private final Map<String, String> environment;
  private final Path directory;
  private final Thread reaper = new Thread(this::kill, "server-process-reaper");
  private volatile List<ProcessHandle> processes = List.of();

  ServerProcess(List<String> command, Map<String, String> environment, Path directory) {
    this.command = command;
    this.environment = environment;
    this.directory = directory;
    Runtime.getRuntime().addShutdownHook(reaper);
  }

  static Path newDirectory() {
    try {
      return Files.createTempDirectory("milvus-pool-server-");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * A free port below those that the kernel gives to clients: a client that dials a dead server's
   * port over and over could otherwise be given that very port, and keep the server from coming
   * back.
   */
  static int freePort() {
    for (int attempt = 0; attempt < 1_000; attempt++) {
      int port = ThreadLocalRandom.current().nextInt(20_000, 32_000);
      try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
        return socket.getLocalPort();
      } catch (IOException e) {
        // taken
      }
    }
    throw new IllegalStateException("no free port between 20000 and 32000");
  }

  void start() {
    try {
      ProcessBuilder builder =
          new ProcessBuilder(command)
              .directory(directory.toFile())
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.appendTo(log().toFile()));
      builder.environment().putAll(environment);
      processes = List.of(builder.start().toHandle());
    } catch (IOException e) {
      throw new IllegalStateException("cannot run " + command, e);
    }
  }

  boolean isAlive() {
    return processes.stream().allMatch(ProcessHandle::isAlive);
  }

  private Path log() {
    return directory.resolve("process.log");
  }

  String logTail() {
    try {
      List<String> lines = Files.exists(log()) ? Files.readAllLines(log()) : List.of("no log");
      return String.join("\n", lines.subList(Math.max(0, lines.size() - 30), lines.size()));
    } catch (IOException e) {
      return "log cannot be read: " + e.getMessage();
    }
  }

  private List<ProcessHandle> all() {
    List<ProcessHandle> all = new ArrayList<>();
    for (ProcessHandle process : processes) {
      process.descendants().forEach(all::add);
      all.add(process);
    }
    return all;
  }

  /** SIGKILL to the process and its children. */
  void kill() {
    List<ProcessHandle> all = all();
    all.forEach(ProcessHandle::destroyForcibly);
    for (ProcessHandle process : all) {
      try {
        process.onExit().get(10, TimeUnit.SECONDS);
      } catch (Exception e) {
        throw new IllegalStateException("process " + process.pid() + " does not end", e);
      }
    }
    processes = List.of();
  }

  void signal(String signal) {
    for (ProcessHandle process : all()) {
      PythonPackage.run(List.of("kill", "-" + signal, String.valueOf(process.pid())), 10);
    }
  }

  void close() {
    kill();
    Runtime.getRuntime().removeShutdownHook(reaper);
    try (Stream<Path> files = Files.walk(directory)) {
      files.sorted(Comparator.reverseOrder()).forEach(file -> file.toFile().delete());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
