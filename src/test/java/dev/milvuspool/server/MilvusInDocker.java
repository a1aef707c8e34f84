package dev.milvuspool.server;

import com.github.dockerjava.api.DockerClient;
import io.milvus.v2.client.ConnectConfig;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.milvus.MilvusContainer;
import org.testcontainers.utility.DockerImageName;
import org.testcontainers.utility.MountableFile;

/** Milvus in a container. Its port is bound to loopback and stays the same over a restart. */
final class MilvusInDocker implements RestartableMilvus {
  /** The newest 2.6 release; MILVUS_IMAGE names another. */
  static final String DEFAULT_IMAGE = "milvusdb/milvus:v2.6.4";

  private static final int MILVUS_PORT = 19530;
  private static final Duration START_TIMEOUT = Duration.ofSeconds(180);

  private final Setup setup;
  private final String image;
  private final int port = ServerProcess.freePort();
  private final MilvusContainer container;

  private MilvusInDocker(Setup setup) {
    this.setup = setup;
    String set = System.getenv("MILVUS_IMAGE");
    image = set == null ? DEFAULT_IMAGE : set;
    container =
        new MilvusContainer(
                DockerImageName.parse(image).asCompatibleSubstituteFor("milvusdb/milvus"))
            .withEnv("DEPLOY_MODE", "STANDALONE")
            .withEnv("COMMON_SESSION_TTL", "10");
    container.setPortBindings(List.of("127.0.0.1:" + port + ":" + MILVUS_PORT));
    if (setup.authentication()) {
      container.withEnv("COMMON_SECURITY_AUTHORIZATIONENABLED", "true");
    }
    Certificates tls = setup.tls();
    if (tls != null) {
      container
          .withEnv("COMMON_SECURITY_TLSMODE", setup.mutual() ? "2" : "1")
          .withEnv("TLS_SERVERPEMPATH", "/tls/server.pem")
          .withEnv("TLS_SERVERKEYPATH", "/tls/server.key")
          .withEnv("TLS_CAPEMPATH", "/tls/ca.pem")
          .withCopyFileToContainer(
              MountableFile.forHostPath(tls.serverCertificate(), 0644), "/tls/server.pem")
          .withCopyFileToContainer(
              MountableFile.forHostPath(tls.serverKey(), 0644), "/tls/server.key")
          .withCopyFileToContainer(MountableFile.forHostPath(tls.ca(), 0644), "/tls/ca.pem");
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
    ConnectConfig config = SdkAccess.config(address(), setup);
    Readiness.await(config, START_TIMEOUT, () -> true, container::getLogs);
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
    return "Docker: " + image + " at " + address();
  }

  @Override
  public void close() {
    container.stop();
  }
}
