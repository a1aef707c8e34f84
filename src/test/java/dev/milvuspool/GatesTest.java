package dev.milvuspool;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Compiles with this project's own pom.xml what must not compile. */
class GatesTest {
  @TempDir Path project;

  @BeforeEach
  void copyTheBuild() throws IOException {
    Files.createDirectories(project.resolve(".mvn"));
    for (String file : List.of("pom.xml", ".mvn/jvm.config")) {
      Files.copy(Path.of(file), project.resolve(file));
    }
  }

  @Test
  void whatErrorProneAndNullAwayFindDoesNotCompile() throws Exception {
    Build build =
        compile(
            """
            package dev.milvuspool.internal.channel;

            final class Snippet {
              static int length(@org.jspecify.annotations.Nullable String text) {
                return text.length();
              }

              static boolean same(int[] one, int[] other) {
                return one.equals(other);
              }
            }
            """);

    assertThat(build.failed()).isTrue();
    assertThat(build.output())
        .containsPattern("ERROR.*Snippet.java:\\[5,.*\\[NullAway\\] dereferenced expression")
        .containsPattern("ERROR.*Snippet.java:\\[9,.*\\[ArrayEquals\\]");
  }

  @Test
  void anErrorProneWarningDoesNotCompile() throws Exception {
    Build build =
        compile(
            """
            package dev.milvuspool;

            final class Snippet {
              static byte[] bytes(String text) {
                return text.getBytes();
              }
            }
            """);

    assertThat(build.failed()).isTrue();
    assertThat(build.output())
        .contains("Snippet.java:[5,", "[DefaultCharset]", "warnings found and -Werror specified");
  }

  @Test
  void aLintWarningDoesNotCompile() throws Exception {
    Build build =
        compile(
            """
            package dev.milvuspool;

            final class Snippet {
              static void add(java.util.List list) {}
            }
            """);

    assertThat(build.failed()).isTrue();
    assertThat(build.output())
        .contains("Snippet.java:[4,", "found raw type", "warnings found and -Werror specified");
  }

  private record Build(boolean failed, String output) {}

  private Build compile(String source) throws IOException, InterruptedException {
    String name = source.substring("package ".length(), source.indexOf(';'));
    Path folder =
        Files.createDirectories(project.resolve("src/main/java/" + name.replace('.', '/')));
    Files.writeString(
        folder.resolve("package-info.java"),
        "@org.jspecify.annotations.NullMarked\npackage " + name + ";\n");
    Files.writeString(folder.resolve("Snippet.java"), source);
    Path output = project.resolve("output.txt");

    ProcessBuilder builder =
        new ProcessBuilder(
                maven(),
                "--batch-mode",
                "--offline",
                "-Dmaven.repo.local=" + System.getProperty("maven.localRepository"),
                "-Denforcer.skip",
                "-Djacoco.skip",
                "compile")
            .directory(project.toFile())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile());
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    builder.environment().put("MAVEN_OPTS", "-Duser.language=en");
    Process process = builder.start();
    try {
      assertThat(process.waitFor(2, TimeUnit.MINUTES)).as("the compilation ended").isTrue();
    } finally {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
    }
    return new Build(process.exitValue() != 0, Files.readString(output));
  }

  private static String maven() {
    boolean windows = System.getProperty("os.name").startsWith("Windows");
    return Path.of(System.getProperty("maven.home"), "bin", windows ? "mvn.cmd" : "mvn").toString();
  }
}
