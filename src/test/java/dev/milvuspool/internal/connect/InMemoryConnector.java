package dev.milvuspool.internal.connect;

import dev.milvuspool.ClientOptions;
import dev.milvuspool.internal.common.Background;
import dev.milvuspool.internal.config.Address;
import io.milvus.shaded.io.grpc.CallOptions;
import io.milvus.shaded.io.grpc.ClientCall;
import io.milvus.shaded.io.grpc.ConnectivityState;
import io.milvus.shaded.io.grpc.ManagedChannel;
import io.milvus.shaded.io.grpc.MethodDescriptor;
import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** Connects to nothing, at once: transports that never call. Tests override what is to be slow. */
public class InMemoryConnector implements Connector {
  private final Background background;
  private final AtomicInteger dials = new AtomicInteger();

  public InMemoryConnector(Background background) {
    this.background = background;
  }

  public int dials() {
    return dials.get();
  }

  /** What a transport does when it is closed. */
  protected Runnable newClosing() {
    return () -> {};
  }

  /** The channel of the next transport. */
  protected ManagedChannel newChannel() {
    return new ReadyChannel(newClosing());
  }

  @Override
  public CompletableFuture<Transport> connect(Target target, Route route, Duration timeout) {
    dials.incrementAndGet();
    return CompletableFuture.completedFuture(newTransport(target, route));
  }

  protected final Transport newTransport(Target target, Route route) {
    Address address = Address.all(target.options().addresses()).get(0);
    Endpoint endpoint = new Endpoint(address, InetAddress.getLoopbackAddress());
    route.loads().takeLeast(List.of(endpoint), null);
    return new Transport(
        newChannel(),
        endpoint,
        0,
        new Handshake.Result("1", "2.6.0"),
        new Authorization(target.client(), target.options(), GrpcConnector.credentials(background)),
        background);
  }

  @Override
  public boolean hasAnswered(Endpoint endpoint, long since) {
    return false;
  }

  @Override
  public CompletableFuture<List<Endpoint>> endpoints(ClientOptions options, int site) {
    return CompletableFuture.completedFuture(List.of());
  }

  /** Is ready until it is shut down. */
  private static final class ReadyChannel extends ManagedChannel {
    private final Runnable closing;
    private volatile boolean shutdown;

    ReadyChannel(Runnable closing) {
      this.closing = closing;
    }

    @Override
    public <Q, A> ClientCall<Q, A> newCall(MethodDescriptor<Q, A> method, CallOptions options) {
      throw new UnsupportedOperationException("nothing is called here");
    }

    @Override
    public String authority() {
      return "nowhere";
    }

    @Override
    public ConnectivityState getState(boolean requestConnection) {
      return shutdown ? ConnectivityState.SHUTDOWN : ConnectivityState.READY;
    }

    @Override
    public void notifyWhenStateChanged(ConnectivityState source, Runnable callback) {}

    @Override
    public ManagedChannel shutdown() {
      shutdown = true;
      return this;
    }

    @Override
    public ManagedChannel shutdownNow() {
      shutdown = true;
      closing.run();
      return this;
    }

    @Override
    public boolean isShutdown() {
      return shutdown;
    }

    @Override
    public boolean isTerminated() {
      return shutdown;
    }

    @Override
    public boolean awaitTermination(long timeout, TimeUnit unit) {
      return true;
    }
  }
}
