package dev.milvuspool;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The project's Markdown files, and the Java that stands in them and in the Javadoc. */
final class Documents {
  /** Before a sample that is not only compiled but run as well. */
  private static final String RUN = "<!-- run -->";

  private static final Pattern JAVA_BLOCK =
      Pattern.compile("^(" + RUN + "\\n)?```java\\n(.*?)^```", Pattern.MULTILINE | Pattern.DOTALL);

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
        samples.add(new Sample(document, number, blocks.group(2), blocks.group(1) != null));
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
}
