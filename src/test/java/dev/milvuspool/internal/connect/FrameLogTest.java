package dev.milvuspool.internal.connect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.milvus.shaded.io.grpc.netty.shaded.io.netty.util.internal.logging.InternalLogger;
import io.milvus.shaded.io.grpc.netty.shaded.io.netty.util.internal.logging.InternalLoggerFactory;
import io.milvus.shaded.io.grpc.netty.shaded.io.netty.util.internal.logging.JdkLoggerFactory;
import java.io.IOException;
import java.lang.reflect.Method;
import java.net.URL;
import java.net.URLClassLoader;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** HTTP/2 frames are not logged while a client is open, and Netty's factory is put back. */
class FrameLogTest {
  private static final String FRAMES =
      "io.milvus.shaded.io.grpc.netty.shaded.io.grpc.netty.NettyClientHandler";
  private static final String OTHER = "io.milvus.shaded.io.grpc.netty.shaded.io.netty.Other";

  private final InternalLoggerFactory own = JdkLoggerFactory.INSTANCE;
  private final Logger frames = Logger.getLogger(FRAMES);
  private final Logger other = Logger.getLogger(OTHER);
  private InternalLoggerFactory before;

  /** Netty's factory is the JVM's, and clients of an earlier test may still be ending. */
  @BeforeEach
  void begin() {
    await().until(() -> !(InternalLoggerFactory.getDefaultFactory() instanceof FrameLog));
    before = InternalLoggerFactory.getDefaultFactory();
    InternalLoggerFactory.setDefaultFactory(own);
    frames.setLevel(Level.ALL);
    other.setLevel(Level.ALL);
  }

  @AfterEach
  void restore() {
    InternalLoggerFactory.setDefaultFactory(before);
    frames.setLevel(null);
    other.setLevel(null);
  }

  @Test
  void framesAreSilencedAndAllElseIsLoggedAsBefore() {
    assertThat(InternalLoggerFactory.getInstance(FRAMES).isDebugEnabled()).isTrue();

    FrameLog.retain();
    try {
      InternalLogger silent = InternalLoggerFactory.getInstance(FRAMES);
      assertThat(silent.isDebugEnabled()).isFalse();
      assertThat(silent.isErrorEnabled()).isFalse();
      silent.debug("OUTBOUND HEADERS: authorization"); // goes nowhere, and throws nothing
      assertThat(InternalLoggerFactory.getInstance(OTHER).isDebugEnabled()).isTrue();
      assertThat(InternalLoggerFactory.getInstance(OTHER).name()).isEqualTo(OTHER);
    } finally {
      FrameLog.release();
    }
  }

  @Test
  void theLastClientPutsTheFactoryBack() {
    FrameLog.retain();
    FrameLog.retain();

    FrameLog.release();
    assertThat(InternalLoggerFactory.getDefaultFactory()).isInstanceOf(FrameLog.class);
    FrameLog.release();

    assertThat(InternalLoggerFactory.getDefaultFactory()).isSameAs(own);
  }

  @Test
  void aFactoryThatWasSetInTheMeantimeIsWrappedBeforeTheNextChannel() {
    FrameLog.retain();
    InternalLoggerFactory.setDefaultFactory(own);

    FrameLog.silence();

    assertThat(InternalLoggerFactory.getInstance(FRAMES).isDebugEnabled()).isFalse();
    FrameLog.release();
    assertThat(InternalLoggerFactory.getDefaultFactory()).isSameAs(own);
  }

  @Test
  void aFactoryOfTheUsersOwnIsLeftAlone() {
    InternalLoggerFactory users =
        new InternalLoggerFactory() {
          @Override
          protected InternalLogger newInstance(String name) {
            return InternalLoggerFactory.getInstance(name);
          }
        };
    InternalLoggerFactory.setDefaultFactory(users);

    FrameLog.retain();
    assertThat(InternalLoggerFactory.getDefaultFactory()).isSameAs(users);
    FrameLog.release();

    assertThat(InternalLoggerFactory.getDefaultFactory()).isSameAs(users);
  }

  @Test
  void itIsStillSilentWhileOneClientIsLeft() {
    FrameLog.retain();
    FrameLog.retain();

    FrameLog.release();

    assertThat(InternalLoggerFactory.getInstance(FRAMES).isDebugEnabled()).isFalse();
    FrameLog.release();
    assertThat(InternalLoggerFactory.getInstance(FRAMES).isDebugEnabled()).isTrue();
  }

  /** One that wrapped the other would keep its application from being unloaded. */
  @Test
  void aCopyOfTheLibraryInAnotherApplicationIsNotWrapped() throws Exception {
    try (CopiedLibrary other = new CopiedLibrary()) {
      other.run("retain");
      InternalLoggerFactory others = InternalLoggerFactory.getDefaultFactory();
      assertThat(others.getClass().getName()).isEqualTo(FrameLog.class.getName());
      assertThat(others).isNotInstanceOf(FrameLog.class);

      FrameLog.retain();

      assertThat(InternalLoggerFactory.getDefaultFactory()).isSameAs(others);
      assertThat(InternalLoggerFactory.getInstance(FRAMES).isDebugEnabled()).isFalse();

      other.run("release");
      FrameLog.silence(); // as before the next channel
      assertThat(InternalLoggerFactory.getDefaultFactory()).isInstanceOf(FrameLog.class);
      assertThat(InternalLoggerFactory.getInstance(FRAMES).isDebugEnabled()).isFalse();
      FrameLog.release();
      assertThat(InternalLoggerFactory.getDefaultFactory()).isSameAs(own);
    }
  }

  @Test
  void theFirstToEndTakesNothingFromACopyThatIsStillInUse() throws Exception {
    try (CopiedLibrary other = new CopiedLibrary()) {
      other.run("retain");
      FrameLog.retain();

      FrameLog.release();

      assertThat(InternalLoggerFactory.getInstance(FRAMES).isDebugEnabled()).isFalse();
      other.run("release");
      assertThat(InternalLoggerFactory.getDefaultFactory()).isSameAs(own);
    }
  }

  /** The library's own classes a second time, over the same SDK. */
  private static final class CopiedLibrary implements AutoCloseable {
    private final URLClassLoader loader =
        new URLClassLoader(
            new URL[] {FrameLog.class.getProtectionDomain().getCodeSource().getLocation()},
            FrameLog.class.getClassLoader()) {
          @Override
          protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
            synchronized (getClassLoadingLock(name)) {
              if (!name.startsWith("dev.milvuspool.")) {
                return super.loadClass(name, resolve);
              }
              Class<?> loaded = findLoadedClass(name);
              return loaded == null ? findClass(name) : loaded;
            }
          }
        };

    void run(String method) throws ReflectiveOperationException {
      Method copied = loader.loadClass(FrameLog.class.getName()).getDeclaredMethod(method);
      copied.setAccessible(true);
      copied.invoke(null);
    }

    @Override
    public void close() throws IOException {
      loader.close();
    }
  }
}
