package dev.milvuspool;

import static dev.milvuspool.scripted.ScriptedMilvus.ALWAYS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonObject;
import dev.milvuspool.scripted.ScriptedMilvus;
import io.milvus.shaded.io.grpc.Status;
import io.milvus.v2.exception.MilvusClientException;
import io.milvus.v2.service.vector.request.InsertReq;
import io.milvus.v2.service.vector.request.UpsertReq;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Rows that Milvus does not take: because they do not fit its schema, or are too many at once. */
@Timeout(60)
class RefusedRowsTest {
  private static final int MISMATCH = 109;

  private final ScriptedMilvus server = ClientOperation.server();
  private final Client client = Client.connect(ClientOperation.options(server).build());

  @AfterEach
  void close() {
    client.close();
    server.close();
  }

  static Stream<Named<Consumer<Client>>> inserts() {
    InsertReq insert = InsertReq.builder().collectionName("items").data(Samples.rows(1, 2)).build();
    UpsertReq upsert = UpsertReq.builder().collectionName("items").data(Samples.rows(1, 2)).build();
    return Stream.of(
        Named.of("insert", client -> client.insert(insert)),
        Named.of("upsert", client -> client.upsert(upsert)),
        Named.of("insert of call", client -> client.call(sdk -> sdk.insert(insert))),
        Named.of("insert of unwrap", client -> client.unwrap().insert(insert)));
  }

  @ParameterizedTest
  @MethodSource("inserts")
  void rowsThatNeverFitTheSchemaAreSentThreeTimesAtMost(Consumer<Client> insert) {
    server.reject("Insert", MISMATCH, "collection schema mismatch", ALWAYS);
    server.reject("Upsert", MISMATCH, "collection schema mismatch", ALWAYS);
    Client patient = client.withDeadline(Duration.ofSeconds(30));

    for (int i = 0; i < 2; i++) {
      server.resetCounts();

      assertThatThrownBy(() -> insert.accept(patient))
          .isInstanceOfSatisfying(
              MilvusClientException.class,
              e -> assertThat(e.getServerErrCode()).isEqualTo(MISMATCH))
          .hasMessageContaining("collection schema mismatch");

      assertThat(server.calls("Insert") + server.calls("Upsert")).isEqualTo(3);
    }
  }

  @Test
  void rowsThatFitOnceTheSchemaIsReadAgainAreInserted() {
    server.reject("Insert", MISMATCH, "collection schema mismatch", 2);

    assertThat(client.insert("items", Samples.rows(1, 2)).getInsertCnt()).isEqualTo(2);

    assertThat(server.calls("Insert")).isEqualTo(3);
    assertThat(server.executed("Insert")).isEqualTo(1);
  }

  @Test
  void aRequestThatIsTooLargeIsRefusedWithItsSizeAndTheRemedy() {
    server.collection("large", Samples.DIMENSION);
    List<JsonObject> rows = Collections.nCopies(40, largeRow());
    server.fail(
        "Insert",
        Status.RESOURCE_EXHAUSTED.withDescription(
            "grpc: received message larger than max (0 vs. 67108864)"),
        ALWAYS);

    assertThatThrownBy(() -> client.insert("large", rows))
        .isInstanceOf(MilvusClientException.class)
        .hasMessageContainingAll(
            "larger than max", "with 40 rows", "64 MB (67108864 bytes)", "send fewer rows a call")
        .satisfies(e -> assertThat(sizeIn(e.getMessage())).isBetween(40_000_000L, 40_100_000L));

    assertThat(server.calls("Insert")).isEqualTo(1);
    assertThat(client.state()).isEqualTo(ClientState.UP);
  }

  private static long sizeIn(String message) {
    Matcher size = Pattern.compile("the request is (\\d+) bytes large").matcher(message);
    assertThat(size.find()).as(message).isTrue();
    return Long.parseLong(size.group(1));
  }

  /** A million bytes in a dynamic field. */
  private static JsonObject largeRow() {
    JsonObject row = Samples.rows(1, 1).get(0);
    row.addProperty("text", "x".repeat(1_000_000));
    return row;
  }
}
