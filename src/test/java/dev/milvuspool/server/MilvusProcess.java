package dev.milvuspool.server;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;
import org.awaitility.core.TerminalFailureException;
import org.jspecify.annotations.Nullable;

/**
 * The full standalone Milvus as a local process, from the PyPI package {@code milvus}. Each has
 * ports, data and an etcd of its own, so that several run side by side.
 *
 * <p>The package's launcher is not used: it keeps a Python process around, and takes fixed ports.
 */
final class MilvusProcess implements RestartableMilvus {
  private static final String VERSION = "2.3.5";
  private static final PythonPackage PACKAGE =
      new PythonPackage(
          "milvus-server-" + VERSION,
          List.of("milvus==" + VERSION),
          """
          import sys, milvus
          directory = sys.argv[1] + '/server'
          milvus._initialize_data_files(directory)
          config = milvus.MilvusServerConfig(data_dir=directory)
          config.resolve_storage()
          config.write_config()
          """);

  /** Seen: 3 s on new data, 8 s after a kill, 2 cores. */
  private static final Duration START_TIMEOUT = Duration.ofSeconds(120);

  /**
   * Long, so that a server which was frozen meanwhile is not taken for dead; a restart does not
   * wait for it, see {@link EmbeddedEtcd}.
   */
  private static final int SESSION_SECONDS = 60;

  private static final List<String> COMPONENTS =
      List.of(
          "PROXY",
          "ROOTCOORD",
          "DATACOORD",
          "DATANODE",
          "INDEXCOORD",
          "INDEXNODE",
          "QUERYCOORD",
          "QUERYNODE");

  private final Setup setup;
  private final int port = FreePort.take();
  private final EmbeddedEtcd etcd;
  private final ServerProcess process;
  private List<String> leases = List.of();

  private MilvusProcess(Setup setup) {
    this.setup = setup;
    Path installed = PACKAGE.install().resolve("server");
    Path directory = ServerProcess.newDirectory();
    etcd = new EmbeddedEtcd(directory);
    process =
        new ServerProcess(
            List.of(installed.resolve("bin/milvus").toString(), "run", "standalone"),
            environment(installed, directory),
            directory);
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

  private Map<String, String> environment(Path installed, Path directory) {
    Map<String, String> environment = new HashMap<>();
    String libraries = installed.resolve("bin").toString();
    environment.put("LD_LIBRARY_PATH", libraries);
    environment.put("DYLD_LIBRARY_PATH", libraries);
    environment.put("DEPLOY_MODE", "STANDALONE");
    environment.put("MILVUSCONF", installed.resolve("configs").toString());
    environment.put("MILVUS_RUN_DIR", directory.resolve("run").toString());
    // From here on, what milvus.yaml says is overridden.
    environment.put("ETCD_CONFIG_PATH", etcd.configuration().toString());
    environment.put("ETCD_ENDPOINTS", etcd.address());
    environment.put("ETCD_DATA_DIR", directory.resolve("data/etcd").toString());
    environment.put("ETCD_LOG_PATH", directory.resolve("etcd.log").toString());
    environment.put("LOCALSTORAGE_PATH", directory.resolve("data").toString());
    environment.put("ROCKSMQ_PATH", directory.resolve("data/rocksmq").toString());
    environment.put("LOG_FILE_ROOTPATH", "");
    environment.put("LOG_LEVEL", "warn");
    environment.put("COMMON_SESSION_TTL", String.valueOf(SESSION_SECONDS));
    environment.put("METRICS_PORT", String.valueOf(FreePort.take()));
    for (String component : COMPONENTS) {
      environment.put(component + "_IP", "127.0.0.1");
      environment.put(component + "_PORT", String.valueOf(FreePort.take()));
    }
    environment.put("PROXY_PORT", String.valueOf(port));
    environment.put("PROXY_INTERNALPORT", String.valueOf(FreePort.take()));
    environment.putAll(setup.environment());
    return environment;
  }

  @Override
  public void start() {
    process.start();
    revokeOldLeases();
    Readiness.await(
        SdkAccess.config(this, setup), START_TIMEOUT, process::isAlive, process::logTail);
    try {
      leases = etcd.leases();
    } catch (IOException e) {
      throw new IllegalStateException("the server works, but its etcd does not answer", e);
    }
  }

  private void revokeOldLeases() {
    if (leases.isEmpty()) {
      return;
    }
    try {
      Awaitility.await()
          .pollDelay(Duration.ZERO)
          .pollInterval(Duration.ofMillis(50))
          .atMost(START_TIMEOUT)
          .failFast("the server ended", () -> !process.isAlive())
          .ignoreExceptionsInstanceOf(IOException.class)
          .until(() -> etcd.leases() != null);
      for (String lease : leases) {
        etcd.revoke(lease);
      }
    } catch (ConditionTimeoutException | TerminalFailureException | IOException e) {
      throw new IllegalStateException(
          "the server does not start again; its output ends with: " + process.logTail(), e);
    }
  }

  @Override
  public void kill() {
    process.kill();
  }

  @Override
  public void freeze() {
    process.freeze();
  }

  @Override
  public void thaw() {
    process.thaw();
  }

  @Override
  public String address() {
    return "127.0.0.1:" + port;
  }

  @Override
  public @Nullable String username() {
    return setup.username();
  }

  @Override
  public @Nullable String password() {
    return setup.password();
  }

  @Override
  public String description() {
    return "local process: Milvus " + VERSION + " from PyPI at " + address() + setup;
  }

  @Override
  public void close() {
    process.close();
  }
}
