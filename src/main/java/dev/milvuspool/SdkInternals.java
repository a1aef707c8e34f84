package dev.milvuspool;

import io.milvus.grpc.MilvusServiceGrpc;
import io.milvus.grpc.MilvusServiceGrpc.MilvusServiceBlockingStub;
import io.milvus.shaded.io.grpc.ClientInterceptors;
import io.milvus.shaded.io.grpc.ManagedChannel;
import io.milvus.v2.client.MilvusClientV2;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The stub and the channel that the SDK's client keeps to itself. It lets its stub be set, but not
 * be read; so both are read from their private fields. Where another version of the SDK has no such
 * fields, its stub stays, and what is lost is found out by calls and probes, later.
 */
final class SdkInternals {
  private static final Logger logger = LoggerFactory.getLogger(MilvusPool.class);
  private static final @Nullable VarHandle STUB =
      field("blockingStub", MilvusServiceBlockingStub.class);
  private static final @Nullable VarHandle CHANNEL = field("channel", ManagedChannel.class);

  private SdkInternals() {}

  static @Nullable VarHandle field(String name, Class<?> type) {
    try {
      return MethodHandles.privateLookupIn(MilvusClientV2.class, MethodHandles.lookup())
          .findVarHandle(MilvusClientV2.class, name, type);
    } catch (ReflectiveOperationException | RuntimeException e) {
      logger.warn(
          "This version of the SDK has no field {}: a call that begins when its server has just"
              + " died waits for a probe, or for its deadline",
          name,
          e);
      return null;
    }
  }

  /**
   * Gives the SDK's client a stub whose RPCs go through a gate, and fail at once when the channel
   * cannot connect, where its own would wait for as long as the server is dead.
   *
   * @param longest what an RPC may take outside of our calls
   * @return null if the SDK's own stub stays
   */
  static @Nullable RpcGate gate(MilvusClientV2 sdk, Duration longest) {
    MilvusServiceBlockingStub own = STUB == null ? null : (MilvusServiceBlockingStub) STUB.get(sdk);
    if (own == null) {
      return null;
    }
    RpcGate gate = new RpcGate(longest);
    sdk.setBlockingStub(
        MilvusServiceGrpc.newBlockingStub(ClientInterceptors.intercept(own.getChannel(), gate)));
    return gate;
  }

  /** The channel of the SDK's client, or null. */
  static @Nullable ManagedChannel channel(MilvusClientV2 sdk) {
    return CHANNEL == null ? null : (ManagedChannel) CHANNEL.get(sdk);
  }
}
