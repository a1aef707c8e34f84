package dev.milvuspool.internal.connect;

import io.milvus.shaded.io.grpc.InsecureChannelCredentials;
import io.milvus.shaded.io.grpc.netty.shaded.io.grpc.netty.GrpcSslContexts;
import io.milvus.shaded.io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.milvus.shaded.io.grpc.netty.shaded.io.netty.channel.epoll.Epoll;
import io.milvus.shaded.io.grpc.netty.shaded.io.netty.util.concurrent.FastThreadLocal;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/**
 * What the SDK's gRPC keeps beyond the end of all channels, and how that is nothing of this
 * library: else an application below the SDK's class loader could never be unloaded.
 *
 * <p>It keeps exceptions in static fields: why Netty cannot use its native libraries (in the SDK it
 * never can), why there is no TLS of Jetty's, one that stands for an unknown call site. With an
 * exception the JVM keeps the classes that were on the stack. So these are made by threads that
 * have no class of this library on their stack: those of method references are hidden and not
 * recorded, which does not hold for lambdas.
 */
public final class GrpcStatics {
  /** Not so on the class path of a program, which is spared the cost. */
  private static final boolean MAY_BE_UNLOADED =
      FastThreadLocal.class.getClassLoader() != ClassLoader.getSystemClassLoader();

  private static boolean initialised; // guarded by the class
  private static boolean tlsUsed; // guarded by the class

  private GrpcStatics() {}

  /** To be called before a channel is built. */
  static synchronized void initialise(boolean tls) {
    if (!initialised) {
      onThreadOfItsOwn(Epoll::isAvailable);
      NettyChannelBuilder builder =
          NettyChannelBuilder.forAddress("localhost", 1, InsecureChannelCredentials.create());
      onThreadOfItsOwn(builder.directExecutor()::build).shutdownNow(); // it has not connected
      initialised = true;
    }
    if (tls && !tlsUsed) {
      onThreadOfItsOwn(GrpcSslContexts::forClient);
      tlsUsed = true;
    }
  }

  /** To be called after the last client has ended. */
  static synchronized void leave() {
    if (tlsUsed) {
      onThreadOfItsOwn(GrpcSslContexts::forClient); // each channel has overwritten what that keeps
      tlsUsed = false;
    }
  }

  private static <T> T onThreadOfItsOwn(Supplier<T> methodReference) {
    return CompletableFuture.supplyAsync(
            methodReference,
            task -> {
              Thread thread = new Thread(task, "milvus-pool-grpc-statics");
              thread.setDaemon(true);
              thread.start();
            })
        .join();
  }

  /**
   * Removes what Netty keeps with the calling thread, which has called through a channel or closed
   * one: its cache of buffers, and with that the SDK's class loader. The thread may be one of a
   * container, which outlives the application.
   */
  public static void forgetThread() {
    if (MAY_BE_UNLOADED) {
      FastThreadLocal.removeAll();
    }
  }
}
