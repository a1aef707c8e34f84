package dev.milvuspool;

import static org.assertj.core.api.Assertions.assertThat;

import dev.milvuspool.internal.common.Errors;
import java.io.IOException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Parameter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** docs/troubleshooting.md has an entry for all that the library can say. */
class TroubleshootingTest {
  private static final Path DOCUMENT = Path.of("docs", "troubleshooting.md");
  private static final Path SOURCES = Path.of("src", "main", "java");

  private static final Pattern ENTRIES =
      Pattern.compile("^```text\\n(.*?)^```", Pattern.MULTILINE | Pattern.DOTALL);

  /** A statement that logs at WARN or ERROR, with the texts that it is made of. */
  private static final Pattern LOGGED =
      Pattern.compile(
          "(?:logger\\s*\\.(?:warn|error)\\(|Level\\.WARN[^;]*?\\.log\\()\\s*"
              + "((?:\"(?:[^\"\\\\]|\\\\.)*\"\\s*\\+?\\s*)+)");

  private static final Pattern LOGGING =
      Pattern.compile("logger\\s*\\.(?:warn|error)\\(|Level\\.WARN");
  private static final Pattern TEXT = Pattern.compile("\"((?:[^\"\\\\]|\\\\.)*)\"");

  /** The lines in the blocks of messages. */
  private static List<String> entries() {
    return ENTRIES
        .matcher(Documents.read(DOCUMENT))
        .results()
        .flatMap(block -> block.group(1).lines())
        .toList();
  }

  private static Predicate<String> asPattern(String entry) {
    String regex =
        Arrays.stream(entry.split("…", -1)).map(Pattern::quote).collect(Collectors.joining(".+"));
    return Pattern.compile(regex, Pattern.DOTALL).asMatchPredicate();
  }

  @Test
  void everyMessageOfTheFactoryHasItsEntry() throws Exception {
    List<String> messages = messages();
    List<Predicate<String>> entries = entries().stream().map(e -> asPattern(e)).toList();

    assertThat(messages)
        .hasSizeGreaterThan(30)
        .allSatisfy(
            message -> assertThat(entries).as(message).anyMatch(entry -> entry.test(message)));
  }

  @Test
  void everyEntryIsOfAMessageThatThereIs() throws Exception {
    List<String> all = new ArrayList<>(messages());
    List<String> logged = logged();

    assertThat(entries())
        .allSatisfy(
            entry ->
                assertThat(logged.contains(entry) || all.stream().anyMatch(asPattern(entry)))
                    .as(entry)
                    .isTrue());
  }

  @Test
  void everyWarningHasItsEntry() {
    assertThat(logged()).hasSizeGreaterThan(5).allSatisfy(w -> assertThat(entries()).contains(w));
  }

  @Test
  void everyTypeAndReasonHasItsEntry() throws Exception {
    List<String> headings =
        Documents.read(DOCUMENT).lines().filter(line -> line.startsWith("### ")).toList();
    Stream<String> types;
    try (Stream<Path> files = Files.list(SOURCES.resolve("dev/milvuspool"))) {
      types =
          files
              .map(file -> file.getFileName().toString())
              .filter(name -> name.endsWith("Exception.java"))
              .map(name -> name.replace(".java", ""))
              .filter(name -> !name.equals("ClientConnectException")) // has one for each reason
              .toList()
              .stream();
    }
    Stream<String> reasons =
        Arrays.stream(ClientConnectException.Reason.values()).map(Enum::toString);

    assertThat(Stream.concat(types, reasons))
        .allSatisfy(name -> assertThat(headings).contains("### `" + name + "`"));
  }

  // ---- what the library says

  /** All messages that there are, each with and without what may be absent. */
  private static List<String> messages() throws Exception {
    List<String> messages = new ArrayList<>();
    for (Method method : Errors.class.getMethods()) {
      if (Modifier.isStatic(method.getModifiers()) && !method.getName().equals("cannotConnect")) {
        for (Object[] arguments : arguments(method.getParameters())) {
          Object made = method.invoke(null, arguments);
          messages.add(made instanceof Throwable error ? error.getMessage() : asCannot(made));
        }
      }
    }
    messages.add(new ClientNotFoundException("main").getMessage());
    messages.add(new ClientAlreadyExistsException("main").getMessage());
    messages.add(new PoolClosedException(null).getMessage());
    messages.add(new PoolClosedException("main").getMessage());
    messages.add("closing clients failed");
    return messages.stream().distinct().toList();
  }

  /** A reason as it stands in the message of a failure to connect. */
  private static String asCannot(Object why) {
    return Errors.cannotConnect(
            ClientConnectException.Reason.SERVER,
            "main",
            "milvus:19530",
            Duration.ofMillis(7),
            (String) why,
            null)
        .getMessage();
  }

  /** All combinations of examples of these parameters. */
  private static List<Object[]> arguments(Parameter[] parameters) {
    List<Object[]> all = new ArrayList<>();
    all.add(new Object[parameters.length]);
    for (int i = 0; i < parameters.length; i++) {
      List<Object[]> next = new ArrayList<>();
      for (Object[] before : all) {
        for (Object example : examples(parameters[i])) {
          Object[] arguments = before.clone();
          arguments[i] = example;
          next.add(arguments);
        }
      }
      all = next;
    }
    return all;
  }

  private static List<Object> examples(Parameter parameter) {
    List<Object> examples = new ArrayList<>(examples(parameter.getType()));
    if (parameter.getAnnotatedType().isAnnotationPresent(Nullable.class)) {
      examples.add(null);
    }
    return examples;
  }

  private static List<Object> examples(Class<?> type) {
    if (type == String.class) {
      return List.of("some text");
    }
    if (type == Duration.class) {
      return List.of(Duration.ofMillis(1_234));
    }
    if (type == Instant.class) {
      return List.of(Instant.EPOCH);
    }
    if (type == boolean.class) {
      return List.of(true, false);
    }
    if (type.isEnum()) {
      return List.of(type.getEnumConstants());
    }
    if (type == Object.class) {
      return List.of("a supplier");
    }
    if (type.isAssignableFrom(MilvusPoolException.class)) {
      return List.of(new MilvusPoolException("an earlier error", "main", null, null));
    }
    throw new AssertionError("no example of " + type + ": add one here");
  }

  /** The texts that are logged at WARN and above, with … for what is filled in. */
  private static List<String> logged() {
    List<String> logged = new ArrayList<>();
    try (Stream<Path> files = Files.walk(SOURCES)) {
      for (Path file : files.filter(each -> each.toString().endsWith(".java")).toList()) {
        String source = Documents.read(file);
        List<String> here =
            LOGGED
                .matcher(source)
                .results()
                .map(statement -> joined(statement.group(1)).replace("{}", "…"))
                .toList();
        assertThat(here)
            .as("statements of %s that log, all with a text of their own", file)
            .hasSize((int) LOGGING.matcher(source).results().count());
        logged.addAll(here);
      }
    } catch (IOException e) {
      throw new AssertionError(e);
    }
    return logged;
  }

  private static String joined(String literals) {
    return TEXT.matcher(literals)
        .results()
        .map(text -> text.group(1))
        .collect(Collectors.joining());
  }
}
