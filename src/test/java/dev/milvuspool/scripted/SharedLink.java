package dev.milvuspool.scripted;

import io.milvus.shaded.io.grpc.netty.shaded.io.netty.buffer.ByteBuf;
import io.milvus.shaded.io.grpc.netty.shaded.io.netty.channel.ChannelDuplexHandler;
import io.milvus.shaded.io.grpc.netty.shaded.io.netty.channel.ChannelHandlerContext;
import io.milvus.shaded.io.grpc.netty.shaded.io.netty.channel.FixedRecvByteBufAllocator;
import io.milvus.shaded.io.grpc.netty.shaded.io.netty.channel.socket.SocketChannel;
import java.util.concurrent.TimeUnit;

/**
 * A network of limited bandwidth between all clients and the server, in the direction to the
 * server. Connections take turns, a chunk each, so that one that sends much cannot keep the others
 * waiting; what is sent on one connection waits for what was sent on it before.
 */
final class SharedLink {
  private static final int CHUNK_BYTES = 16 << 10;

  private final double nanosPerByte;
  private long freeAt = System.nanoTime();

  SharedLink(long bytesPerSecond) {
    nanosPerByte = (double) TimeUnit.SECONDS.toNanos(1) / bytesPerSecond;
  }

  /** Lets what this connection receives come over the link. */
  void carry(SocketChannel channel) {
    channel
        .config()
        .setAutoRead(false)
        .setRecvByteBufAllocator(new FixedRecvByteBufAllocator(CHUNK_BYTES));
    channel.pipeline().addLast(new End());
  }

  /** How long it takes until so many bytes, sent now, have arrived. */
  private synchronized long nanosFor(int bytes) {
    long now = System.nanoTime();
    freeAt = Math.max(freeAt, now) + (long) (bytes * nanosPerByte);
    return freeAt - now;
  }

  /** The server's end of one connection: it reads on when the chunk before has arrived. */
  private final class End extends ChannelDuplexHandler {
    @Override
    public void channelActive(ChannelHandlerContext context) {
      context.fireChannelActive();
      context.read();
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
      context
          .executor()
          .schedule(
              () -> arrived(context, message),
              nanosFor(((ByteBuf) message).readableBytes()),
              TimeUnit.NANOSECONDS);
    }

    private void arrived(ChannelHandlerContext context, Object message) {
      context.fireChannelRead(message);
      context.fireChannelReadComplete();
      context.read();
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
      // It is when the chunk has arrived.
    }

    @Override
    public void read(ChannelHandlerContext context) {
      // Those behind do not decide when the next chunk may be sent.
    }
  }
}
