package dev.milvuspool.server;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The full standalone Milvus as a local process, from the PyPI package {@code milvus}. Each has
 * ports and an etcd of its own, so that several run side by side.
 */
final class MilvusProcess implements RestartableMilvus {
  private static final String VERSION = "2.3.5";
  private static final PythonPackage PACKAGE =
      new PythonPackage("milvus-" + VERSION, "milvus==" + VERSION);
  private static final Duration START_TIMEOUT = Duration.ofSeconds(120);

  private final Setup setup;
  private final int port = ServerProcess.freePort();
  private final ServerProcess process;

  private MilvusProcess(Setup setup) {
    this.setup = setup;
    Path environment = PACKAGE.install();
    Path directory = ServerProcess.newDirectory();
    process = new ServerProcess(command(environment, directory), environment(directory), directory);
  }

  static MilvusProcess start(Setup setup) {
    MilvusProcess server = new MilvusProcess(setup);
    try {
      server.start();
    } catch (RuntimeException e) {
      server.close();
      throw e;
    }
    return server;
  }

  private List<String> command(Path environment, Path directory) {
    Path data = directory.resolve("milvus");
    shareBinaries(environment, data);
    List<String> command = new ArrayList<>();
    command.add(environment.resolve("bin/milvus-server").toString());
    command.addAll(List.of("--data", data.toString(), "--proxy-port", String.valueOf(port)));
    if (setup.authentication()) {
      command.addAll(List.of("--authorization-enabled", "true"));
    }
    Certificates tls = setup.tls();
    if (tls != null) {
      command.addAll(
          List.of(
              "--tls-mode",
              setup.mutual() ? "2" : "1",
              "--server-pem-path",
              tls.serverCertificate().toString(),
              "--server-key-path",
              tls.serverKey().toString(),
              "--ca-pem-path",
              tls.ca().toString()));
    }
    return command;
  }

  /** The package unpacks 250 MB into every data directory, unless they are there already. */
  private static void shareBinaries(Path environment, Path data) {
    try {
      Path shared = Files.createDirectories(environment.resolve("unpacked"));
      Files.createDirectories(data);
      Files.createSymbolicLink(data.resolve("bin"), shared);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Map<String, String> environment(Path directory) {
    int client = ServerProcess.freePort();
    int peer = ServerProcess.freePort();
    String etcd =
        String.join(
            "\n",
            "name: default",
            "listen-client-urls: http://127.0.0.1:" + client,
            "advertise-client-urls: http://127.0.0.1:" + client,
            "listen-peer-urls: http://127.0.0.1:" + peer,
            "initial-advertise-peer-urls: http://127.0.0.1:" + peer,
            "initial-cluster: default=http://127.0.0.1:" + peer,
            "");
    try {
      Path config = Files.writeString(directory.resolve("etcd.yaml"), etcd);
      // A shorter session makes a restart after SIGKILL wait less for the dead one to expire.
      return Map.of("ETCD_CONFIG_PATH", config.toString(), "COMMON_SESSION_TTL", "10");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void start() {
    process.start();
    Readiness.await(
        SdkAccess.config(address(), setup), START_TIMEOUT, process::isAlive, process::logTail);
  }

  @Override
  public void kill() {
    process.kill();
  }

  @Override
  public void freeze() {
    process.signal("STOP");
  }

  @Override
  public void thaw() {
    process.signal("CONT");
  }

  @Override
  public String address() {
    return "127.0.0.1:" + port;
  }

  @Override
  public @Nullable String username() {
    return setup.authentication() ? Setup.ROOT : null;
  }

  @Override
  public @Nullable String password() {
    return setup.authentication() ? Setup.ROOT_PASSWORD : null;
  }

  @Override
  public String description() {
    return "local process: Milvus " + VERSION + " from PyPI at " + address();
  }

  @Override
  public void close() {
    process.close();
  }
}
