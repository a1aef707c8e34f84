package dev.milvuspool;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.StringWriter;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** What the documents say is true: their Java compiles, their tables tell the real defaults. */
class DocumentationTest {
  private static final Pattern JAVA_BLOCK =
      Pattern.compile("^```java\\n(.*?)^```", Pattern.MULTILINE | Pattern.DOTALL);

  /** What a sample may use without declaring it. */
  private static final String CONTEXT =
      """
      import com.google.gson.*;
      import dev.milvuspool.*;
      import dev.milvuspool.micrometer.*;
      import io.micrometer.core.instrument.*;
      import io.milvus.orm.iterator.*;
      import io.milvus.v2.client.*;
      import io.milvus.v2.common.*;
      import io.milvus.v2.exception.*;
      import io.milvus.v2.service.collection.request.*;
      import io.milvus.v2.service.collection.response.*;
      import io.milvus.v2.service.index.request.*;
      import io.milvus.v2.service.vector.request.*;
      import io.milvus.v2.service.vector.request.data.*;
      import io.milvus.v2.service.vector.response.*;
      import java.nio.file.*;
      import java.time.*;
      import java.util.*;
      import java.util.concurrent.*;
      """;

  private static final String FIELDS =
      """
        MilvusPool pool; Client client; ClientOptions options; List<Float> vector;
        List<JsonObject> rows; CreateCollectionReq.CollectionSchema schema; MeterRegistry registry;
        SearchReq search; QueryReq query; InsertReq insert;
      """;

  @TempDir Path output;

  static List<Path> documents() throws IOException {
    List<Path> documents = new ArrayList<>(List.of(Path.of("README.md"), Path.of("CHANGELOG.md")));
    try (Stream<Path> docs = Files.walk(Path.of("docs"))) {
      docs.filter(file -> file.toString().endsWith(".md")).sorted().forEach(documents::add);
    } catch (java.nio.file.NoSuchFileException none) {
      // no directory yet
    }
    return documents;
  }

  @TestFactory
  Stream<DynamicTest> everyJavaSampleCompiles() throws IOException {
    List<DynamicTest> tests = new ArrayList<>();
    for (Path document : documents()) {
      Matcher blocks = JAVA_BLOCK.matcher(Files.readString(document));
      for (int number = 1; blocks.find(); number++) {
        String sample = blocks.group(1);
        String name = "Sample" + number;
        tests.add(
            DynamicTest.dynamicTest(
                document + " sample " + number, () -> compile(name, inClass(name, sample))));
      }
    }
    assertThat(tests).isNotEmpty();
    return tests.stream();
  }

  private static String inClass(String name, String sample) {
    boolean declares =
        Pattern.compile("^(@|public |final |class |record )", Pattern.MULTILINE)
            .matcher(sample)
            .find();
    String imports =
        sample
            .lines()
            .filter(line -> line.startsWith("import "))
            .reduce("", (a, b) -> a + b + "\n");
    String body =
        sample
            .lines()
            .filter(line -> !line.startsWith("import "))
            .reduce("", (a, b) -> a + b + "\n");
    return CONTEXT
        + imports
        + "class "
        + name
        + " {\n"
        + FIELDS
        + (declares
            ? body.replaceAll("(?m)^public (final )?class", "static $1class")
            : "void run() throws Exception {\n" + body + "\n}\n")
        + "}\n";
  }

  private void compile(String name, String source) {
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    JavaFileObject file =
        new SimpleJavaFileObject(
            URI.create("string:///" + name + ".java"), JavaFileObject.Kind.SOURCE) {
          @Override
          public CharSequence getCharContent(boolean ignoreErrors) {
            return source;
          }
        };
    StringWriter errors = new StringWriter();
    boolean compiled =
        compiler
            .getTask(
                errors,
                null,
                null,
                List.of("-proc:none", "-nowarn", "-d", output.toString()),
                null,
                List.of(file))
            .call();

    assertThat(compiled).as("%s%n%s", errors, source).isTrue();
  }

  @Test
  void theOptionsTableTellsTheRealDefaults() throws IOException {
    String readme = Files.readString(Path.of("README.md"));

    assertRow(readme, "`withAddress`", "`" + ClientOptions.DEFAULT_ADDRESS + "`");
    assertRow(
        readme,
        "`withRetry`",
        ClientOptions.DEFAULT_MAX_RETRIES + ", " + told(ClientOptions.DEFAULT_MAX_RETRY_BACKOFF));
    assertRow(readme, "`withConnectTimeout`", told(ClientOptions.DEFAULT_CONNECT_TIMEOUT));
    assertRow(
        readme,
        "`withDeadline`, `withAdminDeadline`",
        told(ClientOptions.DEFAULT_DEADLINE) + ", " + told(ClientOptions.DEFAULT_ADMIN_DEADLINE));
    assertRow(
        readme,
        "`withKeepAlive`",
        told(ClientOptions.DEFAULT_KEEP_ALIVE_TIME)
            + ", "
            + told(ClientOptions.DEFAULT_KEEP_ALIVE_TIMEOUT)
            + ", "
            + ClientOptions.DEFAULT_KEEP_ALIVE_WITHOUT_CALLS);
    assertRow(
        readme,
        "`withReconnectBackoff`",
        told(ClientOptions.DEFAULT_RECONNECT_BACKOFF_MIN)
            + ", "
            + told(ClientOptions.DEFAULT_RECONNECT_BACKOFF_MAX));
    assertRow(
        readme, "`withHealthCheckInterval`", told(ClientOptions.DEFAULT_HEALTH_CHECK_INTERVAL));
    assertRow(readme, "`withWaitForReady`", "" + ClientOptions.DEFAULT_WAIT_FOR_READY);
    assertRow(readme, "`withConnections`", "" + ClientOptions.DEFAULT_CONNECTIONS);
    assertRow(readme, "`withDrainTimeout`", told(ClientOptions.DEFAULT_DRAIN_TIMEOUT));
  }

  private static void assertRow(String document, String method, String value) {
    assertThat(document).contains("| " + method + " | " + value + " |");
  }

  private static String told(java.time.Duration duration) {
    return duration.toMillis() < 1_000 ? duration.toMillis() + " ms" : duration.toSeconds() + " s";
  }
}
