package dev.milvuspool.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.Writer;
import java.util.List;

/**
 * A JVM with a thousand clients, which says that it is ready, and then does what it is told. It
 * ends by itself when nobody is left to tell it anything.
 */
final class ClientsJvm {
  private final Subject subject;
  private final Process process;
  private final BufferedReader said;
  private final Writer told;

  /** Returns when it is ready. */
  ClientsJvm(Class<?> main, Subject subject, Target target) throws IOException {
    this.subject = subject;
    process = Jvm.start(main, List.of(target.jvmArguments()), List.of(subject.name()));
    said = process.inputReader();
    told = process.outputWriter();
    listen();
  }

  /** Tells it to go on. */
  void tell() throws IOException {
    told.write(System.lineSeparator());
    told.flush();
  }

  /** The next line that it says. */
  String listen() throws IOException {
    String line = said.readLine();
    if (line == null) {
      throw failed();
    }
    return line;
  }

  /** Tells it that there is no more to do; what it says then. */
  List<String> end() throws IOException, InterruptedException {
    told.close();
    List<String> lines = said.lines().toList();
    if (process.waitFor() != 0) {
      throw failed();
    }
    return lines;
  }

  private IOException failed() {
    return new IOException(
        ThousandClients.CLIENTS + " clients of " + subject.label() + " failed: see above");
  }
}
