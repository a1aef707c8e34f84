package dev.milvuspool.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** JVMs like this one. */
final class Jvm {
  private Jvm() {}

  /** Starts a main class; what it says of errors is shown, what it prints is the caller's. */
  static Process start(Class<?> main, List<String> jvmArguments, List<String> arguments)
      throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(jvmArguments);
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
    command.addAll(arguments);
    return new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
  }

  /** Logs as this JVM does. */
  static List<String> logging() {
    String file = System.getProperty("logback.configurationFile");
    return file == null ? List.of() : List.of("-Dlogback.configurationFile=" + file);
  }
}
