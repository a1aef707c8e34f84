package dev.milvuspool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.milvuspool.scripted.ScriptedMilvus;
import dev.milvuspool.server.Certificates;
import java.io.File;
import java.io.IOException;
import java.lang.ref.WeakReference;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * An application that was stopped inside a container can be unloaded: nothing of the library keeps
 * its class loader, whether the SDK is the application's own or stands above several applications.
 */
@Timeout(300)
class ClassLoaderTest {
  /** 5 s is what the library promises; a machine that is busy may be later. */
  private static final Duration UNLOADED = Duration.ofSeconds(30);

  private static final Duration SOON = Duration.ofSeconds(30);
  private static final String FRAME_LOGGER =
      "io.milvus.shaded.io.grpc.netty.shaded.io.grpc.netty.NettyClientHandler";

  private final ScriptedMilvus server = ScriptedMilvus.start();
  private final Certificates certificates = Certificates.get();
  private final ScriptedMilvus tlsServer =
      ScriptedMilvus.startTls(
          certificates.serverCertificate().toFile(), certificates.serverKey().toFile());
  private @TempDir Path directory;
  private Path frameLog;

  @BeforeEach
  void logFrames() throws IOException {
    frameLog = directory.resolve("frames.log");
    Files.writeString(
        directory.resolve("logback.xml"),
        """
        <configuration>
          <appender name="FRAMES" class="ch.qos.logback.core.FileAppender">
            <file>%s</file>
            <encoder><pattern>%%msg%%n</pattern></encoder>
          </appender>
          <logger name="%s" level="DEBUG"><appender-ref ref="FRAMES"/></logger>
          <root level="OFF"/>
        </configuration>
        """
            .formatted(frameLog, FRAME_LOGGER));
  }

  @AfterEach
  void close() {
    server.close();
    tlsServer.close();
  }

  private void use(Deployment deployment) throws Exception {
    deployment.use(
        Map.of(
            "address", server.address(),
            "tls-address", tlsServer.address(),
            "ca-file", certificates.ca().toString()),
        this::control);
  }

  private void control(String command) {
    switch (command) {
      case "kill" -> server.kill();
      case "restart" -> server.restart();
      case "stall" -> server.stall("ListDatabases");
      case "await" -> server.awaitInFlight("ListDatabases", 1, SOON);
      default -> throw new IllegalArgumentException(command);
    }
  }

  // ---- class loaders

  private static boolean isOurs(String entry) {
    return entry.endsWith("classes");
  }

  private static URL[] classPath(Predicate<String> wanted) {
    return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
        .filter(wanted)
        .map(ClassLoaderTest::url)
        .toArray(URL[]::new);
  }

  private static URL url(String entry) {
    try {
      return Path.of(entry).toUri().toURL();
    } catch (MalformedURLException e) {
      throw new IllegalArgumentException(entry, e);
    }
  }

  /** The SDK and all else that is not of this project, as above several applications. */
  private URLClassLoader sharedLibraries() throws IOException {
    URL[] libraries = classPath(entry -> !isOurs(entry));
    URL[] withLogging = Arrays.copyOf(libraries, libraries.length + 1);
    withLogging[libraries.length] = directory.toUri().toURL();
    return new URLClassLoader("libraries", withLogging, ClassLoader.getPlatformClassLoader());
  }

  /** A {@link LoadedApplication} in a class loader of its own. */
  private static final class Deployment {
    private URLClassLoader loader;
    private Object application;

    /** Holds the library and the application, and what else the parent has not. */
    static Deployment of(ClassLoader parent, Predicate<String> wanted) throws Exception {
      Deployment deployment = new Deployment();
      URLClassLoader loader = new URLClassLoader("application", classPath(wanted), parent);
      deployment.loader = loader;
      deployment.within(
          () -> {
            Class<?> type = loader.loadClass(LoadedApplication.class.getName());
            assertThat(type).isNotSameAs(LoadedApplication.class);
            deployment.application = type.getDeclaredConstructor().newInstance();
            return null;
          });
      return deployment;
    }

    /** Runs it as a container does, which makes the application's loader the thread's. */
    private void within(Callable<?> action) throws Exception {
      Thread thread = Thread.currentThread();
      ClassLoader before = thread.getContextClassLoader();
      thread.setContextClassLoader(loader);
      try {
        action.call();
      } finally {
        thread.setContextClassLoader(before);
      }
    }

    @SuppressWarnings("unchecked")
    void use(Map<String, String> servers, Consumer<String> control) throws Exception {
      within(
          () -> {
            ((BiConsumer<Map<String, String>, Consumer<String>>) application)
                .accept(servers, control);
            return null;
          });
    }

    /** Closes its pool and drops it. */
    WeakReference<ClassLoader> undeploy() throws Exception {
      within(
          () -> {
            ((AutoCloseable) application).close();
            return null;
          });
      WeakReference<ClassLoader> dropped = new WeakReference<>(loader);
      if (loader.getParent() != ClassLoader.getPlatformClassLoader()) {
        loader.close(); // not below gRPC's threads, which end a second later
      }
      application = null;
      loader = null;
      return dropped;
    }
  }

  private static void awaitUnloaded(List<WeakReference<ClassLoader>> dropped) {
    await()
        .atMost(UNLOADED)
        .until(
            () -> {
              System.gc();
              return dropped.stream().allMatch(reference -> reference.get() == null);
            });
  }

  // ---- tests

  @Test
  void anApplicationWithItsOwnSdkIsUnloaded() throws Exception {
    Deployment deployment = Deployment.of(ClassLoader.getPlatformClassLoader(), entry -> true);
    use(deployment);

    WeakReference<ClassLoader> dropped = deployment.undeploy();

    awaitUnloaded(List.of(dropped));
  }

  @Test
  void threadsOfTheContainerThatCalledAndLiveOnKeepNothing() throws Exception {
    ExecutorService requests = Executors.newSingleThreadExecutor();
    try {
      Deployment deployment = Deployment.of(ClassLoader.getPlatformClassLoader(), entry -> true);
      requests
          .submit(
              () -> {
                use(deployment);
                return null;
              })
          .get();

      WeakReference<ClassLoader> dropped = deployment.undeploy();

      awaitUnloaded(List.of(dropped));
    } finally {
      requests.shutdownNow();
    }
  }

  @Test
  void anApplicationBelowTheSdkIsUnloaded() throws Exception {
    try (URLClassLoader libraries = sharedLibraries()) {
      Deployment deployment = Deployment.of(libraries, ClassLoaderTest::isOurs);
      use(deployment);

      WeakReference<ClassLoader> dropped = deployment.undeploy();

      awaitUnloaded(List.of(dropped));
      assertThat(frameLog).isEmptyFile();
      assertThat(logsFrames(libraries)).isTrue();
    }
  }

  /** Whether the SDK's Netty would log frames now; a connection asks when it is made. */
  private static boolean logsFrames(ClassLoader libraries) throws Exception {
    Object logger =
        libraries
            .loadClass(
                "io.milvus.shaded.io.grpc.netty.shaded.io.netty.util.internal.logging.InternalLoggerFactory")
            .getMethod("getInstance", String.class)
            .invoke(null, FRAME_LOGGER);
    return (boolean)
        libraries
            .loadClass(
                "io.milvus.shaded.io.grpc.netty.shaded.io.netty.util.internal.logging.InternalLogger")
            .getMethod("isDebugEnabled")
            .invoke(logger);
  }
}
