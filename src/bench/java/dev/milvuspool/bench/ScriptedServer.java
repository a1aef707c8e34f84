package dev.milvuspool.bench;

import dev.milvuspool.scripted.ScriptedMilvus;
import java.io.BufferedReader;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A scripted Milvus in a process of its own, so that it shares no heap and no JIT with callers. */
final class ScriptedServer implements AutoCloseable {
  private static final String READY = "PORT ";

  private final List<String> options;
  private @Nullable Process process;
  private int port;

  private ScriptedServer(List<String> options) {
    this.options = options;
  }

  /** Starts one with options of {@link ScriptedMilvus#main}. */
  static ScriptedServer start(String... options) throws IOException {
    ScriptedServer server = new ScriptedServer(List.of(options));
    server.restart();
    return server;
  }

  Target target() {
    return new Target("127.0.0.1:" + port);
  }

  /** Starts it again where it was; it has forgotten everything. */
  void restart() throws IOException {
    List<String> arguments = new ArrayList<>(List.of("--port", Integer.toString(port)));
    arguments.addAll(options);
    Process started = Jvm.start(ScriptedMilvus.class, Jvm.logging(), arguments);
    process = started;
    BufferedReader output = started.inputReader();
    for (String line = output.readLine(); line != null; line = output.readLine()) {
      if (line.startsWith(READY)) {
        port = Integer.parseInt(line.substring(READY.length()));
        return;
      }
    }
    throw new IOException("the scripted server did not start");
  }

  /** SIGKILL; returns when it is gone. */
  void kill() throws InterruptedException {
    if (process != null) {
      process.destroyForcibly().waitFor();
    }
  }

  @Override
  public void close() {
    if (process != null) {
      process.destroyForcibly();
    }
  }
}
