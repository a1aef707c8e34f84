package dev.milvuspool.internal.common;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.milvuspool.MilvusPoolException;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** Waits of a thread that is interrupted. */
class AwaitTest {
  @Test
  void anInterruptCancelsTheFutureAndStays() {
    CompletableFuture<String> future = new CompletableFuture<>();
    Thread.currentThread().interrupt();

    assertThatThrownBy(() -> Await.result(future, "main", "connect"))
        .isInstanceOf(MilvusPoolException.class)
        .hasMessageContainingAll("main", "interrupted", "connect");

    assertThat(Thread.interrupted()).isTrue();
    assertThat(future).isCancelled();
  }

  @Test
  void aFailureThatIsFasterThanTheInterruptIsThrownAsItIs() {
    IllegalStateException failure = new IllegalStateException("refused");
    CompletableFuture<String> future =
        new CompletableFuture<>() {
          @Override
          public boolean cancel(boolean mayInterruptIfRunning) {
            completeExceptionally(failure);
            return false;
          }
        };
    Thread.currentThread().interrupt();

    assertThatThrownBy(() -> Await.result(future, "main", "connect")).isSameAs(failure);

    assertThat(Thread.interrupted()).isTrue();
  }
}
