package dev.milvuspool.server;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds a real Milvus, or starts one: the one at MILVUS_ADDRESS, else a container where Docker
 * answers, else a local process from PyPI. It says which it took, and fails with the remedies when
 * there is none.
 */
public final class RealMilvus {
  private static final Logger logger = LoggerFactory.getLogger(RealMilvus.class);

  /** Where the build notes which way was taken. */
  private static final Path TAKEN = Path.of("target", "real-milvus.txt");

  private RealMilvus() {}

  /** One plain server for all tests of this JVM; it ends with the JVM. */
  public static MilvusServer shared() {
    return Shared.SERVER;
  }

  private static final class Shared {
    static final MilvusServer SERVER = find();

    static {
      Runtime.getRuntime().addShutdownHook(new Thread(SERVER::close, "shared-milvus-end"));
    }
  }

  /** A plain server, found in the order above, to be closed by the caller. */
  public static MilvusServer find() {
    String address = System.getenv("MILVUS_ADDRESS");
    if (address != null && !address.isBlank()) {
      return taken(
          new Found(address, System.getenv("MILVUS_USERNAME"), System.getenv("MILVUS_PASSWORD")));
    }
    List<String> failures = new ArrayList<>();
    MilvusServer server = inDocker(Setup.PLAIN, failures);
    if (server == null) {
      server = asProcess(Setup.PLAIN, failures);
    }
    if (server == null) {
      throw none(failures);
    }
    return taken(server);
  }

  /** A server that asks for {@code root}/{@code Milvus}. */
  public static MilvusServer withAuthentication() {
    return own(new Setup(true, null, false));
  }

  /** A server that speaks TLS. */
  public static MilvusServer withTls(Certificates certificates) {
    return own(new Setup(false, certificates, false));
  }

  /** A server that speaks TLS and asks for a client certificate. */
  public static MilvusServer withMutualTls(Certificates certificates) {
    return own(new Setup(false, certificates, true));
  }

  /** A server to be killed and frozen. */
  public static RestartableMilvus restartable() {
    return own(Setup.PLAIN);
  }

  /** Milvus Lite, for compatibility. */
  public static MilvusServer lite() {
    return taken(MilvusLite.start());
  }

  /** A process where Python is there, because faults belong to processes; else a container. */
  private static RestartableMilvus own(Setup setup) {
    List<String> failures = new ArrayList<>();
    RestartableMilvus server = asProcess(setup, failures);
    if (server == null) {
      server = inDocker(setup, failures);
    }
    if (server == null) {
      throw none(failures);
    }
    logger.info("started {}", server.description());
    return server;
  }

  private static @Nullable RestartableMilvus inDocker(Setup setup, List<String> failures) {
    try {
      if (!MilvusInDocker.dockerAnswers()) {
        failures.add("Docker does not answer");
        return null;
      }
      return MilvusInDocker.start(setup);
    } catch (RuntimeException e) {
      logger.warn("Docker answers, but no Milvus can be had from it: {}", e.toString());
      failures.add("Docker answers, but no Milvus can be had from it: " + e);
      return null;
    }
  }

  private static @Nullable RestartableMilvus asProcess(Setup setup, List<String> failures) {
    String system = System.getProperty("os.name") + " " + System.getProperty("os.arch");
    if (system.toLowerCase(Locale.ROOT).contains("windows")) {
      failures.add("the PyPI package milvus has no server for " + system);
      return null;
    }
    if (!PythonPackage.pythonIsThere()) {
      failures.add("no Python 3 with venv");
      return null;
    }
    try {
      return MilvusProcess.start(setup);
    } catch (RuntimeException e) {
      logger.warn("Python 3 is there, but Milvus from PyPI does not start: {}", e.toString());
      failures.add("Python 3 is there, but Milvus from PyPI does not start: " + e);
      return null;
    }
  }

  private static IllegalStateException none(List<String> failures) {
    return new IllegalStateException(
        "No Milvus can be found or started: "
            + String.join("; ", failures)
            + ". Do one of these: start Docker; or install Python 3 with venv (Debian: apt-get"
            + " install python3-venv); or set MILVUS_ADDRESS (and MILVUS_USERNAME and"
            + " MILVUS_PASSWORD) to a Milvus that runs.");
  }

  private static <T extends MilvusServer> T taken(T server) {
    logger.info("real Milvus: {}", server.description());
    try {
      if (Files.isDirectory(TAKEN.getParent())) {
        Files.writeString(
            TAKEN,
            server.description() + "\n",
            StandardOpenOption.CREATE,
            StandardOpenOption.APPEND);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return server;
  }

  private record Found(String address, @Nullable String username, @Nullable String password)
      implements MilvusServer {
    @Override
    public String description() {
      return "MILVUS_ADDRESS: " + address;
    }

    @Override
    public void close() {
      // It is not ours.
    }
  }
}
