package dev.milvuspool;

import java.util.List;

/** The threads of this process: which are alive, and how one passes the time. */
public final class Threads {
  private Threads() {}

  /** Lets so many moments pass without giving the processor away. */
  public static void spin(int times) {
    for (int i = 0; i < times; i++) {
      Thread.onSpinWait();
    }
  }

  /** The names of live threads that begin like this. */
  public static List<String> named(String prefix) {
    return Thread.getAllStackTraces().keySet().stream()
        .map(Thread::getName)
        .filter(name -> name.startsWith(prefix))
        .sorted()
        .toList();
  }
}
