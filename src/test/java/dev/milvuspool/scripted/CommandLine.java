package dev.milvuspool.scripted;

import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;

/**
 * Runs a {@link ScriptedMilvus} in a process of its own. Options, all with a value: {@code --port}
 * (0: a free one), {@code --delay-micros} (before each answer), {@code --delay-method} (the only
 * one that is delayed), {@code --max-calls} (concurrent calls a connection), {@code --bandwidth}
 * (bytes a second to the server; 0: no limit), {@code --rows} (found by a search or query), {@code
 * --collection} and {@code --dimension} (of the collection it has; bench, 8), {@code --threads}.
 */
final class CommandLine {
  private CommandLine() {}

  static void run(String[] arguments) throws IOException {
    Map<String, String> options = new HashMap<>();
    options.put("--port", "0");
    options.put("--delay-micros", "0");
    options.put("--delay-method", ScriptedMilvus.ALL);
    options.put("--max-calls", "0");
    options.put("--bandwidth", "0");
    options.put("--rows", "3");
    options.put("--collection", "bench");
    options.put("--dimension", "8");
    options.put("--threads", Integer.toString(Runtime.getRuntime().availableProcessors()));
    for (int i = 0; i < arguments.length; i += 2) {
      if (!options.containsKey(arguments[i]) || i + 1 == arguments.length) {
        throw new IllegalArgumentException(
            arguments[i] + ": expected one of " + options.keySet() + " and its value");
      }
      options.put(arguments[i], arguments[i + 1]);
    }
    ScriptedMilvus.Builder builder =
        ScriptedMilvus.builder()
            .port(Integer.parseInt(options.get("--port")))
            .threads(Integer.parseInt(options.get("--threads")))
            .maxConcurrentCallsPerConnection(Integer.parseInt(options.get("--max-calls")));
    long bandwidth = Long.parseLong(options.get("--bandwidth"));
    if (bandwidth > 0) {
      builder.bandwidth(bandwidth);
    }
    try (ScriptedMilvus milvus = builder.start()) {
      milvus
          .resultRows(Integer.parseInt(options.get("--rows")))
          .collection(options.get("--collection"), Integer.parseInt(options.get("--dimension")));
      long delay = Long.parseLong(options.get("--delay-micros"));
      if (delay > 0) {
        milvus.delay(options.get("--delay-method"), Duration.ofNanos(delay * 1000));
      }
      System.out.println("PORT " + milvus.port());
      System.out.flush();
      awaitEnd(System.in);
    }
  }

  private static void awaitEnd(InputStream input) throws IOException {
    byte[] ignored = new byte[256];
    while (input.read(ignored) >= 0) {
      // Only the end of it matters.
    }
  }
}
