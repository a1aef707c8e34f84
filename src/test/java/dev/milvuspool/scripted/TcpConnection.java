package dev.milvuspool.scripted;

import io.milvus.shaded.io.grpc.netty.shaded.io.netty.channel.ChannelDuplexHandler;
import io.milvus.shaded.io.grpc.netty.shaded.io.netty.channel.ChannelHandlerContext;
import io.milvus.shaded.io.grpc.netty.shaded.io.netty.channel.ChannelPromise;
import io.milvus.shaded.io.grpc.netty.shaded.io.netty.channel.socket.SocketChannel;
import io.milvus.shaded.io.grpc.netty.shaded.io.netty.util.ReferenceCountUtil;
import java.nio.channels.ClosedChannelException;
import java.util.ArrayDeque;
import java.util.Queue;

/**
 * One accepted connection, between the socket and everything that gRPC puts on it. While held, it
 * passes nothing in either direction: what was received or is to be sent waits, in order, for the
 * release, as on a network that loses packets for a while. A close passes.
 */
final class TcpConnection extends ChannelDuplexHandler {
  private record Write(Object message, ChannelPromise promise) {}

  private final SocketChannel channel;
  private final Queue<Object> received = new ArrayDeque<>();
  private final Queue<Write> unsent = new ArrayDeque<>();

  // Of the channel's event loop.
  private boolean held;

  TcpConnection(SocketChannel channel) {
    this.channel = channel;
  }

  /** Holds; on return nothing passes any more. */
  void hold() {
    channel.eventLoop().submit(() -> held = true).syncUninterruptibly();
  }

  /** Passes what was held, and all that follows. */
  void release() {
    channel.eventLoop().submit(this::passHeld).syncUninterruptibly();
  }

  private void passHeld() {
    ChannelHandlerContext context = channel.pipeline().context(this);
    held = false;
    if (context == null) {
      return;
    }
    while (!received.isEmpty()) {
      context.fireChannelRead(received.remove());
    }
    context.fireChannelReadComplete();
    while (!unsent.isEmpty()) {
      Write write = unsent.remove();
      context.write(write.message, write.promise);
    }
    context.flush();
  }

  /** Closes the socket, with no word to the client above TCP. */
  void close() {
    channel.eventLoop().execute(this::closeSocket);
  }

  /** Closes the socket with a TCP reset. */
  void reset() {
    channel
        .eventLoop()
        .execute(
            () -> {
              if (channel.isOpen()) {
                channel.config().setSoLinger(0);
                closeSocket();
              }
            });
  }

  private void closeSocket() {
    ChannelHandlerContext context = channel.pipeline().context(this);
    if (context != null) {
      // From here a close goes straight to the socket: gRPC is not asked, and says no goodbye.
      context.close();
    } else {
      channel.close();
    }
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    if (held) {
      received.add(message);
    } else {
      context.fireChannelRead(message);
    }
  }

  @Override
  public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
    if (held) {
      unsent.add(new Write(message, promise));
    } else {
      context.write(message, promise);
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    received.forEach(ReferenceCountUtil::release);
    received.clear();
    for (Write write : unsent) {
      ReferenceCountUtil.release(write.message);
      write.promise.tryFailure(new ClosedChannelException());
    }
    unsent.clear();
    context.fireChannelInactive();
  }
}
