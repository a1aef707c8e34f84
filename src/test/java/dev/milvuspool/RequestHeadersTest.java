package dev.milvuspool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.milvuspool.scripted.ScriptedMilvus;
import io.milvus.shaded.io.grpc.Status;
import io.milvus.v2.service.vector.request.QueryIteratorReq;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The headers that a user adds to requests: where they go, and what happens to bad ones. */
@Timeout(60)
class RequestHeadersTest {
  private static final String SECRET = "s3cret";
  private static final Map<String, String> TRACE =
      Map.of("client_request_id", "order-7", "traceparent", "00-ab-cd-01");

  private final ScriptedMilvus server = ClientOperation.server();
  private final MilvusPool pool = MilvusPool.create();

  @AfterEach
  void close() {
    pool.close();
    server.close();
  }

  private Client client(Supplier<Map<String, String>> headers) {
    return pool.add(
        "main",
        ClientOptions.builder()
            .withAddress(server.address())
            .withDeadline(Duration.ofSeconds(20))
            .withRetry(3, Duration.ofMillis(10))
            .withRequestHeaders(headers)
            .build());
  }

  @Test
  void theyArriveWithEveryRequestOfACall() {
    Client client = client(() -> TRACE);
    server.flushUnderWay(2);

    client.insert("items", Samples.rows(1, 2));
    client.createIndex("new_index", Samples.index());
    client.flush("items");
    client.call(sdk -> sdk.listDatabases());
    client.unwrap().listCollections();
    client.withDatabase("default").hasCollection("items");
    client
        .queryIterator(
            QueryIteratorReq.builder().collectionName("items").expr("id > 0").batchSize(2).build())
        .close();

    for (String method :
        List.of(
            "DescribeCollection",
            "Insert",
            "CreateIndex",
            "DescribeIndex",
            "Flush",
            "GetFlushState",
            "ListDatabases",
            "ShowCollections",
            "HasCollection",
            "Query")) {
      assertThat(server.lastHeaders(method)).as(method).containsAllEntriesOf(TRACE);
    }
  }

  @Test
  void whatTheLibraryAsksByItselfHasNone() {
    Client client = client(() -> TRACE);

    assertThat(client.health(Duration.ofSeconds(20)).healthy()).isTrue();

    for (String method : List.of("Connect", "GetVersion")) {
      assertThat(server.lastHeaders(method)).as(method).isNotEmpty();
      assertThat(server.lastHeaders(method)).as(method).doesNotContainKeys("traceparent");
    }
  }

  @Test
  void aRequestThatIsSentAgainHasFreshOnes() {
    AtomicInteger asked = new AtomicInteger();
    Client client = client(() -> Map.of("attempt", "" + asked.incrementAndGet()));
    server.fail("HasCollection", Status.UNAVAILABLE, 2);

    client.hasCollection("items");

    assertThat(server.calls("HasCollection")).isEqualTo(3);
    assertThat(server.lastHeaders("HasCollection")).containsEntry("attempt", "3");
  }

  @Test
  void theSupplierIsAskedOnTheCallersThread() {
    Set<Thread> threads = ConcurrentHashMap.newKeySet();
    Client client =
        client(
            () -> {
              threads.add(Thread.currentThread());
              return TRACE;
            });

    server.dropConnections();
    client.hasCollection("items");
    client.health(Duration.ofSeconds(20));
    client.search(Samples.nearestTo("items", 1).build());

    assertThat(threads).containsExactly(Thread.currentThread());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "authorization",
        "dbname",
        "Identifier",
        "client-request-unixmsec",
        "te",
        "User-Agent",
        "content-type",
        "grpc-timeout",
        "two words",
        "umläut",
        "data-bin",
        ""
      })
  void aNameThatCannotBeSentIsNamed(String name) {
    Client client = client(() -> Map.of(name, SECRET));

    assertThatIllegalArgumentException()
        .isThrownBy(() -> client.hasCollection("items"))
        .withMessageContaining("requestHeaders")
        .withMessageContaining("'" + name + "'")
        .withMessageNotContaining(SECRET);
    assertThat(server.calls("HasCollection")).isZero();
    assertThat(client.state()).isEqualTo(ClientState.UP);
  }

  @Test
  void anAbsentNameOrValueIsNamed() {
    Map<String, String> headers = new HashMap<>();
    Client client = client(() -> headers);

    headers.put("x-tenant", null);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> client.hasCollection("items"))
        .withMessageContaining("x-tenant");
    headers.clear();
    headers.put(null, "one");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> client.hasCollection("items"))
        .withMessageContaining("name must not be null");

    assertThat(server.calls("HasCollection")).isZero();
  }

  @ParameterizedTest
  @CsvSource({"s3cret\\nx: y", "s3crét", "s3cret\\0"})
  void aValueThatCannotBeSentIsNotShown(String escaped) {
    String value = escaped.translateEscapes();
    Client client = client(() -> Map.of("x-tenant", value));

    assertThatIllegalArgumentException()
        .isThrownBy(() -> client.hasCollection("items"))
        .withMessageContaining("'x-tenant'")
        .withMessageNotContaining("s3cr");
    assertThat(server.calls("HasCollection")).isZero();
  }

  static final class Failing implements Supplier<Map<String, String>> {
    private final Throwable failure;

    Failing(Throwable failure) {
      this.failure = failure;
    }

    @Override
    public Map<String, String> get() {
      if (failure != null) {
        throw Sneaky.<RuntimeException>thrown(failure);
      }
      return null;
    }

    @Override
    public String toString() {
      return SECRET;
    }
  }

  static List<Throwable> failures() {
    return Arrays.asList(
        new IllegalStateException(SECRET), new AssertionError(SECRET), new Exception(SECRET), null);
  }

  @ParameterizedTest
  @MethodSource("failures")
  void aSupplierThatFailsIsNamedAndNothingIsSent(Throwable failure) {
    Client client = client(new Failing(failure));

    assertThatThrownBy(() -> client.hasCollection("items"))
        .isExactlyInstanceOf(MilvusPoolException.class)
        .hasMessageContainingAll("main", "withRequestHeaders", Failing.class.getName())
        .hasMessageNotContaining(SECRET)
        .hasCause(failure);
    assertThatThrownBy(() -> client.insert("items", Samples.rows(1, 1)))
        .isExactlyInstanceOf(MilvusPoolException.class);

    assertThat(server.calls("HasCollection")).isZero();
    assertThat(server.calls("Insert")).isZero();
    assertThat(client.state()).isEqualTo(ClientState.UP);
  }

  @Test
  void aSupplierThatReturnsAfterTheDeadlineSendsNothing() {
    CountDownLatch never = new CountDownLatch(1);
    Client client =
        client(
            () -> {
              try {
                never.await(300, TimeUnit.MILLISECONDS);
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
              return Collections.emptyMap();
            });

    assertThatThrownBy(
            () -> client.withDeadline(Duration.ofMillis(100)).insert("items", Samples.rows(1, 1)))
        .isInstanceOf(ClientTimeoutException.class);

    assertThat(server.calls("DescribeCollection")).isZero();
    assertThat(server.calls("Insert")).isZero();
  }
}
