package dev.milvuspool.internal.config;

import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.Locale;

/** Suggests the known word that is nearest to an unknown one, by edit distance. */
final class DidYouMean {
  private DidYouMean() {}

  static String nearest(String word, Collection<String> known) {
    return Collections.min(
        known,
        Comparator.<String>comparingInt(each -> distance(word, each)).thenComparing(each -> each));
  }

  /** The edits between two words (Levenshtein), camelCase and underscores aside. */
  static int distance(String word, String other) {
    String a = kebab(word);
    String b = kebab(other);
    int[] row = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      row[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int replaced = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(replaced, 1 + Math.min(row[j], row[j - 1]));
      }
    }
    return row[b.length()];
  }

  private static String kebab(String word) {
    return word.replaceAll("(?<=[a-z])(?=[A-Z])", "-").replace('_', '-').toLowerCase(Locale.ROOT);
  }
}
