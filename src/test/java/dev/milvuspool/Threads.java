package dev.milvuspool;

import java.util.List;

/** The live threads of this process, by name. */
final class Threads {
  private Threads() {}

  /** The names of live threads that begin like this. */
  static List<String> named(String prefix) {
    return Thread.getAllStackTraces().keySet().stream()
        .map(Thread::getName)
        .filter(name -> name.startsWith(prefix))
        .sorted()
        .toList();
  }
}
