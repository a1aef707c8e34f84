package dev.milvuspool.server;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** A way to start a real Milvus. */
enum Way {
  /** A container. */
  DOCKER("Docker") {
    @Override
    @Nullable String absence() {
      return MilvusInDocker.dockerAnswers() ? null : "Docker does not answer";
    }

    @Override
    MilvusServer start(Setup setup) {
      return MilvusInDocker.start(setup);
    }
  },

  /** The full server as a local process, from PyPI. */
  PROCESS("Python 3") {
    @Override
    @Nullable String absence() {
      return PythonPackage.absence();
    }

    @Override
    MilvusServer start(Setup setup) {
      return MilvusProcess.start(setup);
    }
  },

  /** Milvus Lite as a local process, from PyPI: never taken unless asked for. */
  LITE("Python 3") {
    @Override
    @Nullable String absence() {
      return PythonPackage.absence();
    }

    @Override
    MilvusServer start(Setup setup) {
      return MilvusLite.start();
    }
  };

  private final String label;

  Way(String label) {
    this.label = label;
  }

  /** What it needs on this machine. */
  String label() {
    return label;
  }

  /** Why there is no such way on this machine, or null where there is. */
  abstract @Nullable String absence();

  /** Starts a server; one that does not come up leaves nothing behind. */
  abstract MilvusServer start(Setup setup);

  /** What MILVUS_SERVER asks for, or null. */
  static @Nullable Way asked() {
    String set = System.getenv("MILVUS_SERVER");
    if (set == null || set.isBlank()) {
      return null;
    }
    for (Way way : values()) {
      if (way.name().equals(set.strip().toUpperCase(Locale.ROOT))) {
        return way;
      }
    }
    throw new IllegalStateException(
        "MILVUS_SERVER is " + set + "; it can be docker, process or lite");
  }
}
