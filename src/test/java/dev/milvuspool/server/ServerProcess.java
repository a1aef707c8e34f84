package dev.milvuspool.server;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;

/**
 * A server's process with its children, its directory and its log. It does not outlive this JVM,
 * however that ends: a guard process kills it when the pipe from the JVM breaks.
 */
final class ServerProcess {
  private static final String GUARD = "read -r line; kill -KILL \"$1\"; sleep 1; rm -rf \"$2\"";
  private static final int LOG_TAIL_LINES = 30;
  private static final int LOG_TAIL_LINE_LENGTH = 300;
  private static final long END_SECONDS = 10;

  private final List<String> command;
  private final Map<String, String> environment;
  private final Path directory;
  private final Thread atExit = new Thread(this::end, "server-process-end");
  private @Nullable Process server;
  private @Nullable Process guard;

  ServerProcess(List<String> command, Map<String, String> environment, Path directory) {
    this.command = List.copyOf(command);
    this.environment = Map.copyOf(environment);
    this.directory = directory;
    Runtime.getRuntime().addShutdownHook(atExit);
  }

  /** A directory for a server's data, which goes when the server is closed. */
  static Path newDirectory() {
    try {
      return Files.createTempDirectory("milvus-pool-server-");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  synchronized void start() {
    if (server != null) {
      throw new IllegalStateException("it runs already: " + command);
    }
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(directory.toFile())
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(log().toFile()));
    builder.environment().putAll(environment);
    try {
      Process started = builder.start();
      server = started;
      Process watching =
          new ProcessBuilder(
                  "sh", "-c", GUARD, "guard", String.valueOf(started.pid()), directory.toString())
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      guard = watching;
      // Its pid may soon be another process's.
      started.onExit().thenRun(watching::destroyForcibly);
    } catch (IOException e) {
      throw new IllegalStateException("cannot run " + command + ": " + e.getMessage(), e);
    }
  }

  synchronized boolean isAlive() {
    return server != null && server.isAlive();
  }

  private Path log() {
    return directory.resolve("process.log");
  }

  /** The end of what it wrote, for messages. */
  String logTail() {
    if (!Files.exists(log())) {
      return "(no output)";
    }
    try (Stream<String> lines = Files.lines(log(), StandardCharsets.ISO_8859_1)) {
      List<String> all =
          lines
              .map(
                  l -> l.length() > LOG_TAIL_LINE_LENGTH ? l.substring(0, LOG_TAIL_LINE_LENGTH) : l)
              .toList();
      return String.join("\n", all.subList(Math.max(0, all.size() - LOG_TAIL_LINES), all.size()));
    } catch (IOException | UncheckedIOException e) {
      return "(its output cannot be read: " + e.getMessage() + ")";
    }
  }

  private List<ProcessHandle> withChildren() {
    List<ProcessHandle> all = new ArrayList<>();
    if (server != null) {
      all.add(server.toHandle());
      server.descendants().forEach(all::add);
    }
    return all;
  }

  /** SIGKILL to the process and its children; returns when they are gone. */
  synchronized void kill() {
    if (guard != null) {
      guard.destroyForcibly();
      guard = null;
    }
    List<ProcessHandle> all = withChildren();
    all.forEach(ProcessHandle::destroyForcibly);
    for (ProcessHandle process : all) {
      awaitEnd(process);
    }
    server = null;
  }

  private static void awaitEnd(ProcessHandle process) {
    try {
      process.onExit().get(END_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while process " + process.pid() + " ended", e);
    } catch (ExecutionException | TimeoutException e) {
      throw new IllegalStateException("process " + process.pid() + " does not end", e);
    }
  }

  /**
   * SIGSTOP to the process and its children; returns when each of their threads has stopped. When
   * the signal is sent they may still run: a process whose main thread is writing to a slow disk
   * goes on answering for some 100 ms.
   */
  synchronized void freeze() {
    signal("STOP");
    Awaitility.await()
        .pollDelay(Duration.ZERO)
        .pollInterval(Duration.ofMillis(1))
        .atMost(Duration.ofSeconds(END_SECONDS))
        .until(() -> withChildren().stream().allMatch(ServerProcess::isStopped));
  }

  /** Whether no thread of it can run; true where the system has no {@code /proc} to ask. */
  private static boolean isStopped(ProcessHandle process) {
    Path threads = Path.of("/proc", String.valueOf(process.pid()), "task");
    try (Stream<Path> all = Files.list(threads)) {
      for (Path thread : all.toList()) {
        String stat = Files.readString(thread.resolve("stat"), StandardCharsets.ISO_8859_1);
        // "tid (name) state ...", where the name can hold anything.
        if ("TZX".indexOf(stat.charAt(stat.lastIndexOf(')') + 2)) < 0) {
          return false;
        }
      }
    } catch (IOException e) {
      // A thread has ended meanwhile, or the process.
      return !Files.exists(threads);
    }
    return true;
  }

  /** SIGCONT to the process and its children. */
  synchronized void thaw() {
    signal("CONT");
  }

  private void signal(String signal) {
    for (ProcessHandle process : withChildren()) {
      Command.run(List.of("kill", "-" + signal, String.valueOf(process.pid())), 10);
    }
  }

  /** Kills it and deletes its directory. */
  void close() {
    end();
    try {
      Runtime.getRuntime().removeShutdownHook(atExit);
    } catch (IllegalStateException e) {
      // The JVM is ending; the hook finds nothing left to do.
    }
  }

  private synchronized void end() {
    kill();
    FileTree.delete(directory);
  }
}
