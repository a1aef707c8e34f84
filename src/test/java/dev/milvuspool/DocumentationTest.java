package dev.milvuspool;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import dev.milvuspool.scripted.ScriptedMilvus;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.milvus.v2.service.vector.request.InsertReq;
import io.milvus.v2.service.vector.request.QueryReq;
import java.lang.reflect.Constructor;
import java.lang.reflect.Field;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** The Java in the documents and the Javadoc compiles, and what is to be run runs. */
class DocumentationTest {
  /** An address in a sample; run, it is the scripted server's. */
  private static final Pattern ADDRESS = Pattern.compile("\"[a-z0-9.-]+:19530\"");

  @TempDir Path output;

  @TestFactory
  Stream<DynamicTest> everyJavaSampleCompiles() {
    List<DynamicTest> tests = new ArrayList<>();
    for (Documents.Sample sample : Documents.samples()) {
      tests.add(
          DynamicTest.dynamicTest(
              sample.toString(), () -> SampleCompiler.compile(sample, sample.source(), output)));
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

  @TestFactory
  Stream<DynamicTest> everyProgramRuns() {
    return Documents.programs().stream()
        .map(program -> DynamicTest.dynamicTest(program.toString(), () -> run(program)));
  }

  private void run(Documents.Program program) throws Exception {
    try (ScriptedMilvus server = ScriptedMilvus.start()) {
      DocumentedPrograms.run(program, server.address(), null, null, output);
    }
  }

  private void run(Documents.Sample sample) throws Exception {
    try (ScriptedMilvus server = ScriptedMilvus.start();
        MilvusPool pool = MilvusPool.create()) {
      server.databases("default", "my_db", "tenant_a", "tenant_b");
      server.collection("articles", Samples.DIMENSION);
      ClientOptions options = ClientOptions.builder().withAddress(server.address()).build();
      Client client = pool.add("main", options);
      String source = ADDRESS.matcher(sample.source()).replaceAll("\"" + server.address() + "\"");
      URL classes = SampleCompiler.compile(sample, source, output).toUri().toURL();
      try (URLClassLoader loader = new URLClassLoader(new URL[] {classes})) {
        Class<?> type = loader.loadClass(SampleCompiler.className(sample));
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
}
