package dev.milvuspool.bench;

import io.milvus.v2.client.MilvusClientV2;
import java.nio.file.Path;

/** What the figures depend on. */
final class Machine {
  private Machine() {}

  static String description() {
    return Runtime.getRuntime().availableProcessors()
        + " vCPU, "
        + System.getProperty("os.name")
        + " "
        + System.getProperty("os.arch")
        + "; JDK "
        + System.getProperty("java.version")
        + "; SDK "
        + sdkVersion();
  }

  /** The version in the name of the SDK's jar. */
  private static String sdkVersion() {
    Path jar =
        Path.of(MilvusClientV2.class.getProtectionDomain().getCodeSource().getLocation().getPath());
    return String.valueOf(jar.getFileName()).replaceAll("milvus-sdk-java-|\\.jar", "");
  }
}
