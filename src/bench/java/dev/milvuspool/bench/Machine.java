package dev.milvuspool.bench;

import io.milvus.v2.client.MilvusClientV2;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What the figures depend on. */
final class Machine {
  private Machine() {}

  static String description() {
    return Runtime.getRuntime().availableProcessors()
        + " × "
        + processor()
        + ", "
        + System.getProperty("os.name")
        + " "
        + System.getProperty("os.version")
        + " "
        + System.getProperty("os.arch")
        + "; JDK "
        + System.getProperty("java.vm.version")
        + " ("
        + System.getProperty("java.vm.name")
        + "); SDK "
        + sdkVersion();
  }

  private static String processor() {
    try {
      return Files.readAllLines(Path.of("/proc/cpuinfo")).stream()
          .filter(line -> line.startsWith("model name"))
          .map(line -> line.substring(line.indexOf(':') + 1).strip())
          .findFirst()
          .orElse("processors");
    } catch (IOException e) {
      return "processors";
    }
  }

  /** The version in the name of the SDK's jar. */
  private static String sdkVersion() {
    Path jar =
        Path.of(MilvusClientV2.class.getProtectionDomain().getCodeSource().getLocation().getPath());
    return String.valueOf(jar.getFileName()).replaceAll("milvus-sdk-java-|\\.jar", "");
  }
}
