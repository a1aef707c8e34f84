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

  /** A cell of a table that is a message, or its beginning: no other one has code alone. */
  private static final Pattern ENTRY = Pattern.compile("(?<=\\| )`([^`|]+ [^`|]+)`(?= \\|)");

  /** Before the reasons in the messages of a {@link ClientConnectException}. */
  private static final String CANNOT_CONNECT =
      "(?:client \\S+ cannot connect to \\S+ after \\d+ ms: )?";

  /** A statement that logs at WARN or ERROR, with the texts that it is made of. */
  private static final Pattern LOGGED =
      Pattern.compile(
          "(?:logger\\s*\\.(?:warn|error)\\(|Level\\.WARN[^;]*?\\.log\\()\\s*"
              + "((?:\"(?:[^\"\\\\]|\\\\.)*\"\\s*\\+?\\s*)+)");

  private static final Pattern LOGGING =
      Pattern.compile("logger\\s*\\.(?:warn|error)\\(|Level\\.WARN");
  private static final Pattern TEXT = Pattern.compile("\"((?:[^\"\\\\]|\\\\.)*)\"");

  private static List<String> entries() {
    return ENTRY.matcher(Documents.read(DOCUMENT)).results().map(cell -> cell.group(1)).toList();
  }

  /** What begins as the entry says, where … stands for a word. */
  private static Predicate<String> asPattern(String entry) {
    String regex =
        Arrays.stream(entry.split("…", -1)).map(Pattern::quote).collect(Collectors.joining("\\S+"));
    Pattern pattern = Pattern.compile(CANNOT_CONNECT + regex);
    return message -> pattern.matcher(message).lookingAt();
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
    List<String> all = messages();
    List<String> logged = logged();

    assertThat(entries())
        .allSatisfy(
            entry ->
                assertThat(Stream.concat(all.stream(), logged.stream()))
                    .as(entry)
                    .anyMatch(asPattern(entry)));
  }

  @Test
  void everyWarningHasItsEntry() {
    List<Predicate<String>> entries = entries().stream().map(e -> asPattern(e)).toList();

    assertThat(logged())
        .hasSizeGreaterThan(5)
        .allSatisfy(line -> assertThat(entries).as(line).anyMatch(entry -> entry.test(line)));
  }

  @Test
  void everyTypeAndReasonHasItsEntry() throws Exception {
    List<String> lines = Documents.read(DOCUMENT).lines().toList();
    List<String> types;
    try (Stream<Path> files = Files.list(SOURCES.resolve("dev/milvuspool"))) {
      types =
          files
              .map(file -> file.getFileName().toString())
              .filter(name -> name.endsWith("Exception.java"))
              .map(name -> name.replace(".java", ""))
              .filter(name -> !name.equals("ClientConnectException")) // has one for each reason
              .toList();
    }
    assertThat(types)
        .isNotEmpty()
        .allSatisfy(
            name ->
                assertThat(lines)
                    .anyMatch(line -> line.equals("### `" + name + "`") || isRowOf(name, line)));
    assertThat(ClientConnectException.Reason.values())
        .allSatisfy(reason -> assertThat(lines).anyMatch(line -> isRowOf(reason.toString(), line)));
  }

  private static boolean isRowOf(String name, String line) {
    return line.startsWith("| `" + name + "` |");
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
      return List.of("something"); // one word, as the names that stand in its place
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
