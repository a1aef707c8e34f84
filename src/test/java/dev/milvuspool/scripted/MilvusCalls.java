package dev.milvuspool.scripted;

import com.google.protobuf.Message;
import io.milvus.grpc.MilvusServiceGrpc;
import io.milvus.shaded.io.grpc.Grpc;
import io.milvus.shaded.io.grpc.Metadata;
import io.milvus.shaded.io.grpc.MethodDescriptor;
import io.milvus.shaded.io.grpc.ServerCall;
import io.milvus.shaded.io.grpc.ServerCallHandler;
import io.milvus.shaded.io.grpc.ServerServiceDefinition;
import io.milvus.shaded.io.grpc.Status;
import io.milvus.shaded.io.grpc.netty.shaded.io.netty.util.concurrent.EventExecutor;
import io.milvus.shaded.io.grpc.netty.shaded.io.netty.util.concurrent.EventExecutorGroup;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * The Milvus service: takes every unary call through counters, credentials, faults and its answer.
 * Without faults a call is answered on the event loop that read it, with no lock on the way.
 */
final class MilvusCalls {
  private static final Metadata.Key<String> DATABASE =
      Metadata.Key.of("dbname", Metadata.ASCII_STRING_MARSHALLER);

  private final Answers answers;
  private final Counters counters;
  private final Faults faults;
  private final RequiredCredentials credentials;
  private final TcpFront front;

  /** End delays. */
  private final EventExecutorGroup loops;

  MilvusCalls(
      Answers answers,
      Counters counters,
      Faults faults,
      RequiredCredentials credentials,
      TcpFront front,
      EventExecutorGroup loops) {
    this.answers = answers;
    this.counters = counters;
    this.faults = faults;
    this.credentials = credentials;
    this.front = front;
    this.loops = loops;
  }

  ServerServiceDefinition definition() {
    var builder = ServerServiceDefinition.builder(MilvusServiceGrpc.SERVICE_NAME);
    for (MethodDescriptor<?, ?> method : MilvusServiceGrpc.getServiceDescriptor().getMethods()) {
      if (method.getType() == MethodDescriptor.MethodType.UNARY) {
        add(builder, method);
      }
    }
    return builder.build();
  }

  private <Q, R> void add(ServerServiceDefinition.Builder builder, MethodDescriptor<Q, R> method) {
    String name = String.valueOf(method.getBareMethodName());
    MethodCounters methodCounters = counters.of(name);
    Answers.Answer<Q, R> answer = answers.of(method);
    ServerCallHandler<Q, R> handler =
        (call, headers) -> {
          methodCounters.lastHeaders = headers;
          counters.started(methodCounters);
          call.request(2); // one more than there is, so that the end of the request is seen
          return new Call<>(name, methodCounters, answer, call, headers);
        };
    builder.addMethod(method, handler);
  }

  /** The event loop that runs this, which spares a switch of threads, or any. */
  private EventExecutor loop() {
    for (EventExecutor loop : loops) {
      if (loop.inEventLoop()) {
        return loop;
      }
    }
    return loops.next();
  }

  private final class Call<Q, R> extends ServerCall.Listener<Q> implements Hold.HeldCall {
    private final String name;
    private final MethodCounters methodCounters;
    private final Answers.Answer<Q, R> answer;
    private final ServerCall<Q, R> call;
    private final Metadata headers;
    private final AtomicBoolean ended = new AtomicBoolean();
    private @Nullable Q request;
    private volatile @Nullable Hold hold;

    Call(
        String name,
        MethodCounters methodCounters,
        Answers.Answer<Q, R> answer,
        ServerCall<Q, R> call,
        Metadata headers) {
      this.name = name;
      this.methodCounters = methodCounters;
      this.answer = answer;
      this.call = call;
      this.headers = headers;
    }

    @Override
    public void onMessage(Q message) {
      request = message;
      methodCounters.lastRequest = message;
    }

    @Override
    public void onHalfClose() {
      Status refusal = credentials.check(name, headers);
      if (refusal != null) {
        close(refusal);
      } else if (faults.any()) {
        proceed();
      } else {
        answer();
      }
    }

    @Override
    public void proceed() {
      Hold keeping = faults.keep(name, this);
      if (keeping != null) {
        hold = keeping;
        if (ended.get()) {
          keeping.forget(this);
        }
        return;
      }
      Duration delay = faults.delayOf(name);
      if (delay == null) {
        meetFailure();
      } else {
        loop().schedule(this::meetFailure, delay.toNanos(), TimeUnit.NANOSECONDS);
      }
    }

    private void meetFailure() {
      if (ended.get()) {
        return;
      }
      Faults.Failure failure = faults.next(name);
      if (failure == null) {
        answer();
      } else if (failure instanceof Faults.Fail fail) {
        close(fail.status());
      } else if (failure instanceof Faults.Reject reject) {
        send(Answers.withStatus(call.getMethodDescriptor(), reject.status()));
      } else if (failure instanceof Faults.Reset) {
        close(Status.OK); // without the one answer that there must be, gRPC resets the stream
      } else if (failure instanceof Faults.Drop drop) {
        if (drop.afterExecuting()) {
          execute();
        }
        SocketAddress client = call.getAttributes().get(Grpc.TRANSPORT_ATTR_REMOTE_ADDR);
        front.reset(client);
      }
    }

    private void answer() {
      R response = execute();
      if (response != null) {
        send(response);
      }
    }

    /** Executes and counts; null where that failed and the call has ended. */
    private @Nullable R execute() {
      Q received = request;
      if (received == null) {
        close(Status.INTERNAL.withDescription("no request"));
        return null;
      }
      String database = headers.get(DATABASE);
      R response;
      try {
        response = answer.to(received, database == null ? Catalog.DEFAULT_DATABASE : database);
      } catch (MilvusError e) {
        return Answers.withStatus(call.getMethodDescriptor(), e.status());
      } catch (RuntimeException e) {
        close(Status.INTERNAL.withDescription(e.toString()).withCause(e));
        return null;
      }
      counters.executed(methodCounters, RowAnswers.rowCount((Message) response));
      return response;
    }

    private void send(R response) {
      if (end()) {
        try {
          call.sendHeaders(new Metadata());
          call.sendMessage(response);
          call.close(Status.OK, new Metadata());
        } catch (IllegalStateException e) {
          // Cancelled by the client at this moment.
        }
      }
    }

    private void close(Status status) {
      if (end()) {
        try {
          call.close(status, new Metadata());
        } catch (IllegalStateException e) {
          // Cancelled by the client at this moment.
        }
      }
    }

    @Override
    public void onCancel() {
      Hold keeping = hold;
      if (keeping != null) {
        keeping.forget(this);
      }
      end();
    }

    @Override
    public void onComplete() {
      end();
    }

    /** Counts the end before the client can see it; true for the first. */
    private boolean end() {
      if (ended.compareAndSet(false, true)) {
        counters.ended(methodCounters);
        return true;
      }
      return false;
    }
  }
}
