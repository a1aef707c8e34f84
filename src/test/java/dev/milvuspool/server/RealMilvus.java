package dev.milvuspool.server;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds a real Milvus, or starts one: the one at MILVUS_ADDRESS (with MILVUS_USERNAME and
 * MILVUS_PASSWORD), else a container where Docker answers (MILVUS_IMAGE names another image), else
 * a local process from PyPI. It says which it took, and fails with the remedies when there is none.
 * MILVUS_SERVER ({@code docker}, {@code process} or {@code lite}) asks for one way of starting it,
 * and no other is tried.
 *
 * <p>Thread-safe. Every server that was started ends with this JVM at the latest.
 */
public final class RealMilvus {
  private static final Logger logger = LoggerFactory.getLogger(RealMilvus.class);

  /** Where the build notes what was taken for plain servers, a line each. */
  private static final Path TAKEN = Path.of("target", "real-milvus.txt");

  private static @Nullable MilvusServer shared;
  private static @Nullable IllegalStateException sharedFailure;

  private RealMilvus() {}

  /** One plain server for all tests of this JVM. It ends with the JVM; do not close it. */
  public static synchronized MilvusServer shared() {
    if (sharedFailure != null) {
      // A second search would take as long and end the same.
      throw new IllegalStateException(sharedFailure.getMessage(), sharedFailure);
    }
    MilvusServer server = shared;
    if (server == null) {
      try {
        server = find();
      } catch (IllegalStateException e) {
        sharedFailure = e;
        throw e;
      }
      shared = server;
    }
    return server;
  }

  /** A plain server, found in the order above, to be closed by the caller. */
  public static MilvusServer find() {
    Way asked = Way.asked();
    String address = variable("MILVUS_ADDRESS");
    MilvusServer server;
    if (asked != null) {
      server = started(List.of(asked), Setup.PLAIN);
    } else if (address != null) {
      server =
          GivenMilvus.at(address, variable("MILVUS_USERNAME"), System.getenv("MILVUS_PASSWORD"));
      logger.info("found: {}", server.description());
    } else {
      server = started(List.of(Way.DOCKER, Way.PROCESS), Setup.PLAIN);
    }
    noteTaken(server);
    return server;
  }

  /** A server that asks for {@code root}/{@code Milvus}. */
  public static MilvusServer withAuthentication() {
    return own(new Setup(true, null, false, false));
  }

  /** A server that speaks TLS. */
  public static MilvusServer withTls(Certificates certificates) {
    return own(new Setup(false, certificates, false, false));
  }

  /** A server that speaks TLS and asks for a client certificate. */
  public static MilvusServer withMutualTls(Certificates certificates) {
    return own(new Setup(false, certificates, true, false));
  }

  /** A server with low quotas: one flush in five seconds, one megabyte of rows in a second. */
  public static MilvusServer withQuotas() {
    return own(new Setup(false, null, false, true));
  }

  /** A server to be killed and frozen. */
  public static RestartableMilvus restartable() {
    return own(Setup.PLAIN);
  }

  /** The same, and it asks for {@code root}/{@code Milvus}. */
  public static RestartableMilvus restartableWithAuthentication() {
    return own(new Setup(true, null, false, false));
  }

  /** Milvus Lite, for compatibility. */
  public static MilvusServer lite() {
    MilvusServer server = started(List.of(Way.LITE), Setup.PLAIN);
    noteTaken(server);
    return server;
  }

  /** A process where Python is there, because faults belong to processes; else a container. */
  private static RestartableMilvus own(Setup setup) {
    return (RestartableMilvus) started(List.of(Way.PROCESS, Way.DOCKER), setup);
  }

  private static MilvusServer started(List<Way> ways, Setup setup) {
    List<String> failures = new ArrayList<>();
    for (Way way : ways) {
      try {
        String absence = way.absence();
        if (absence != null) {
          logger.info("{}", absence);
          failures.add(absence);
          continue;
        }
        MilvusServer server = way.start(setup);
        logger.info("started: {}", server.description());
        return server;
      } catch (RuntimeException e) {
        String failure = way.label() + " is there, but gives no Milvus: " + reasons(e);
        logger.warn("{}", failure);
        failures.add(failure);
      }
    }
    throw new IllegalStateException(
        "No real Milvus can be started. Tried: "
            + String.join("; ", failures)
            + ". Do one of these: start Docker; or install Python 3 with venv (Debian, Ubuntu:"
            + " apt-get install python3-venv); or set MILVUS_ADDRESS (and MILVUS_USERNAME and"
            + " MILVUS_PASSWORD) to a Milvus that runs.");
  }

  private static String reasons(Throwable failure) {
    StringBuilder reasons = new StringBuilder(String.valueOf(failure.getMessage()));
    for (Throwable t = failure.getCause(); t != null; t = t.getCause()) {
      String message = t.getMessage();
      if (message != null && reasons.indexOf(message) < 0) {
        reasons.append(": ").append(message);
      }
    }
    return reasons.toString();
  }

  private static @Nullable String variable(String name) {
    String value = System.getenv(name);
    return value == null || value.isBlank() ? null : value.strip();
  }

  private static void noteTaken(MilvusServer server) {
    if (!Files.isDirectory(TAKEN.getParent())) {
      return;
    }
    try {
      Files.writeString(
          TAKEN, server.description() + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
