package dev.milvuspool;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The POM, the changelog and the documents agree on the version and its date. */
class ReleaseTest {
  private static final Pattern HEADING =
      Pattern.compile("^## (\\S+)(?: \\((\\d{4}-\\d\\d-\\d\\d)\\))?$", Pattern.MULTILINE);

  private static final Pattern COORDINATES =
      Pattern.compile(
          "dev\\.milvuspool:milvus-pool:([\\w.-]+)"
              + "|<artifactId>milvus-pool</artifactId>\\s*<version>([\\w.-]+)<");

  private final String pom = Documents.read(Path.of("pom.xml"));
  private final List<Version> changelog =
      HEADING
          .matcher(Documents.read(Path.of("CHANGELOG.md")))
          .results()
          .map(heading -> new Version(heading.group(1), heading.group(2)))
          .toList();

  /** A heading of the changelog; without a date it is not released. */
  private record Version(String name, @Nullable String date) {}

  private Version latestRelease() {
    return changelog.stream().filter(version -> version.date() != null).findFirst().orElseThrow();
  }

  private String ofPom(String element) {
    MatchResult found =
        Pattern.compile("<" + element + ">(.*?)</")
            .matcher(pom)
            .results()
            .findFirst()
            .orElseThrow();
    return found.group(1);
  }

  @Test
  void theChangelogBeginsWithTheVersionOfThePom() {
    String version = ofPom("version");

    assertThat(changelog.get(0))
        .isEqualTo(
            version.endsWith("-SNAPSHOT")
                ? new Version("Unreleased", null)
                : new Version(version, latestRelease().date()));
  }

  @Test
  void theArchivesHaveTheDateOfTheLatestRelease() {
    assertThat(ofPom("project.build.outputTimestamp"))
        .isEqualTo(latestRelease().date() + "T00:00:00Z");
  }

  @Test
  void theDocumentsNameTheLatestRelease() {
    List<String> named =
        Documents.all().stream()
            .flatMap(document -> COORDINATES.matcher(Documents.read(document)).results())
            .map(found -> found.group(1) != null ? found.group(1) : found.group(2))
            .toList();

    assertThat(named).hasSizeGreaterThan(2).containsOnly(latestRelease().name());
  }

  @Test
  void thePageOfLangChain4jNamesTheVersionThatIsRun() {
    String version =
        Documents.read(Path.of("src", "it", "langchain4j", "pom.xml"))
            .replaceAll("(?s).*langchain4j-milvus-v2</artifactId>\\s*<version>(.*?)<.*", "$1");

    assertThat(Documents.read(Path.of("docs", "integrations.md")))
        .contains("`langchain4j-milvus-v2` " + version);
  }

  @Test
  void thePageOfSpringBootNamesTheVersionsThatAreRun() {
    assertThat(Documents.read(Path.of("docs", "integrations.md")))
        .contains("| " + ofPom("spring-boot.version") + " | " + ofPom("spring-boot-3.version"));
  }
}
