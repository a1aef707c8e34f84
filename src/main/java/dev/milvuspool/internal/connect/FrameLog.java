package dev.milvuspool.internal.connect;

import io.milvus.shaded.io.grpc.netty.shaded.io.netty.util.internal.logging.InternalLogger;
import io.milvus.shaded.io.grpc.netty.shaded.io.netty.util.internal.logging.InternalLoggerFactory;
import io.milvus.shaded.io.grpc.netty.shaded.io.netty.util.internal.logging.JdkLoggerFactory;
import io.milvus.shaded.io.grpc.netty.shaded.io.netty.util.internal.logging.Log4J2LoggerFactory;
import io.milvus.shaded.io.grpc.netty.shaded.io.netty.util.internal.logging.Slf4JLoggerFactory;
import java.lang.reflect.Proxy;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Stops the SDK's gRPC from logging HTTP/2 frames while any client is open: at DEBUG it would log
 * every header, and with them the credentials. Other log lines of its Netty do not change.
 *
 * <p>This is the only JVM-wide setting of the library. Netty's factory of loggers is static, and
 * may belong to a class loader above the application's. So the end of the last client restores the
 * previous factory; otherwise the application could not be unloaded. Only Netty's own factories are
 * wrapped, for the same reason: another one may belong to another application's copy of this
 * library.
 */
final class FrameLog extends InternalLoggerFactory {
  private static final String FRAME_LOGGER =
      "io.milvus.shaded.io.grpc.netty.shaded.io.grpc.netty.NettyClientHandler";
  private static final Logger logger = LoggerFactory.getLogger(FrameLog.class);

  private static int users; // guarded by the class, as is what follows
  private static @Nullable InternalLoggerFactory before;

  private final Function<String, InternalLogger> others;
  private final InternalLogger silent =
      (InternalLogger)
          Proxy.newProxyInstance(
              InternalLogger.class.getClassLoader(),
              new Class<?>[] {InternalLogger.class},
              (proxy, method, arguments) -> method.getReturnType() == boolean.class ? false : null);

  private FrameLog(Function<String, InternalLogger> others) {
    this.others = others;
  }

  /** To be called before a client's first channel is built. */
  static synchronized void retain() {
    users++;
    silence();
  }

  /** To be called before each channel is built: each asks for its logger once. */
  static synchronized void silence() {
    try {
      InternalLoggerFactory present = InternalLoggerFactory.getDefaultFactory();
      Function<String, InternalLogger> others = loggersOf(present);
      if (others != null) {
        before = present;
        setDefaultFactory(new FrameLog(others));
      }
    } catch (LinkageError e) {
      logger.warn(
          "This version of the SDK has another Netty: keep the logger {} at INFO, because at DEBUG"
              + " it shows credentials",
          FRAME_LOGGER,
          e);
    }
  }

  private static @Nullable Function<String, InternalLogger> loggersOf(
      InternalLoggerFactory factory) {
    if (factory instanceof Slf4JLoggerFactory slf4j) {
      return slf4j::newInstance;
    }
    if (factory instanceof Log4J2LoggerFactory log4j) {
      return log4j::newInstance;
    }
    return factory instanceof JdkLoggerFactory jdk ? jdk::newInstance : null;
  }

  /** To be called when a client has ended. */
  static synchronized void release() {
    users--;
    InternalLoggerFactory restored = before;
    if (users == 0
        && restored != null
        && InternalLoggerFactory.getDefaultFactory() instanceof FrameLog) {
      setDefaultFactory(restored);
      before = null;
    }
  }

  @Override
  protected InternalLogger newInstance(String name) {
    return name.equals(FRAME_LOGGER) ? silent : others.apply(name);
  }
}
