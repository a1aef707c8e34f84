package dev.milvuspool.internal.common;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.Test;

class CausesTest {
  private final IOException inner = new IOException("inner");
  private final IllegalStateException outer = new IllegalStateException("outer", inner);

  @Test
  void theChainBeginsWithTheFailureItself() {
    assertThat(Causes.of(outer)).containsExactly(outer, inner);
    assertThat(Causes.of(inner)).containsExactly(inner);
  }

  @Test
  void aChainThatBitesItsOwnTailEnds() {
    IllegalStateException head = new IllegalStateException("head");
    IllegalStateException tail = new IllegalStateException("tail", head);
    head.initCause(tail);

    assertThat(Causes.of(head)).hasSize(20).startsWith(head, tail, head);
  }

  @Test
  void aChainEndsWithAnExceptionThatCannotSayItsCause() {
    IllegalStateException causeless =
        new IllegalStateException() {
          private static final long serialVersionUID = 1L;

          @Override
          public synchronized Throwable getCause() {
            throw new UnsupportedOperationException();
          }
        };
    IllegalStateException head = new IllegalStateException(causeless);

    assertThat(Causes.of(head)).containsExactly(head, causeless);
  }

  @Test
  void theFirstOfATypeIsFound() {
    assertThat(Causes.find(outer, IOException.class)).isSameAs(inner);
    assertThat(Causes.find(outer, Exception.class)).isSameAs(outer);
    assertThat(Causes.find(outer, Error.class)).isNull();
  }

  @Test
  void theWrappingOfFuturesIsTakenOff() {
    assertThat(Causes.unwrap(new CompletionException(new ExecutionException(outer))))
        .isSameAs(outer);
    assertThat(Causes.unwrap(outer)).isSameAs(outer);
  }

  @Test
  void aWrappingAroundNothingStays() {
    CompletionException empty = new CompletionException("nothing inside", null);

    assertThat(Causes.unwrap(empty)).isSameAs(empty);
  }

  @Test
  void whatIsToBeThrownIsUnchecked() {
    assertThat(Causes.unchecked(new ExecutionException(outer))).isSameAs(outer);
    assertThat(Causes.unchecked(new ExecutionException(inner)))
        .isInstanceOf(IllegalStateException.class)
        .hasCause(inner);
  }

  @Test
  void anErrorIsThrownAsItIs() {
    OutOfMemoryError error = new OutOfMemoryError("test");

    assertThatThrownBy(() -> Causes.unchecked(new CompletionException(error))).isSameAs(error);
  }
}
