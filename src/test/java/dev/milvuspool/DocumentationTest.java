package dev.milvuspool;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import dev.milvuspool.scripted.ScriptedMilvus;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.milvus.v2.service.vector.request.InsertReq;
import io.milvus.v2.service.vector.request.QueryReq;
import java.io.StringWriter;
import java.lang.reflect.Constructor;
import java.lang.reflect.Field;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** The Java in the documents and the Javadoc compiles, and what is to be run runs. */
class DocumentationTest {
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

  private static final Pattern DECLARATION =
      Pattern.compile("^(@|public |private |static |final |class |record )", Pattern.MULTILINE);

  /** An address in a sample; run, it is the scripted server's. */
  private static final Pattern ADDRESS = Pattern.compile("\"[a-z0-9.-]+:19530\"");

  @TempDir Path output;

  @TestFactory
  Stream<DynamicTest> everyJavaSampleCompiles() {
    List<DynamicTest> tests = new ArrayList<>();
    for (Documents.Sample sample : Documents.samples()) {
      tests.add(DynamicTest.dynamicTest(sample.toString(), () -> compile(sample, sample.source())));
    }
    assertThat(tests).isNotEmpty();
    return tests.stream();
  }

  @TestFactory
  Stream<DynamicTest> everyMarkedSampleRuns() {
    List<DynamicTest> tests = new ArrayList<>();
    for (Documents.Sample sample : Documents.samples()) {
      if (sample.runs()) {
        tests.add(DynamicTest.dynamicTest(sample.toString(), () -> run(sample)));
      }
    }
    assertThat(tests).isNotEmpty();
    return tests.stream();
  }

  private void run(Documents.Sample sample) throws Exception {
    try (ScriptedMilvus server = ScriptedMilvus.start();
        MilvusPool pool = MilvusPool.create()) {
      server.databases("default", "my_db", "tenant_a", "tenant_b");
      server.collection("articles", Samples.DIMENSION);
      ClientOptions options = ClientOptions.builder().withAddress(server.address()).build();
      Client client = pool.add("main", options);
      String source = ADDRESS.matcher(sample.source()).replaceAll("\"" + server.address() + "\"");
      URL classes = compile(sample, source).toUri().toURL();
      try (URLClassLoader loader = new URLClassLoader(new URL[] {classes})) {
        Class<?> type = loader.loadClass(className(sample));
        Optional<Method> main = main(type);
        if (main.isPresent()) {
          invoke(main.get(), null, (Object) new String[0]);
        } else {
          Constructor<?> constructor = type.getDeclaredConstructor();
          constructor.setAccessible(true);
          Object instance = constructor.newInstance();
          for (Map.Entry<String, Object> given : given(pool, client, options).entrySet()) {
            Field field = type.getDeclaredField(given.getKey());
            field.setAccessible(true);
            field.set(instance, given.getValue());
          }
          Method run = type.getDeclaredMethod("run");
          run.setAccessible(true);
          invoke(run, instance);
        }
      }
    }
  }

  private static Map<String, Object> given(MilvusPool pool, Client client, ClientOptions options) {
    List<Float> vector = Collections.nCopies(Samples.DIMENSION, 0.5f);
    List<JsonObject> rows = Samples.rows(0, 3);
    return Map.of(
        "pool",
        pool,
        "client",
        client,
        "options",
        options,
        "vector",
        vector,
        "rows",
        rows,
        "schema",
        Samples.schema(),
        "registry",
        new SimpleMeterRegistry(),
        "search",
        Samples.nearestTo("articles", 1).build(),
        "query",
        QueryReq.builder().collectionName("articles").filter("id >= 0").build(),
        "insert",
        InsertReq.builder().collectionName("articles").data(rows).build());
  }

  private static Optional<Method> main(Class<?> sample) {
    return Arrays.stream(sample.getDeclaredClasses())
        .flatMap(nested -> Arrays.stream(nested.getDeclaredMethods()))
        .filter(method -> method.getName().equals("main"))
        .findFirst();
  }

  private static void invoke(Method method, Object instance, Object... arguments) throws Exception {
    try {
      method.setAccessible(true);
      method.invoke(instance, arguments);
    } catch (InvocationTargetException e) {
      throw new AssertionError("the sample failed: " + e.getCause(), e.getCause());
    }
  }

  private static String className(Documents.Sample sample) {
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

  /** The directory in which the classes of the sample are then. */
  private Path compile(Documents.Sample sample, String text) throws Exception {
    String name = className(sample);
    String source = inClass(name, text);
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
    boolean compiled =
        ToolProvider.getSystemJavaCompiler()
            .getTask(
                errors,
                null,
                null,
                List.of("-proc:none", "-nowarn", "-d", classes.toString()),
                null,
                List.of(file))
            .call();

    assertThat(compiled).as("%s%n%s", errors, source).isTrue();
    return classes;
  }
}
