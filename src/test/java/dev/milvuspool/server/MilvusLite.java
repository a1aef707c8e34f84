package dev.milvuspool.server;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Milvus Lite 3.x as a local process: the newest API, without authentication and TLS. */
final class MilvusLite implements MilvusServer {
  private static final String VERSION = "3.2.2";
  private static final String PYMILVUS_VERSION = "3.0.2";
  private static final PythonPackage PACKAGE =
      new PythonPackage(
          "milvus-lite-" + VERSION + "-" + PYMILVUS_VERSION,
          List.of("milvus-lite==" + VERSION, "pymilvus==" + PYMILVUS_VERSION),
          null);
  private static final Duration START_TIMEOUT = Duration.ofSeconds(60);

  private final int port = FreePort.take();
  private final ServerProcess process;

  private MilvusLite() {
    Path environment = PACKAGE.install();
    Path directory = ServerProcess.newDirectory();
    process =
        new ServerProcess(
            List.of(
                environment.resolve("bin/python").toString(),
                environment.resolve("bin/milvus-lite").toString(),
                "server",
                "--data-dir",
                directory.resolve("data").toString(),
                "--host",
                "127.0.0.1",
                "--port",
                String.valueOf(port)),
            Map.of(),
            directory);
  }

  static MilvusLite start() {
    MilvusLite server = new MilvusLite();
    try {
      server.process.start();
      Readiness.await(
          SdkAccess.config(server, Setup.PLAIN),
          START_TIMEOUT,
          server.process::isAlive,
          server.process::logTail);
    } catch (RuntimeException e) {
      server.close();
      throw e;
    }
    return server;
  }

  @Override
  public String address() {
    return "127.0.0.1:" + port;
  }

  @Override
  public @Nullable String username() {
    return null;
  }

  @Override
  public @Nullable String password() {
    return null;
  }

  @Override
  public String description() {
    return "local process: Milvus Lite " + VERSION + " from PyPI at " + address();
  }

  @Override
  public void close() {
    process.close();
  }
}
