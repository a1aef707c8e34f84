package dev.milvuspool;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The project's Markdown files, and the Java that stands in them and in the Javadoc. */
final class Documents {
  /** Before a sample that is not only compiled but run as well. */
  private static final String RUN = "<!-- run -->";

  /**
   * Before a block of a program: a document's blocks of this kind are, one after the other, one
   * program with all its imports.
   */
  private static final String PART = "<!-- part -->";

  private static final Pattern JAVA_BLOCK =
      Pattern.compile(
          "^(" + RUN + "\\n|" + PART + "\\n)?```java\\n(.*?)^```",
          Pattern.MULTILINE | Pattern.DOTALL);

  private static final Pattern MAIN_CLASS = Pattern.compile("public final class (\\w+)");

  private static final Pattern JAVADOC_BLOCK =
      Pattern.compile(
          "^ *\\* <pre>\\{@code\\n(.*?)^ *\\* \\}</pre>", Pattern.MULTILINE | Pattern.DOTALL);

  private static final Pattern ANY_BLOCK =
      Pattern.compile("^```.*?^```", Pattern.MULTILINE | Pattern.DOTALL);

  private Documents() {}

  /**
   * A block of Java in a document or in the Javadoc, where each is to be run.
   *
   * @param document where it stands
   * @param number counts the document's blocks from 1
   * @param source what is in it
   * @param runs whether it is to be run, too
   */
  record Sample(Path document, int number, String source, boolean runs) {
    @Override
    public String toString() {
      return document + " sample " + number;
    }
  }

  static List<Path> all() {
    List<Path> documents = new ArrayList<>();
    try (Stream<Path> top = Files.list(Path.of(""))) {
      top.filter(file -> file.toString().endsWith(".md")).sorted().forEach(documents::add);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    documents.addAll(below(Path.of("docs"), ".md"));
    return documents;
  }

  private static List<Path> below(Path directory, String ending) {
    try (Stream<Path> files = Files.walk(directory)) {
      return files.filter(file -> file.toString().endsWith(ending)).sorted().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static String read(Path document) {
    try {
      return Files.readString(document);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The text of a document without its blocks of code. */
  static String prose(Path document) {
    return ANY_BLOCK.matcher(read(document)).replaceAll("");
  }

  static List<Sample> samples() {
    List<Sample> samples = new ArrayList<>();
    for (Path document : all()) {
      Matcher blocks = JAVA_BLOCK.matcher(read(document));
      for (int number = 1; blocks.find(); number++) {
        if (!isPart(blocks.group(1))) {
          samples.add(new Sample(document, number, blocks.group(2), blocks.group(1) != null));
        }
      }
    }
    for (Path source : below(Path.of("src", "main", "java"), ".java")) {
      Matcher blocks = JAVADOC_BLOCK.matcher(read(source));
      for (int number = 1; blocks.find(); number++) {
        String text = blocks.group(1).replaceAll("(?m)^ *\\* ?", "");
        samples.add(new Sample(source, number, text, true));
      }
    }
    return samples;
  }

  private static boolean isPart(@Nullable String marker) {
    return marker != null && marker.startsWith(PART);
  }

  /**
   * A program that a document tells in one block or several.
   *
   * @param document where it stands
   * @param name of its class
   * @param source all that is in it
   */
  record Program(Path document, String name, String source) {
    @Override
    public String toString() {
      return document + " program " + name;
    }
  }

  static List<Program> programs() {
    List<Program> programs = new ArrayList<>();
    for (Path document : all()) {
      String source =
          JAVA_BLOCK
              .matcher(read(document))
              .results()
              .filter(block -> isPart(block.group(1)))
              .map(block -> block.group(2))
              .collect(Collectors.joining());
      Matcher name = MAIN_CLASS.matcher(source);
      if (name.find()) {
        programs.add(new Program(document, name.group(1), source));
      } else if (!source.isEmpty()) {
        throw new IllegalStateException(document + " has parts of a program without a class");
      }
    }
    return programs;
  }
}
