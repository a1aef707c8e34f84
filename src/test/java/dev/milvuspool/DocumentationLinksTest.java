package dev.milvuspool;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** A link in a document leads to a file, or a heading, that is there. */
class DocumentationLinksTest {
  private static final Pattern LINK = Pattern.compile("\\]\\(([^)\\s]+)\\)");
  private static final Pattern HEADING = Pattern.compile("^#+ (.+)$", Pattern.MULTILINE);

  @TestFactory
  Stream<DynamicTest> everyLinkLeadsSomewhere() {
    return Documents.all().stream()
        .map(document -> DynamicTest.dynamicTest(document.toString(), () -> check(document)));
  }

  private static void check(Path document) {
    List<String> broken = new ArrayList<>();
    Matcher links = LINK.matcher(Documents.prose(document));
    while (links.find()) {
      String link = links.group(1);
      if (!link.contains("://") && !leadsSomewhere(document, link)) {
        broken.add(link);
      }
    }
    assertThat(broken).isEmpty();
  }

  private static boolean leadsSomewhere(Path document, String link) {
    String[] parts = link.split("#", 2);
    Path target = parts[0].isEmpty() ? document : document.resolveSibling(parts[0]).normalize();
    return Files.exists(target) && (parts.length == 1 || anchors(target).contains(parts[1]));
  }

  /** The headings as they are linked to: lower case, hyphens for spaces, no other signs. */
  private static Set<String> anchors(Path document) {
    return HEADING
        .matcher(Documents.prose(document))
        .results()
        .map(heading -> heading.group(1).toLowerCase(Locale.ROOT))
        .map(heading -> heading.replaceAll("[^\\p{L}\\p{N} _-]", "").replace(' ', '-'))
        .collect(Collectors.toSet());
  }
}
