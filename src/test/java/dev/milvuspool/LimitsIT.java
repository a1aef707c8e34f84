package dev.milvuspool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonObject;
import dev.milvuspool.server.MilvusServer;
import dev.milvuspool.server.RealMilvus;
import io.milvus.v2.common.DataType;
import io.milvus.v2.exception.MilvusClientException;
import io.milvus.v2.service.collection.request.AddFieldReq;
import io.milvus.v2.service.collection.request.CreateCollectionReq;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What a real Milvus limits: how often, how fast, and how much at once. */
class LimitsIT {
  private static final String COLLECTION = "limits";

  /** Its error code for "you are above the quota". */
  private static final int RATE_LIMIT = 8;

  private static MilvusServer server;
  private static MilvusPool pool;
  private static Client patient;
  private static Client impatient;

  @BeforeAll
  static void start() {
    server = RealMilvus.withQuotas();
    pool = MilvusPool.create();
    ClientOptions options = Samples.options(server).withDeadline(Duration.ofSeconds(30)).build();
    patient = pool.add("patient", options);
    impatient =
        pool.add("impatient", options.toBuilder().withRetry(0, Duration.ofSeconds(1)).build());
    CreateCollectionReq.CollectionSchema schema = Samples.schema();
    schema.addField(
        AddFieldReq.builder()
            .fieldName("text")
            .dataType(DataType.VarChar)
            .maxLength(65_535)
            .build());
    patient.createCollection(COLLECTION, schema, 1);
    patient.createIndex(COLLECTION, Samples.index());
    patient.loadCollection(COLLECTION);
  }

  @AfterAll
  static void stop() {
    pool.close();
    server.close();
  }

  private static List<JsonObject> rows(long first, int count, int bytes) {
    List<JsonObject> rows = Samples.rows(first, count);
    String text = "x".repeat(bytes);
    rows.forEach(row -> row.addProperty("text", text));
    return rows;
  }

  private static int code(Throwable failure) {
    return ((MilvusClientException) failure).getServerErrCode();
  }

  @Test
  void aFlushAboveTheQuotaIsSentAgainUntilItGoesThrough() {
    assertThatThrownBy(
            () -> {
              for (int i = 0; i < 10; i++) {
                impatient.flush(COLLECTION);
              }
            })
        .satisfies(limited -> assertThat(code(limited)).isEqualTo(RATE_LIMIT));

    for (int i = 0; i < 3; i++) {
      assertThatCode(() -> patient.flush(COLLECTION)).doesNotThrowAnyException();
    }
  }

  @Test
  void insertsAboveTheQuotaGoThroughAndEachRowIsThereOnce() {
    List<Throwable> limited = new ArrayList<>();
    for (int i = 0; i < 20 && limited.isEmpty(); i++) {
      try {
        impatient.insert(COLLECTION, rows(1_000_000 + 10L * i, 10, 60_000));
      } catch (MilvusClientException e) {
        limited.add(e);
      }
    }
    assertThat(limited).singleElement().satisfies(e -> assertThat(code(e)).isEqualTo(RATE_LIMIT));

    for (int i = 0; i < 10; i++) {
      patient.insert(COLLECTION, rows(10L * i, 10, 60_000));
    }

    assertThat(Samples.ids(patient, COLLECTION, "id < 1000")).hasSize(100);
  }

  @Test
  void aRequestAboveTheProxysLimitSaysHowLargeItIsAndWhatToDo() {
    assertThatThrownBy(() -> patient.insert(COLLECTION, rows(5_000_000, 1_200, 60_000)))
        .hasMessageContainingAll(
            "bytes large", "with 1200 rows", "64 MB", "send fewer rows a call");

    assertThat(patient.state()).isEqualTo(ClientState.UP);
    assertThat(patient.hasCollection(COLLECTION)).isTrue();
  }
}
