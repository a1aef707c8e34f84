package dev.milvuspool;

import io.milvus.shaded.io.grpc.netty.shaded.io.netty.util.internal.logging.InternalLogger;
import io.milvus.shaded.io.grpc.netty.shaded.io.netty.util.internal.logging.InternalLoggerFactory;
import io.milvus.shaded.io.grpc.netty.shaded.io.netty.util.internal.logging.JdkLoggerFactory;
import io.milvus.shaded.io.grpc.netty.shaded.io.netty.util.internal.logging.Log4J2LoggerFactory;
import io.milvus.shaded.io.grpc.netty.shaded.io.netty.util.internal.logging.Slf4JLoggerFactory;
import java.lang.reflect.Proxy;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the SDK's gRPC from logging HTTP/2 frames. At DEBUG it would log every header, and with
 * them the credentials. All else that its Netty logs goes where it went before.
 */
final class FrameLog extends InternalLoggerFactory {
  private static final String FRAME_LOGGER =
      "io.milvus.shaded.io.grpc.netty.shaded.io.grpc.netty.NettyClientHandler";
  private static final Logger logger = LoggerFactory.getLogger(FrameLog.class);

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

  /** To be called before a channel is built: each asks for its logger once. */
  static void silence() {
    try {
      InternalLoggerFactory present = InternalLoggerFactory.getDefaultFactory();
      if (present instanceof Slf4JLoggerFactory slf4j) {
        setDefaultFactory(new FrameLog(slf4j::newInstance));
      } else if (present instanceof Log4J2LoggerFactory log4j) {
        setDefaultFactory(new FrameLog(log4j::newInstance));
      } else if (present instanceof JdkLoggerFactory jdk) {
        setDefaultFactory(new FrameLog(jdk::newInstance));
      }
    } catch (LinkageError e) {
      logger.warn(
          "This version of the SDK has another Netty: keep the logger {} at INFO, for at DEBUG it"
              + " shows credentials",
          FRAME_LOGGER,
          e);
    }
  }

  @Override
  protected InternalLogger newInstance(String name) {
    return name.equals(FRAME_LOGGER) ? silent : others.apply(name);
  }
}
