package dev.milvuspool.scripted;

import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import io.milvus.grpc.Status;
import io.milvus.shaded.io.grpc.MethodDescriptor;
import io.milvus.shaded.io.grpc.MethodDescriptor.PrototypeMarshaller;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What is answered to a request, by method. A method without an answer of its own succeeds. */
final class Answers {
  /**
   * Answers one method.
   *
   * @param <Q> the request
   * @param <R> the response
   */
  @FunctionalInterface
  interface Answer<Q, R> {
    /**
     * Executes the request.
     *
     * @param database the one the client named in its metadata, or {@code default}
     */
    R to(Q request, String database);
  }

  private final Map<String, Answer<?, ?>> answers = new HashMap<>();

  <Q, R> void put(MethodDescriptor<Q, R> method, Answer<Q, R> answer) {
    answers.put(method.getFullMethodName(), answer);
  }

  /** The answer of the method. */
  <Q, R> Answer<Q, R> of(MethodDescriptor<Q, R> method) {
    @SuppressWarnings("unchecked") // put() took them together
    Answer<Q, R> answer = (Answer<Q, R>) answers.get(method.getFullMethodName());
    if (answer != null) {
      return answer;
    }
    R success = withStatus(method, Status.getDefaultInstance());
    return (request, database) -> success;
  }

  /** A response of the method that holds nothing but the status. */
  @SuppressWarnings("unchecked") // a builder builds what it was taken from
  static <R> R withStatus(MethodDescriptor<?, R> method, Status status) {
    Message empty =
        (Message) ((PrototypeMarshaller<R>) method.getResponseMarshaller()).getMessagePrototype();
    if (empty instanceof Status) {
      return (R) status;
    }
    @Nullable FieldDescriptor field = empty.getDescriptorForType().findFieldByName("status");
    return field == null
        ? (R) empty
        : (R) empty.newBuilderForType().setField(field, status).build();
  }
}
