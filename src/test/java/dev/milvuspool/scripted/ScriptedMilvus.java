package dev.milvuspool.scripted;

import io.milvus.shaded.io.grpc.Status;
import io.milvus.shaded.io.grpc.netty.shaded.io.netty.channel.nio.NioEventLoopGroup;
import io.milvus.shaded.io.grpc.netty.shaded.io.netty.util.concurrent.DefaultThreadFactory;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A server that speaks Milvus over TCP on the loopback, for fault tests and counts: a client of the
 * SDK takes it for a Milvus. It answers every RPC of {@code MilvusClientV2} with success, keeps
 * databases, collections, aliases, partitions and indexes, counts rows instead of keeping them, and
 * misbehaves as it is told. All of it can be told while it runs. Thread-safe.
 *
 * <p>Methods are named as in gRPC ({@code "Search"}, {@code "GetVersion"}); {@link #ALL} stands for
 * all. A call meets its faults in this order: credentials, stalls and holds, delay, then the next
 * failure ({@link #fail}, {@link #reject}, {@link #dropConnectionBefore}, {@link
 * #dropConnectionAfterExecuting}), of its own method before that of all. A call that its client
 * gives up while a fault keeps it is not executed.
 */
public final class ScriptedMilvus extends CountingServer implements AutoCloseable {
  /** In place of a method's name: all methods. */
  public static final String ALL = "*";

  /** In place of a number of times: until {@link #clearFaults}. */
  public static final int ALWAYS = Integer.MAX_VALUE;

  /** What the server says its version is. */
  public static final String VERSION = ServerAnswers.VERSION;

  private static final Duration CLOSE_TIME = Duration.ofSeconds(10);

  private final Faults faults = new Faults();
  private final RequiredCredentials credentials = new RequiredCredentials();
  private final Catalog catalog = new Catalog();
  private final ServerAnswers serverAnswers = new ServerAnswers(catalog);
  private final LoadAnswers loadAnswers = new LoadAnswers(catalog);
  private final IndexAnswers indexAnswers = new IndexAnswers(catalog);
  private final RowAnswers rowAnswers = new RowAnswers(catalog);
  private final NioEventLoopGroup loops;
  private final TcpFront front;
  private final GrpcServer grpc;
  private final InetSocketAddress address;

  private ScriptedMilvus(Builder options) {
    Answers answers = new Answers();
    serverAnswers.putInto(answers);
    new CollectionAnswers(catalog).putInto(answers);
    loadAnswers.putInto(answers);
    indexAnswers.putInto(answers);
    rowAnswers.putInto(answers);
    loops =
        new NioEventLoopGroup(options.threads, new DefaultThreadFactory("scripted-milvus", true));
    front = new TcpFront(loops, counters, options.link);
    MilvusCalls calls = new MilvusCalls(answers, counters, faults, credentials, front, loops);
    try {
      grpc =
          new GrpcServer(
              front,
              loops,
              calls.definition(),
              counters,
              options.maxConcurrentCallsPerConnection,
              options.maxConnectionAge,
              options.tls);
      address = front.listen(options.host, options.port);
    } catch (IOException | RuntimeException e) {
      loops.shutdownGracefully(0, 0, TimeUnit.SECONDS);
      throw e instanceof RuntimeException r ? r : new UncheckedIOException((IOException) e);
    }
  }

  /** Starts one on 127.0.0.1, on a free port below those that the kernel gives to clients. */
  public static ScriptedMilvus start() {
    return builder().start();
  }

  /** Starts one on this port of 127.0.0.1. */
  public static ScriptedMilvus start(int port) {
    return builder().port(port).start();
  }

  /** Starts one on this address of the machine, such as 127.0.0.2, on a free port. */
  public static ScriptedMilvus startOn(String host) {
    return builder().host(host).start();
  }

  /** Starts one with TLS. */
  public static ScriptedMilvus startTls(File certificate, File key) {
    return builder().tls(certificate, key).start();
  }

  /** Starts one with TLS that asks clients for a certificate of this CA. */
  public static ScriptedMilvus startMutualTls(File certificate, File key, File clientCa) {
    return builder().mutualTls(certificate, key, clientCa).start();
  }

  /** Options that cannot change while it runs. */
  public static Builder builder() {
    return new Builder();
  }

  /** What a {@link ScriptedMilvus} is started with. */
  public static final class Builder {
    private String host = "127.0.0.1";
    private int port;
    private int threads = Runtime.getRuntime().availableProcessors();
    private int maxConcurrentCallsPerConnection;
    private @Nullable Duration maxConnectionAge;
    private @Nullable SharedLink link;
    private @Nullable ServerTls tls;

    private Builder() {}

    /** The address to listen on; default 127.0.0.1. */
    public Builder host(String address) {
      host = address;
      return this;
    }

    /** The port to listen on; default 0, a free one. */
    public Builder port(int number) {
      port = number;
      return this;
    }

    /** The event loops; default one a processor. */
    public Builder threads(int number) {
      threads = number;
      return this;
    }

    /**
     * The concurrent streams of a connection, as hops in front of Milvus cap them; default none.
     */
    public Builder maxConcurrentCallsPerConnection(int calls) {
      maxConcurrentCallsPerConnection = calls;
      return this;
    }

    /** After about which age it ends a connection with GOAWAY, its calls unharmed; default none. */
    public Builder maxConnectionAge(Duration age) {
      maxConnectionAge = age;
      return this;
    }

    /** What all connections together can send to it; default as much as they like. */
    public Builder bandwidth(long bytesPerSecond) {
      link = new SharedLink(bytesPerSecond);
      return this;
    }

    /** TLS, with a certificate and its key in PKCS#8, both PEM. */
    public Builder tls(File serverCertificate, File serverKey) {
      tls = new ServerTls(serverCertificate, serverKey, null);
      return this;
    }

    /** TLS that asks clients for a certificate of this CA. */
    public Builder mutualTls(File serverCertificate, File serverKey, File ca) {
      tls = new ServerTls(serverCertificate, serverKey, ca);
      return this;
    }

    /** Starts it; on return it can be connected to. */
    public ScriptedMilvus start() {
      return new ScriptedMilvus(this);
    }
  }

  /** {@code host:port}. */
  public String address() {
    return address.getHostString() + ":" + address.getPort();
  }

  /** The port; the same through {@link #kill} and {@link #restart}. */
  public int port() {
    return address.getPort();
  }

  // What it holds and answers.

  /** Makes these the databases, {@code default} not included by itself. */
  public ScriptedMilvus databases(String... names) {
    catalog.setDatabases(List.of(names));
    return this;
  }

  /**
   * Adds a collection to the default database, as a client would: an Int64 key {@code id}, a
   * FloatVector {@code vector} of this dimension, dynamic fields.
   */
  public ScriptedMilvus collection(String name, int dimension) {
    catalog.addCollection(name, dimension);
    return this;
  }

  /** How many rows every collection is found to hold, whatever was inserted; default 3. */
  public ScriptedMilvus resultRows(int rows) {
    rowAnswers.resultRows = rows;
    return this;
  }

  /**
   * The progress of loads to come: each GetLoadingProgress tells the next, after the last 100. The
   * load state is Loading until all below 100 were told. Without any, a load is done at once.
   */
  public ScriptedMilvus loadingProgress(long... percent) {
    loadAnswers.script(percent);
    return this;
  }

  /**
   * How the indexes to come are built: each DescribeIndex that names the index or its field tells
   * the next step; the last stays. Without any, they are finished at once.
   */
  public ScriptedMilvus indexBuild(IndexBuild... steps) {
    indexAnswers.build = List.of(steps);
    return this;
  }

  /** How many times GetFlushState (or GetFlushAllState) says no before it says yes. */
  public ScriptedMilvus flushUnderWay(int times) {
    serverAnswers.flushesUnderWay.set(times);
    return this;
  }

  /** Requires user and password of every call: others end with UNAUTHENTICATED. */
  public ScriptedMilvus requireAuth(String user, String password) {
    credentials.require(user + ":" + password);
    return this;
  }

  /** Requires an API key of every call: others end with UNAUTHENTICATED. */
  public ScriptedMilvus requireToken(String token) {
    credentials.require(token);
    return this;
  }

  /** Requires no credentials any more. */
  public ScriptedMilvus requireNothing() {
    credentials.require(null);
    return this;
  }

  /** Whether the Connect call needs no credentials; default false, as in Milvus. */
  public ScriptedMilvus openConnect(boolean open) {
    credentials.openConnect(open);
    return this;
  }

  // Faults by method.

  /** Answers each call so much later than it came; zero ends it. */
  public void delay(String method, Duration delay) {
    faults.delay(method, delay);
  }

  /** Answers no call until {@link #resume}; the calls wait inside, unexecuted. */
  public void stall(String method) {
    faults.stall(method);
  }

  /** Executes and answers the stalled calls that are still wanted, and those to come. */
  public void resume(String method) {
    faults.resume(method);
  }

  /** {@link #resume} for every stalled method. */
  public void resumeAll() {
    faults.resumeAll();
  }

  /** Keeps calls inside, unexecuted, until the hold is released. */
  public Hold hold(String method) {
    return faults.hold(method);
  }

  /** Ends so many calls with a gRPC status, unexecuted. */
  public void fail(String method, Status status, int times) {
    faults.add(method, new Faults.Fail(status), times);
  }

  /**
   * Answers so many calls with a Milvus error (8 is the rate limit) in the response, unexecuted.
   */
  public void reject(String method, int milvusErrorCode, String reason, int times) {
    answer(method, MilvusError.status(milvusErrorCode, reason), times);
  }

  /** Answers so many calls with nothing but this Milvus status, unexecuted. */
  public void answer(String method, io.milvus.grpc.Status status, int times) {
    faults.add(method, new Faults.Reject(status), times);
  }

  /** Ends one call in so many with a gRPC status, unexecuted, until {@link #clearFaults}. */
  public void failOneIn(int calls, String method, Status status) {
    faults.add(method, new Faults.Fail(status), ALWAYS, calls);
  }

  /** Resets the HTTP/2 stream of so many calls, unexecuted; their connection stays. */
  public void resetStream(String method, int times) {
    faults.add(method, new Faults.Reset(), times);
  }

  /** Resets the TCP connection of so many calls, unexecuted. */
  public void dropConnectionBefore(String method, int times) {
    faults.add(method, new Faults.Drop(false), times);
  }

  /** Executes so many calls and resets their TCP connection instead of answering. */
  public void dropConnectionAfterExecuting(String method, int times) {
    faults.add(method, new Faults.Drop(true), times);
  }

  /** Ends the faults of this method, or all there are; what was kept inside goes on. */
  public void clearFaults(String method) {
    faults.clear(method);
  }

  // Faults of the whole server.

  /**
   * Closes the port and all connections at once, without a goodbye, as when the process is killed.
   * State and counters stay.
   */
  public void kill() {
    front.kill(address);
    awaitTransports(0, CLOSE_TIME);
  }

  /** Listens again on the same port. */
  public void restart() {
    front.switchTo(TcpFront.Mode.FORWARD, address);
  }

  /**
   * Lets connections stay open, and new ones open, with no byte answered, until {@link
   * #unblackhole}.
   */
  public void blackhole() {
    front.switchTo(TcpFront.Mode.BLACKHOLE, address);
    front.holdAll();
  }

  /**
   * Ends the black hole. Connections from before it go on where they were: what clients sent
   * meanwhile is executed now, even if they gave it up since, as behind a network that was down.
   * Those made during it stay dead for ever.
   */
  public void unblackhole() {
    front.switchTo(TcpFront.Mode.FORWARD, address);
    front.releaseAll();
  }

  /**
   * Stops answering, as a process does in a long garbage collection: connections stay, and new ones
   * wait in the kernel's queue, until {@link #thaw}.
   */
  public void freeze() {
    front.switchTo(TcpFront.Mode.STALL_ACCEPT, address);
    front.holdAll();
  }

  /** Ends {@link #freeze}: all that came meanwhile is answered now. */
  public void thaw() {
    front.releaseAll();
    front.switchTo(TcpFront.Mode.FORWARD, address);
  }

  /** Lets the open connections stay open, silent for ever, as a middlebox does that forgot them. */
  public void forgetConnections() {
    front.holdAll();
  }

  /** Closes the port; open connections are served on. Ended by {@link #acceptConnections}. */
  public void refuseConnections() {
    front.switchTo(TcpFront.Mode.REFUSE, address);
  }

  /**
   * Leaves new connections in the kernel's queue: established for the client, yet silent, until
   * {@link #acceptConnections}. Open connections are served on.
   */
  public void stallAccept() {
    front.switchTo(TcpFront.Mode.STALL_ACCEPT, address);
  }

  /** Ends {@link #refuseConnections} and {@link #stallAccept}. */
  public void acceptConnections() {
    front.switchTo(TcpFront.Mode.FORWARD, address);
  }

  /** Leaves each new connection silent for so long; zero ends it. */
  public void slowAccept(Duration delay) {
    front.delayAccept(delay);
  }

  /** Resets all open connections; new ones are served. */
  public void dropConnections() {
    front.resetAll();
  }

  /** Closes the port, all connections and all threads. */
  @Override
  public void close() {
    if (loops.isShuttingDown()) {
      return;
    }
    front.kill(address);
    grpc.close(CLOSE_TIME);
    loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
  }

  @Override
  public String toString() {
    return "ScriptedMilvus(" + address() + ")";
  }

  /**
   * Runs one in this process until its standard input ends, after printing {@code PORT n}.
   *
   * @param arguments see {@link CommandLine}
   */
  public static void main(String[] arguments) throws IOException {
    CommandLine.run(arguments);
  }
}
