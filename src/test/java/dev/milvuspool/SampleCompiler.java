package dev.milvuspool;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.StringWriter;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.StandardJavaFileManager;
import javax.tools.StandardLocation;
import javax.tools.ToolProvider;

/** Compiles the Java of a document, each block inside a class of its own. */
final class SampleCompiler {
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
      import java.util.concurrent.atomic.*;
      """;

  private static final String FIELDS =
      """
        MilvusPool pool; Client client; ClientOptions options; List<Float> vector;
        List<JsonObject> rows; CreateCollectionReq.CollectionSchema schema; MeterRegistry registry;
        SearchReq search; QueryReq query; InsertReq insert;
      """;

  private static final Pattern DECLARATION =
      Pattern.compile("^(@|public |private |static |final |class |record )", Pattern.MULTILINE);

  private static final JavaCompiler COMPILER = ToolProvider.getSystemJavaCompiler();

  /** One for all compilations: to read the class path takes longer than to compile a sample. */
  private static final StandardJavaFileManager FILES =
      COMPILER.getStandardFileManager(null, null, null);

  private SampleCompiler() {}

  /** The class that the sample is in. */
  static String className(Documents.Sample sample) {
    return "Sample" + sample.number();
  }

  private static String inClass(String name, String sample) {
    Map<Boolean, List<String>> lines =
        sample.lines().collect(Collectors.partitioningBy(line -> line.startsWith("import ")));
    String imports = String.join("\n", lines.get(true));
    String body = String.join("\n", lines.get(false));
    return CONTEXT
        + imports
        + "\nclass "
        + name
        + " {\n"
        + FIELDS
        + (DECLARATION.matcher(sample).find()
            ? body.replaceAll("(?m)^(public )?(final )?class", "static class")
            : "void run() throws Exception {\n" + body + "\n}")
        + "\n}\n";
  }

  /**
   * Compiles a sample.
   *
   * @param text its source, perhaps with another address
   * @param output where the classes go
   * @return the directory in which they are then
   */
  static Path compile(Documents.Sample sample, String text, Path output) throws Exception {
    String name = className(sample);
    return compile(name, inClass(name, text), output);
  }

  /**
   * Compiles a program as it is.
   *
   * @param name of its class
   * @param output where the classes go
   * @return the directory in which they are then
   */
  static synchronized Path compile(String name, String source, Path output) throws Exception {
    JavaFileObject file =
        new SimpleJavaFileObject(
            URI.create("string:///" + name + ".java"), JavaFileObject.Kind.SOURCE) {
          @Override
          public CharSequence getCharContent(boolean ignoreErrors) {
            return source;
          }
        };
    StringWriter errors = new StringWriter();
    Path classes = Files.createTempDirectory(output, name);
    FILES.setLocationFromPaths(StandardLocation.CLASS_OUTPUT, List.of(classes));
    boolean compiled =
        COMPILER
            .getTask(errors, FILES, null, List.of("-proc:none", "-nowarn"), null, List.of(file))
            .call();

    assertThat(compiled).as("%s%n%s", errors, source).isTrue();
    return classes;
  }
}
