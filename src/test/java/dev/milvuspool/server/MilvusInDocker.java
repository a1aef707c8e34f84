package dev.milvuspool.server;

import com.github.dockerjava.api.DockerClient;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.milvus.MilvusContainer;
import org.testcontainers.utility.DockerImageName;
import org.testcontainers.utility.MountableFile;

/** Milvus in a container. Its published port stays the same over a restart. */
final class MilvusInDocker implements RestartableMilvus {
  /** The newest 2.6 release as of October 2026; MILVUS_IMAGE names another. */
  static final String DEFAULT_IMAGE = "milvusdb/milvus:v2.6.25";

  private static final int MILVUS_PORT = 19530;
  private static final String CERTIFICATES = "/tls";
  private static final int LOG_TAIL = 3_000;
  private static final Duration START_TIMEOUT = Duration.ofSeconds(180);

  private final Setup setup;
  private final String image;
  private final int port = FreePort.take();
  private final MilvusContainer container;
  private String version = "unknown";

  private MilvusInDocker(Setup setup) {
    this.setup = setup;
    String set = System.getenv("MILVUS_IMAGE");
    image = set == null || set.isBlank() ? DEFAULT_IMAGE : set;
    container =
        new MilvusContainer(
                DockerImageName.parse(image).asCompatibleSubstituteFor("milvusdb/milvus"))
            .withEnv("DEPLOY_MODE", "STANDALONE")
            .withEnv("COMMON_SESSION_TTL", "10") // else a restart waits half a minute
            .withEnv(setup.environment(Path.of(CERTIFICATES)));
    container.setPortBindings(List.of(port + ":" + MILVUS_PORT));
    Certificates tls = setup.tls();
    if (tls != null) {
      for (Path file : List.of(tls.serverCertificate(), tls.serverKey(), tls.ca())) {
        container.withCopyFileToContainer(
            MountableFile.forHostPath(file, 0644), CERTIFICATES + "/" + file.getFileName());
      }
    }
  }

  static boolean dockerAnswers() {
    return DockerClientFactory.instance().isDockerAvailable();
  }

  static MilvusInDocker start(Setup setup) {
    MilvusInDocker server = new MilvusInDocker(setup);
    try {
      server.container.start();
      server.awaitReady();
    } catch (RuntimeException e) {
      server.close();
      throw e;
    }
    return server;
  }

  private void awaitReady() {
    version =
        Readiness.await(SdkAccess.config(this, setup), START_TIMEOUT, () -> true, this::logTail);
  }

  private String logTail() {
    String logs = container.getLogs();
    return logs.substring(Math.max(0, logs.length() - LOG_TAIL));
  }

  private static DockerClient docker() {
    return DockerClientFactory.lazyClient();
  }

  @Override
  public void kill() {
    docker().killContainerCmd(container.getContainerId()).exec();
  }

  @Override
  public void start() {
    docker().startContainerCmd(container.getContainerId()).exec();
    awaitReady();
  }

  @Override
  public void freeze() {
    docker().pauseContainerCmd(container.getContainerId()).exec();
  }

  @Override
  public void thaw() {
    docker().unpauseContainerCmd(container.getContainerId()).exec();
  }

  @Override
  public String address() {
    return container.getHost() + ":" + port;
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
    return "Docker: " + image + " (Milvus " + version + ") at " + address() + setup;
  }

  @Override
  public void close() {
    container.stop();
  }
}
