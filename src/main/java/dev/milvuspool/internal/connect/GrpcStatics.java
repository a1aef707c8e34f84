package dev.milvuspool.internal.connect;

import io.milvus.shaded.io.grpc.InsecureChannelCredentials;
import io.milvus.shaded.io.grpc.netty.shaded.io.grpc.netty.GrpcSslContexts;
import io.milvus.shaded.io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.milvus.shaded.io.grpc.netty.shaded.io.netty.channel.epoll.Epoll;
import io.milvus.shaded.io.grpc.netty.shaded.io.netty.util.concurrent.FastThreadLocal;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/**
 * Keeps everything of this library out of the static fields of the SDK's gRPC: else an application
 * below the SDK's class loader could never be unloaded.
 *
 * <p>gRPC keeps exceptions there: why Netty cannot use its native libraries (in the SDK it never
 * can), why there is no Jetty TLS, one for an unknown call site. With an exception the JVM keeps
 * the classes on its stack. So these are made by threads without a class of this library on their
 * stack: method references are hidden and not recorded there, lambdas are.
 */
public final class GrpcStatics {
  /** False if the SDK is on the class path of a program, which then does not pay for it. */
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
   * Removes what Netty keeps with the calling thread after a call or a close: a cache of buffers,
   * and with it the SDK's class loader. The thread may belong to a container and outlive the
   * application.
   */
  public static void forgetThread() {
    if (MAY_BE_UNLOADED) {
      FastThreadLocal.removeAll();
    }
  }
}
