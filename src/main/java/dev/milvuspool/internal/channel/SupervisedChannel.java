package dev.milvuspool.internal.channel;

import io.milvus.grpc.MilvusServiceGrpc;
import io.milvus.grpc.MilvusServiceGrpc.MilvusServiceBlockingStub;
import io.milvus.shaded.io.grpc.CallOptions;
import io.milvus.shaded.io.grpc.Channel;
import io.milvus.shaded.io.grpc.ClientCall;
import io.milvus.shaded.io.grpc.MethodDescriptor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The gRPC channel under the SDK client of one database. It has no connection of its own: each RPC
 * uses a connection of the client that serves then. Made for blocking stubs, whose callers wait in
 * {@link SupervisedRpc#halfClose}.
 */
public final class SupervisedChannel extends Channel {
  /**
   * For an RPC of an iterator: whether the iterator is open. The RPCs that open it are a call like
   * any other. Its pages count as later RPCs of a call.
   */
  static final CallOptions.Key<@Nullable AtomicBoolean> ITERATOR_MADE =
      CallOptions.Key.create("milvus-pool-iterator-made");

  /** How often the schema did not match, over the repetitions of one insert by the SDK. */
  static final CallOptions.Key<@Nullable AtomicInteger> MISMATCHES =
      CallOptions.Key.create("milvus-pool-schema-mismatches");

  private final ConnectionSupervisor supervisor;
  private final @Nullable String database;
  private final MilvusServiceBlockingStub stub;

  /**
   * Over the connections of a client.
   *
   * @param database of all its requests, or null for the server's default
   */
  public SupervisedChannel(ConnectionSupervisor supervisor, @Nullable String database) {
    this.supervisor = supervisor;
    this.database = database;
    stub = MilvusServiceGrpc.newBlockingStub(this);
  }

  /** The stub for the SDK's services. */
  public MilvusServiceBlockingStub stub() {
    return stub;
  }

  /** A stub for one insert or upsert, which the SDK repeats when the schema does not match. */
  public MilvusServiceBlockingStub stubForMutation() {
    return stub.withOption(MISMATCHES, new AtomicInteger());
  }

  /**
   * The stub for an iterator, whose pages wait for a reconnect as a call under way does.
   *
   * @param made whether what is sent are pages
   */
  public MilvusServiceBlockingStub stubForIterator(AtomicBoolean made) {
    return stub.withOption(ITERATOR_MADE, made);
  }

  @Override
  public <Q, A> ClientCall<Q, A> newCall(MethodDescriptor<Q, A> method, CallOptions options) {
    return method.getType() == MethodDescriptor.MethodType.UNARY
        ? new SupervisedRpc<>(supervisor, database, method, options)
        : new SupervisedStream<>(supervisor, database, method, options);
  }

  @Override
  public String authority() {
    return supervisor.snapshot().address();
  }
}
