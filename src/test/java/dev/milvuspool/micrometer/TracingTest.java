package dev.milvuspool.micrometer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import dev.milvuspool.Client;
import dev.milvuspool.ClientOptions;
import dev.milvuspool.MilvusPool;
import dev.milvuspool.scripted.ScriptedMilvus;
import io.micrometer.observation.Observation;
import io.micrometer.tracing.ScopedSpan;
import io.milvus.v2.exception.MilvusClientException;
import io.milvus.v2.service.vector.request.SearchReq;
import io.milvus.v2.service.vector.request.data.FloatVec;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.sdk.trace.data.EventData;
import io.opentelemetry.sdk.trace.data.SpanData;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** From the caller's span to the request that arrives at the server, with OpenTelemetry's SDK. */
@Timeout(60)
class TracingTest {
  private static final Path PICTURE = Path.of("docs", "observing-trace.svg");

  /** What Micrometer notes the time of an event in. */
  private static final long MILLISECOND = 1_000_000;

  private final ScriptedMilvus server = ScriptedMilvus.start().collection("articles", 4);
  private final Traces traces = new Traces();
  private final MilvusPool pool =
      MilvusPool.builder()
          .withListener(new MicrometerObservationListener(traces.registry()))
          .build();
  private final Client client =
      pool.add(
          "main",
          ClientOptions.builder()
              .withAddress(server.address())
              .withRetry(3, Duration.ofMillis(40))
              .build());

  @AfterEach
  void close() {
    pool.close();
    traces.close();
    server.close();
  }

  private static String attribute(SpanData span, String key) {
    return span.getAttributes().get(AttributeKey.stringKey(key));
  }

  private void inCallersSpan(Runnable work) {
    Observation.createNotStarted("caller", traces.registry()).observe(work);
  }

  @Test
  void theTraceparentThatArrivesIsAChildOfTheCallersSpan() {
    inCallersSpan(() -> client.hasCollection("articles"));

    SpanData caller = traces.span("caller");
    SpanData call = traces.span("milvus hasCollection");
    assertThat(call.getParentSpanId()).isEqualTo(caller.getSpanId());
    assertThat(call.getTraceId()).isEqualTo(caller.getTraceId());
    assertThat(call.getKind()).isEqualTo(SpanKind.CLIENT);
    assertThat(server.lastHeader("HasCollection", "traceparent"))
        .hasValue(Traces.traceparent(call));
  }

  @Test
  void aSpanThatIsNoObservationIsACallersAsWell() {
    ScopedSpan caller = traces.tracer().startScopedSpan("caller");
    client.hasCollection("articles");
    caller.end();

    assertThat(traces.span("milvus hasCollection").getParentSpanId())
        .isEqualTo(traces.span("caller").getSpanId());
  }

  @Test
  void withoutACallersSpanACallIsATraceOfItsOwn() {
    client.hasCollection("articles");

    SpanData call = traces.span("milvus hasCollection");
    assertThat(call.getParentSpanContext().isValid()).isFalse();
    assertThat(server.lastHeader("HasCollection", "traceparent"))
        .hasValue(Traces.traceparent(call));
  }

  @Test
  void aSpanHasTheKeysOfItsCall() {
    client.hasCollection("articles");

    SpanData call = traces.span("milvus hasCollection");
    assertThat(attribute(call, "db.system.name")).isEqualTo("milvus");
    assertThat(attribute(call, "db.operation.name")).isEqualTo("hasCollection");
    assertThat(attribute(call, "db.namespace")).isEqualTo("default");
    assertThat(attribute(call, "db.collection.name")).isEqualTo("articles");
    assertThat(attribute(call, "server.address")).isEqualTo("127.0.0.1");
    assertThat(attribute(call, "server.port")).isEqualTo(Integer.toString(server.port()));
    assertThat(attribute(call, "error.type")).isEqualTo("none");
    assertThat(attribute(call, "milvus.client.name")).isEqualTo("main");
  }

  @Test
  void aRetriedCallIsOneSpanWithTheRetryAsAnEvent() {
    server.reject("HasCollection", 8, "rate limit exceeded", 1);

    inCallersSpan(() -> client.hasCollection("articles"));

    SpanData call = traces.span("milvus hasCollection");
    assertThat(server.calls("HasCollection")).isEqualTo(2);
    assertThat(call.getEvents()).extracting(EventData::getName).containsExactly("retry");
    assertThat(call.getEvents().get(0).getEpochNanos())
        .isBetween(call.getStartEpochNanos() - MILLISECOND, call.getEndEpochNanos());
    assertThat(server.lastHeader("HasCollection", "traceparent"))
        .hasValue(Traces.traceparent(call));
  }

  @Test
  void aCallThatFailsIsASpanInError() {
    assertThatThrownBy(() -> client.describeCollection("missing"))
        .isInstanceOf(MilvusClientException.class);

    SpanData call = traces.span("milvus describeCollection");
    assertThat(call.getStatus().getStatusCode()).isEqualTo(StatusCode.ERROR);
    assertThat(attribute(call, "error.type")).isEqualTo("server_error");
  }

  @Test
  void theLibrarysOwnRequestsCarryNoTrace() {
    client.hasCollection("articles");
    assertThat(client.health(Duration.ofSeconds(5)).healthy()).isTrue();

    assertThat(server.calls("Connect")).isPositive();
    assertThat(server.calls("GetVersion")).isPositive();
    assertThat(server.lastHeader("Connect", "traceparent")).isEmpty();
    assertThat(server.lastHeader("GetVersion", "traceparent")).isEmpty();
    assertThat(traces.spans()).hasSize(1);
  }

  @Test
  void thePictureInTheDocumentsIsSuchATrace() throws Exception {
    server.delay("HasCollection", Duration.ofMillis(3));
    server.delay("Insert", Duration.ofMillis(25));
    server.delay("Search", Duration.ofMillis(12));
    addAndFind(); // what is done once: classes, schema
    traces.clear();
    server.reject("Search", 8, "rate limit exceeded", 1);

    Observation.createNotStarted("POST /articles", traces.registry()).observe(this::addAndFind);

    String drawn = new TracePicture(traces.spans(), "milvus search").draw();
    Path fresh = Files.writeString(Path.of("target", "observing-trace.svg"), drawn);
    assertThat(TracePicture.withoutFigures(Files.readString(PICTURE)))
        .as("%s is drawn in another way now: copy %s there", PICTURE, fresh)
        .isEqualTo(TracePicture.withoutFigures(drawn));
  }

  private void addAndFind() {
    JsonObject row = new JsonObject();
    JsonArray vector = new JsonArray();
    List.of(0.1f, 0.2f, 0.3f, 0.4f).forEach(vector::add);
    row.addProperty("id", 1);
    row.add("vector", vector);
    client.hasCollection("articles");
    client.insert("articles", List.of(row));
    client.search(
        SearchReq.builder()
            .collectionName("articles")
            .annsField("vector")
            .data(List.of(new FloatVec(List.of(0.1f, 0.2f, 0.3f, 0.4f))))
            .limit(3)
            .build());
  }
}
