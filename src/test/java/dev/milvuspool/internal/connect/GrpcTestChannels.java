package dev.milvuspool.internal.connect;

import io.milvus.shaded.io.grpc.ChannelCredentials;
import io.milvus.shaded.io.grpc.InsecureChannelCredentials;
import io.milvus.shaded.io.grpc.ManagedChannel;
import io.milvus.shaded.io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The channels of a test, each to one address, with neither retries nor threads of their own. */
final class GrpcTestChannels implements AutoCloseable {
  private final List<ManagedChannel> made = new ArrayList<>();

  static InetSocketAddress loopback(int port) {
    try {
      return new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), port);
    } catch (UnknownHostException e) {
      throw new AssertionError("four bytes are an address", e);
    }
  }

  /** A channel without TLS. */
  ManagedChannel to(InetSocketAddress address) {
    return made(builder(address, InsecureChannelCredentials.create()).build());
  }

  /** A channel to the server that is to be there under this name. */
  ManagedChannel to(InetSocketAddress address, ChannelCredentials credentials, String authority) {
    return made(builder(address, credentials).overrideAuthority(authority).build());
  }

  private static NettyChannelBuilder builder(
      InetSocketAddress address, ChannelCredentials credentials) {
    return NettyChannelBuilder.forAddress(address, credentials)
        .disableRetry()
        .executor(Runnable::run)
        .idleTimeout(365, TimeUnit.DAYS);
  }

  private synchronized ManagedChannel made(ManagedChannel channel) {
    made.add(channel);
    return channel;
  }

  /** Ends all of them with what they do. */
  @Override
  public synchronized void close() {
    made.forEach(ManagedChannel::shutdownNow);
  }
}
