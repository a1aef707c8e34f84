package dev.milvuspool.scripted;

import io.milvus.shaded.io.grpc.netty.shaded.io.netty.channel.Channel;
import io.milvus.shaded.io.grpc.netty.shaded.io.netty.channel.ChannelHandlerContext;
import io.milvus.shaded.io.grpc.netty.shaded.io.netty.channel.ChannelInboundHandlerAdapter;
import io.milvus.shaded.io.grpc.netty.shaded.io.netty.channel.EventLoopGroup;
import io.milvus.shaded.io.grpc.netty.shaded.io.netty.channel.ServerChannel;
import io.milvus.shaded.io.grpc.netty.shaded.io.netty.channel.SingleThreadEventLoop;
import io.milvus.shaded.io.grpc.netty.shaded.io.netty.channel.local.LocalServerChannel;
import io.milvus.shaded.io.grpc.netty.shaded.io.netty.channel.socket.SocketChannel;
import io.milvus.shaded.io.grpc.netty.shaded.io.netty.channel.socket.nio.NioServerSocketChannel;
import io.milvus.shaded.io.grpc.netty.shaded.io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The TCP side: it listens, accepts and hands connections to the gRPC server, or does not. The gRPC
 * server listens on an address inside the JVM, to which nothing ever connects; it serves the
 * connections that are accepted here. So it lives on, with its state and counters, while the port
 * is closed.
 */
final class TcpFront {
  /** What happens to a connection that a client asks for. */
  enum Mode {
    /** It is accepted and served. */
    FORWARD,
    /** It is accepted; what it sends is read and thrown away, for ever. */
    BLACKHOLE,
    /** It is left in the kernel's queue: established, for the client, yet silent. */
    STALL_ACCEPT,
    /** It is refused: nothing listens. */
    REFUSE
  }

  /** Below the ports that the kernel gives to clients, so that none of them takes a closed one. */
  private static final int FIRST_PORT = 15_000;

  private static final int LAST_PORT = 32_000;
  private static final int BACKLOG = 1024;

  private final EventLoopGroup loops;
  private final Counters counters;
  private final @Nullable SharedLink link;
  private final Set<Channel> open = ConcurrentHashMap.newKeySet();
  private final Map<SocketAddress, TcpConnection> served = new ConcurrentHashMap<>();
  private final LocalServerChannel grpc = new LocalServerChannel();

  private volatile long acceptDelayNanos;

  // Of the event loop of `grpc`.
  private Mode mode = Mode.REFUSE;
  private @Nullable NioServerSocketChannel listening;

  /**
   * Does not listen yet.
   *
   * @param link over which all connections come, or null
   */
  TcpFront(EventLoopGroup loops, Counters counters, @Nullable SharedLink link) {
    this.loops = loops;
    this.counters = counters;
    this.link = link;
  }

  /** The channel for the gRPC server to listen on. */
  ServerChannel grpcChannel() {
    return grpc;
  }

  /** Listens, for the first time; port 0 takes a free one. */
  InetSocketAddress listen(String host, int port) {
    if (port != 0) {
      InetSocketAddress address = new InetSocketAddress(host, port);
      switchTo(Mode.FORWARD, address);
      return address;
    }
    RandomGenerator random = RandomGenerator.getDefault();
    for (int attempt = 1; ; attempt++) {
      InetSocketAddress address =
          new InetSocketAddress(host, random.nextInt(FIRST_PORT, LAST_PORT));
      try {
        switchTo(Mode.FORWARD, address);
        return address;
      } catch (UncheckedIOException e) {
        if (attempt == 100) {
          throw e;
        }
      }
    }
  }

  /** Changes what happens to connections to come. On return the change is done. */
  void switchTo(Mode next, InetSocketAddress address) {
    try {
      onAcceptLoop(() -> change(next, address));
    } catch (ExecutionException e) {
      throw new UncheckedIOException(
          e.getCause() instanceof IOException io ? io : new IOException(e.getCause()));
    }
    if (next == Mode.REFUSE) {
      awaitSelect();
    }
  }

  /** Java closes a selected socket only when its selector next runs, and so the loop once more. */
  private void awaitSelect() {
    SingleThreadEventLoop loop = (SingleThreadEventLoop) grpc.eventLoop();
    CountDownLatch selected = new CountDownLatch(1);
    loop.execute(
        () -> loop.executeAfterEventLoopIteration(() -> loop.execute(selected::countDown)));
    try {
      selected.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private <T> T onAcceptLoop(Callable<T> task) throws ExecutionException {
    var future = grpc.eventLoop().submit(task).awaitUninterruptibly();
    if (!future.isSuccess()) {
      throw new ExecutionException(future.cause());
    }
    return future.getNow();
  }

  /** The connections that the gRPC server has: none of them is on its way any more. */
  private List<TcpConnection> served() {
    try {
      return onAcceptLoop(() -> List.copyOf(served.values()));
    } catch (ExecutionException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Holds all connections there are. */
  void holdAll() {
    served().forEach(TcpConnection::hold);
  }

  /** Ends {@link #holdAll()}. */
  void releaseAll() {
    served().forEach(TcpConnection::release);
  }

  private boolean change(Mode next, InetSocketAddress address) throws Exception {
    if (next == Mode.REFUSE) {
      if (listening != null) {
        listening.close();
        listening = null;
      }
    } else {
      if (listening == null) {
        listening = open(address);
      }
      listening.config().setAutoRead(next != Mode.STALL_ACCEPT);
    }
    mode = next;
    return true;
  }

  // On its own event loop, bind and register are done when the methods return.
  private NioServerSocketChannel open(InetSocketAddress address) throws Exception {
    NioServerSocketChannel channel = new NioServerSocketChannel();
    channel.config().setReuseAddress(true).setBacklog(BACKLOG).setAutoRead(false);
    channel.pipeline().addLast(new Acceptor());
    Throwable failure = grpc.eventLoop().register(channel).cause();
    if (failure == null) {
      failure = channel.bind(address).cause();
    }
    if (failure != null) {
      channel.close();
      throw new IOException("cannot listen on " + address + ": " + failure.getMessage(), failure);
    }
    return channel;
  }

  private final class Acceptor extends ChannelInboundHandlerAdapter {
    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
      SocketChannel channel = (SocketChannel) message;
      open.add(channel);
      channel.closeFuture().addListener(closed -> open.remove(channel));
      counters.acceptedConnections.incrementAndGet();
      counters.changed();
      long delay = acceptDelayNanos;
      if (delay == 0) {
        serve(channel);
      } else {
        grpc.eventLoop().schedule(() -> serve(channel), delay, TimeUnit.NANOSECONDS);
      }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
      // A connection that was reset before it was accepted; the next one is none the worse.
    }
  }

  private void serve(SocketChannel channel) {
    if (!channel.isOpen()) {
      return;
    }
    if (mode == Mode.BLACKHOLE) {
      channel.pipeline().addLast(new Discard());
      loops.register(channel);
      return;
    }
    TcpConnection connection = new TcpConnection(channel);
    SocketAddress client = channel.remoteAddress();
    if (link != null) {
      link.carry(channel);
    }
    channel.pipeline().addLast(connection);
    served.put(client, connection);
    channel.closeFuture().addListener(closed -> served.remove(client, connection));
    grpc.pipeline().fireChannelRead(channel);
  }

  private static final class Discard extends ChannelInboundHandlerAdapter {
    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
      ReferenceCountUtil.release(message);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
      context.close();
    }
  }

  /** How long a new connection stays silent before it is served. */
  void delayAccept(Duration delay) {
    acceptDelayNanos = delay.toNanos();
  }

  /** Resets the connection of the client at this address, if it is still there. */
  void reset(@Nullable SocketAddress client) {
    TcpConnection connection = client == null ? null : served.get(client);
    if (connection != null) {
      connection.reset();
    }
  }

  /** Resets all connections that are served. */
  void resetAll() {
    served().forEach(TcpConnection::reset);
  }

  /** Refuses new connections and closes all sockets, without a word to the clients above TCP. */
  void kill(InetSocketAddress address) {
    switchTo(Mode.REFUSE, address);
    served().forEach(TcpConnection::close);
    try {
      onAcceptLoop(this::closeUnserved);
    } catch (ExecutionException e) {
      throw new IllegalStateException(e);
    }
    for (Channel channel : open) {
      channel.closeFuture().awaitUninterruptibly(5, TimeUnit.SECONDS);
    }
  }

  private boolean closeUnserved() {
    for (Channel channel : open) {
      if (!served.containsKey(channel.remoteAddress())) {
        if (channel.isRegistered()) {
          channel.close();
        } else {
          channel.unsafe().closeForcibly();
          open.remove(channel);
        }
      }
    }
    return true;
  }
}
