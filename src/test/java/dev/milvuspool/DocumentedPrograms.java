package dev.milvuspool;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Runs the programs that stand in the documents, as they are but for the server's address. */
final class DocumentedPrograms {
  private DocumentedPrograms() {}

  /** Runs it to its end, which it says. */
  static void run(
      Documents.Program program,
      String address,
      @Nullable String username,
      @Nullable String password,
      Path output)
      throws Exception {
    String source = program.source().replace("\"localhost:19530\"", "\"" + address + "\"");
    if (username != null) {
      source = source.replace("\"root\", \"Milvus\"", "\"" + username + "\", \"" + password + "\"");
    }
    URL classes = SampleCompiler.compile(program.name(), source, output).toUri().toURL();
    PrintStream before = System.out;
    ByteArrayOutputStream said = new ByteArrayOutputStream();
    try (URLClassLoader loader = new URLClassLoader(new URL[] {classes})) {
      Method main = loader.loadClass(program.name()).getMethod("main", String[].class);
      System.setOut(new PrintStream(said, true, StandardCharsets.UTF_8));
      main.invoke(null, (Object) new String[0]);
    } catch (InvocationTargetException e) {
      throw new AssertionError(program + " failed: " + e.getCause(), e.getCause());
    } finally {
      System.setOut(before);
    }
    assertThat(said.toString(StandardCharsets.UTF_8)).contains("found").endsWith("done\n");
  }
}
