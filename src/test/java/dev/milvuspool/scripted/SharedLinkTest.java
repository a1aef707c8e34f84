package dev.milvuspool.scripted;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import io.milvus.v2.service.vector.request.InsertReq;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/** A scripted Milvus behind a network of limited bandwidth. */
class SharedLinkTest extends ScriptedMilvusCase {
  private static final int BYTES_PER_SECOND = 1_000_000;
  private static final int BYTES = 2_000_000;

  @Override
  ScriptedMilvus.Builder server() {
    return ScriptedMilvus.builder().bandwidth(BYTES_PER_SECOND);
  }

  private void sendMuch() {
    List<JsonObject> rows = RawClient.rows(1);
    rows.get(0).addProperty("text", "x".repeat(BYTES));
    sdk.insert(InsertReq.builder().collectionName(RawClient.COLLECTION).data(rows).build());
  }

  @Test
  void whatIsSentTakesItsTimeAndAnotherConnectionHasItsTurns() throws Exception {
    long startedAt = System.nanoTime();
    Future<Long> sent =
        inBackground(
            () -> {
              sendMuch();
              return System.nanoTime();
            });

    try (RawClient other = RawClient.of(milvus)) {
      other.search();
    }

    assertThat(sent.isDone()).isFalse();
    assertThat(Duration.ofNanos(get(sent) - startedAt))
        .isGreaterThan(Duration.ofMillis(BYTES / (BYTES_PER_SECOND / 1_000)));
    assertThat(milvus.rows("Insert")).isEqualTo(1);
  }
}
