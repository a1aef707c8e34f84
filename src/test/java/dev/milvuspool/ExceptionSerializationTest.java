package dev.milvuspool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.milvuspool.internal.common.SerializableCause;
import io.milvus.shaded.io.grpc.Status;
import io.milvus.shaded.io.grpc.StatusRuntimeException;
import io.milvus.v2.exception.ErrorCode;
import io.milvus.v2.exception.MilvusClientException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.NotSerializableException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every exception survives the way to another JVM, whatever its causes are. */
class ExceptionSerializationTest {
  static Stream<Function<Throwable, MilvusPoolException>> allWithACause() {
    return Stream.of(
        cause -> new MilvusPoolException("failed", "main", "a:1", cause),
        cause -> new ClientClosedException("main", "a:1", cause),
        cause ->
            new ClientConnectException(
                ClientConnectException.Reason.TLS, "failed", "main", "a:1", cause),
        cause -> new ClientTimeoutException("failed", "main", "a:1", cause),
        cause -> new ClientUnavailableException("failed", "main", "a:1", true, cause));
  }

  static Stream<MilvusPoolException> all() {
    return Stream.concat(
        allWithACause().map(each -> each.apply(sdkFailure())),
        Stream.of(
            new ClientAlreadyExistsException("main"),
            new ClientNotFoundException("main"),
            new PoolClosedException("main"),
            new PoolClosedException(null)));
  }

  /** As it comes from the SDK: gRPC's exception, which cannot be serialised, is two levels deep. */
  private static MilvusClientException sdkFailure() {
    StatusRuntimeException grpc =
        Status.UNAVAILABLE.withDescription("connection refused").asRuntimeException();
    return new MilvusClientException(ErrorCode.RPC_ERROR, grpc);
  }

  private static byte[] written(Object object) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
      out.writeObject(object);
    }
    return bytes.toByteArray();
  }

  @SuppressWarnings("unchecked")
  private static <T extends Throwable> T roundTrip(T original) throws Exception {
    try (ObjectInputStream in =
        new ObjectInputStream(new ByteArrayInputStream(written(original)))) {
      return (T) in.readObject();
    }
  }

  private static String trace(Throwable throwable) {
    StringWriter text = new StringWriter();
    throwable.printStackTrace(new PrintWriter(text));
    return text.toString();
  }

  @Test
  void theCauseOfTheseTestsCannotBeSerialised() {
    assertThatThrownBy(() -> written(sdkFailure())).isInstanceOf(NotSerializableException.class);
  }

  @ParameterizedTest
  @MethodSource("all")
  void anExceptionComesBackAsItWas(MilvusPoolException original) throws Exception {
    original.addSuppressed(new IllegalStateException("while closing", sdkFailure()));
    original.addSuppressed(new ClientTimeoutException("too late", "main", "a:1", sdkFailure()));

    MilvusPoolException copy = roundTrip(original);

    assertThat(copy).isExactlyInstanceOf(original.getClass()).hasMessage(original.getMessage());
    assertThat(copy.clientName()).isEqualTo(original.clientName());
    assertThat(copy.address()).isEqualTo(original.address());
    assertThat(copy.getStackTrace()).isEqualTo(original.getStackTrace());
    assertThat(trace(copy)).isEqualTo(trace(original));
    assertThat(copy.getSuppressed()[1]).isExactlyInstanceOf(ClientTimeoutException.class);
    if (copy instanceof ClientConnectException connect) {
      assertThat(connect.reason()).isEqualTo(ClientConnectException.Reason.TLS);
    }
    if (copy instanceof ClientUnavailableException unavailable) {
      assertThat(unavailable.outcomeUnknown()).isTrue();
    }
  }

  @ParameterizedTest
  @MethodSource("allWithACause")
  void aCauseThatCanBeSerialisedStaysWhatItIs(Function<Throwable, MilvusPoolException> made)
      throws Exception {
    IllegalStateException cause =
        new IllegalStateException("why", new ClientNotFoundException("other"));

    MilvusPoolException copy = roundTrip(made.apply(cause));

    assertThat(copy.getCause()).isExactlyInstanceOf(IllegalStateException.class).hasMessage("why");
    assertThat(copy.getCause().getCause()).isExactlyInstanceOf(ClientNotFoundException.class);
  }

  @Test
  void aCauseBelowOneThatCannotBeSerialisedIsKept() throws Exception {
    IOException root = new IOException("reset");
    StatusRuntimeException grpc = Status.UNAVAILABLE.withCause(root).asRuntimeException();
    MilvusPoolException between = new ClientTimeoutException("late", "main", null, grpc);
    RuntimeException wrapper = new RuntimeException("wrapped", between);

    MilvusPoolException copy = roundTrip(new MilvusPoolException("failed", null, null, wrapper));

    assertThat(copy.clientName()).isNull();
    assertThat(copy.getCause()).isExactlyInstanceOf(RuntimeException.class);
    Throwable again = copy.getCause().getCause();
    assertThat(again).isExactlyInstanceOf(ClientTimeoutException.class);
    assertThat(again.getCause())
        .isExactlyInstanceOf(SerializableCause.class)
        .hasToString(grpc.toString())
        .hasMessage(grpc.getMessage());
    assertThat(again.getCause().getCause()).isExactlyInstanceOf(IOException.class);
  }

  @Test
  void anExceptionWithoutACauseGetsNone() throws Exception {
    assertThat(roundTrip(new MilvusPoolException("failed", null, null, null))).hasNoCause();
  }

  @Test
  void causesThatGoInACircleCanBeWritten() throws Exception {
    StatusRuntimeException below = Status.UNAVAILABLE.asRuntimeException();
    StatusRuntimeException above = Status.ABORTED.withCause(below).asRuntimeException();
    MilvusPoolException ours = new ClientTimeoutException("late", "main", "a:1", above);
    below.addSuppressed(ours);

    ClientTimeoutException copy = (ClientTimeoutException) roundTrip(ours);

    assertThat(copy.getCause()).hasToString(above.toString());
    assertThat(copy.getCause().getCause()).hasToString(below.toString());
    assertThat(trace(copy)).contains("circular reference: ");
  }

  @Test
  void manyExceptionsInARowAreWrittenInNoTime() throws Exception {
    Throwable cause = sdkFailure();
    for (int i = 0; i < 60; i++) {
      cause = new IllegalStateException(new MilvusPoolException("level " + i, null, null, cause));
    }

    assertThat(trace(roundTrip(new MilvusPoolException("top", null, null, cause))))
        .contains("level 0", "level 59", "connection refused");
  }
}
