package dev.milvuspool;

import static dev.milvuspool.scripted.ScriptedMilvus.ALWAYS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.milvuspool.scripted.ScriptedMilvus;
import io.milvus.orm.iterator.QueryIterator;
import io.milvus.shaded.io.grpc.Status;
import io.milvus.v2.exception.MilvusClientException;
import io.milvus.v2.service.collection.request.HasCollectionReq;
import io.milvus.v2.service.vector.request.QueryIteratorReq;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a listener attaches to a call: begun and ended once, its headers on that call alone. */
@Timeout(60)
class CallScopeTest {
  private static final Duration SOON = Duration.ofSeconds(20);
  private static final String HEADER = "x-scope";

  /** Gives each call a scope with a number of its own, and keeps what was heard of it. */
  private static final class Scopes implements PoolListener {
    private final List<Scope> all = new CopyOnWriteArrayList<>();

    @Override
    public CallScope onCallStart(CallInfo call) {
      Scope scope = new Scope(call, all.size());
      all.add(scope);
      return scope;
    }

    Scope only() {
      assertThat(all).hasSize(1);
      return all.get(0);
    }

    Scope of(String operation) {
      return all.stream()
          .filter(scope -> scope.call.operation().equals(operation))
          .findFirst()
          .orElseThrow();
    }
  }

  private static final class Scope implements CallScope {
    private final CallInfo call;
    private final int number;
    private final Thread begunOn = Thread.currentThread();
    private final List<Thread> endedOn = new CopyOnWriteArrayList<>();
    private volatile @Nullable Throwable error;
    private volatile int retries;

    Scope(CallInfo call, int number) {
      this.call = call;
      this.number = number;
    }

    @Override
    public Map<String, String> requestHeaders() {
      return Map.of(HEADER, "" + number);
    }

    @Override
    public void onRetry(int retry, Throwable reason) {
      assertThat(Thread.currentThread()).isSameAs(begunOn);
      retries = retry;
    }

    @Override
    public void onEnd(@Nullable Throwable error) {
      this.error = error;
      endedOn.add(Thread.currentThread());
    }

    void assertEnded(@Nullable Throwable with) {
      assertThat(begunOn).isSameAs(Thread.currentThread());
      assertThat(endedOn).containsExactly(Thread.currentThread());
      assertThat(error).isSameAs(with);
    }
  }

  private final ScriptedMilvus server = ClientOperation.server();
  private final Scopes scopes = new Scopes();
  private final MilvusPool pool = MilvusPool.builder().withListener(scopes).build();

  @AfterEach
  void close() {
    pool.close();
    server.close();
  }

  private ClientOptions.Builder options() {
    return ClientOptions.builder()
        .withAddress(server.address())
        .withDeadline(SOON)
        .withAdminDeadline(SOON)
        .withHealthCheckInterval(Duration.ZERO)
        .withRetry(5, Duration.ofMillis(10))
        .withDrainTimeout(Duration.ofMillis(100));
  }

  private Client client() {
    return pool.add("main", options().build());
  }

  private static Throwable failureOf(Runnable call) {
    Throwable failure = Outcome.of(call).failure();
    assertThat(failure).isNotNull();
    return failure;
  }

  private String sentWith(String method) {
    return String.valueOf(server.lastHeaders(method).get(HEADER));
  }

  // ---- begun and ended once

  @ParameterizedTest
  @EnumSource
  void everyOperationBeginsAndEndsOnce(ClientOperation operation) {
    operation.on(client());

    scopes.only().assertEnded(null);
  }

  @Test
  void aCallThatTheServerRefusesEndsWithThatError() {
    Client client = client();
    server.reject("HasCollection", 65535, "no", 1);

    Throwable failure = failureOf(() -> client.hasCollection("items"));

    assertThat(failure).isInstanceOf(MilvusClientException.class);
    scopes.only().assertEnded(failure);
  }

  @Test
  void aCallAfterItsDeadlineEndsOnce() {
    Client client = client();
    server.stall("HasCollection");

    Throwable failure =
        failureOf(() -> client.withDeadline(Duration.ofMillis(100)).hasCollection("items"));

    assertThat(failure).isInstanceOf(ClientTimeoutException.class);
    scopes.only().assertEnded(failure);
  }

  @Test
  void aCallOnAClosedClientEndsOnce() {
    Client client = client();
    client.close();

    Throwable failure = failureOf(() -> client.hasCollection("items"));

    assertThat(failure).isInstanceOf(ClientClosedException.class);
    scopes.only().assertEnded(failure);
  }

  @Test
  void aCallOnAClientThatIsDownEndsOnce() {
    Client client = client();
    server.kill();
    await().atMost(SOON).until(() -> client.state() == ClientState.DOWN);

    Throwable failure = failureOf(() -> client.hasCollection("items"));

    assertThat(failure).isInstanceOf(ClientUnavailableException.class);
    scopes.only().assertEnded(failure);
  }

  @Test
  void aFunctionsOwnFailureEndsTheCall() {
    Client client = client();
    AssertionError error = new AssertionError("the user's");

    assertThatThrownBy(
            () ->
                client.call(
                    sdk -> {
                      throw error;
                    }))
        .isSameAs(error);

    scopes.only().assertEnded(error);
  }

  @Test
  void whatIsNoCallBeginsNone() {
    Client client = client();

    client.unwrap().listCollections();
    client.health(SOON);
    client.state();

    assertThat(scopes.all).isEmpty();
  }

  // ---- headers

  @Test
  void itsHeadersAreOnEachRequestOfItsCallAndOnNoOther() {
    Client client = client();

    client.createIndex("new_index", Samples.index());
    client.insert("items", Samples.rows(1, 1));
    client.unwrap().listDatabases();

    assertThat(scopes.all).hasSize(2);
    assertThat(List.of(sentWith("CreateIndex"), sentWith("DescribeIndex"))).containsOnly("0");
    assertThat(List.of(sentWith("DescribeCollection"), sentWith("Insert"))).containsOnly("1");
    for (String method : List.of("ListDatabases", "Connect")) {
      assertThat(server.lastHeaders(method)).isNotEmpty().doesNotContainKey(HEADER);
    }
  }

  @Test
  void itsHeadersAreOnARequestThatIsSentAgain() {
    Client client = client();
    server.fail("HasCollection", Status.UNAVAILABLE, 2);

    client.hasCollection("items");

    assertThat(server.calls("HasCollection")).isEqualTo(3);
    assertThat(sentWith("HasCollection")).isEqualTo("0");
  }

  @Test
  void aCallInsideACallHasItsOwn() {
    Client client = client();
    Client other = pool.add("other", options().build());

    client.call(
        sdk -> {
          client.hasCollection("items");
          other.listDatabases();
          return sdk.listCollections();
        });

    assertThat(sentWith("HasCollection")).isEqualTo("" + scopes.of("hasCollection").number);
    assertThat(sentWith("ListDatabases")).isEqualTo("" + scopes.of("listDatabases").number);
    assertThat(sentWith("ShowCollections")).isEqualTo("" + scopes.of("call").number);
    assertThat(scopes.all).hasSize(3).allSatisfy(scope -> scope.assertEnded(null));
  }

  @Test
  void theScopeOfTheLatestListenerWinsAndEndsFirst() {
    List<String> ends = new ArrayList<>();
    try (MilvusPool both =
        MilvusPool.builder()
            .withListener(named("first", ends))
            .withListener(named("second", ends))
            .build()) {
      both.add("main", options().build()).hasCollection("items");
    }

    assertThat(sentWith("HasCollection")).isEqualTo("second");
    assertThat(ends).containsExactly("second", "first");
  }

  private static PoolListener named(String name, List<String> ends) {
    return new PoolListener() {
      @Override
      public CallScope onCallStart(CallInfo call) {
        return new CallScope() {
          @Override
          public Map<String, String> requestHeaders() {
            return Map.of(HEADER, name);
          }

          @Override
          public void onEnd(@Nullable Throwable error) {
            ends.add(name);
          }
        };
      }
    };
  }

  // ---- scopes that misbehave

  /** Where a listener throws, and what. */
  private record Throwing(String where, boolean error, AtomicInteger times)
      implements PoolListener, CallScope {
    private void at(String here) {
      if (here.equals(where)) {
        times.incrementAndGet();
        if (error) {
          throw new AssertionError(here);
        }
        throw new IllegalStateException(here);
      }
    }

    @Override
    public CallScope onCallStart(CallInfo call) {
      at("start");
      return this;
    }

    @Override
    public Map<String, String> requestHeaders() {
      at("headers");
      return Map.of();
    }

    @Override
    public void onEnd(@Nullable Throwable error) {
      at("end");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"start", "headers", "end"})
  void aScopeThatThrowsHarmsNothing(String where) {
    for (boolean error : new boolean[] {false, true}) {
      Throwing throwing = new Throwing(where, error, new AtomicInteger());
      Scopes after = new Scopes();
      try (CapturedLog log = new CapturedLog();
          MilvusPool both =
              MilvusPool.builder().withListener(throwing).withListener(after).build()) {
        Client client = both.add("main", options().build());

        assertThat(client.hasCollection("items")).isTrue();

        assertThat(throwing.times).hasValue(1);
        assertThat(log.warnings()).anyMatch(line -> line.contains(Throwing.class.getName()));
        after.only().assertEnded(null);
        assertThat(sentWith("HasCollection")).isEqualTo("0");
        assertThat(both.stats().clients().get("main").failures()).isZero();
      }
    }
  }

  /** Each of its methods throws, even those that a log calls. */
  private static final class Evil extends RuntimeException {
    private static final long serialVersionUID = 1L;

    @Override
    public String getMessage() {
      throw new IllegalStateException("no message");
    }

    @Override
    public synchronized Throwable getCause() {
      throw new IllegalStateException("no cause");
    }

    @Override
    public String toString() {
      throw new IllegalStateException("no text");
    }
  }

  @Test
  void aFailureWhoseMethodsThrowEndsTheCallAndIsTheCallers() {
    Client client = client();
    Evil evil = new Evil();

    try (CapturedLog log = new CapturedLog()) { // and so all levels are on
      Throwable failure =
          failureOf(
              () ->
                  client.call(
                      sdk -> {
                        throw evil;
                      }));

      assertThat(failure == evil).isTrue();
    }

    Scope scope = scopes.only();
    assertThat(scope.endedOn).containsExactly(Thread.currentThread());
    assertThat(scope.error == evil).isTrue();
  }

  /** Throws from each of its methods what no log can print, and checked besides. */
  private static final class EvilListener implements PoolListener, CallScope {
    private final AtomicInteger times = new AtomicInteger();
    private final boolean checked;

    EvilListener(boolean checked) {
      this.checked = checked;
    }

    private RuntimeException evil() {
      times.incrementAndGet();
      throw Sneaky.<RuntimeException>thrown(checked ? new Exception("checked") : new Evil());
    }

    @Override
    public void onClientAdded(String client, ClientOptions options) {
      throw evil();
    }

    @Override
    public void onClientRemoved(String client) {
      throw evil();
    }

    @Override
    public CallScope onCallStart(CallInfo call) {
      if (call.operation().equals("listDatabases")) {
        throw evil();
      }
      return this;
    }

    @Override
    public Map<String, String> requestHeaders() {
      throw evil();
    }

    @Override
    public void onRetry(int retry, Throwable reason) {
      throw evil();
    }

    @Override
    public void onRetry(String client, String operation, int retry, Throwable reason) {
      throw evil();
    }

    @Override
    public void onCall(
        String client, String operation, Duration elapsed, @Nullable Throwable error) {
      throw evil();
    }

    @Override
    public void onEnd(@Nullable Throwable error) {
      throw evil();
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aListenerThatThrowsTheWorstKeepsNobodyFromHearing(boolean checked) {
    EvilListener evil = new EvilListener(checked);
    Scopes after = new Scopes();
    Events events = new Events();
    try (CapturedLog log = new CapturedLog();
        MilvusPool all =
            MilvusPool.builder()
                .withListener(evil)
                .withListener(after)
                .withListener(events)
                .build()) {
      Client client = all.add("main", options().build());
      server.fail("HasCollection", Status.UNAVAILABLE, 1);

      assertThat(client.hasCollection("items")).isTrue();
      assertThat(client.listDatabases()).isNotEmpty();
      all.remove("main");

      assertThat(evil.times).hasValue(10);
      assertThat(after.all).hasSize(2).allSatisfy(scope -> scope.assertEnded(null));
      assertThat(events.of(Events.Kind.CALL)).hasSize(2);
      assertThat(events.of(Events.Kind.RETRY)).hasSize(1);
      assertThat(events.lifeOf("main")).containsExactly(Events.Kind.ADDED, Events.Kind.REMOVED);
      assertThat(log.warnings()).anyMatch(line -> line.contains(EvilListener.class.getName()));
    }
  }

  // ---- retries and pages

  @Test
  void itHearsOfTheRetriesOfItsOwnCallAlone() {
    Client client = client();
    Client other = pool.add("other", options().build());
    server.fail("HasCollection", Status.UNAVAILABLE, 2);

    client.call(
        sdk ->
            other.call(
                ofOther ->
                    sdk.hasCollection(HasCollectionReq.builder().collectionName("items").build())));

    assertThat(scopes.all).extracting(scope -> scope.retries).containsExactly(2, 0);
  }

  @Test
  void thePagesOfAnIteratorAreOfNoCall() {
    Client client = client();
    server.resultRows(5);
    QueryIterator pages =
        client.queryIterator(
            QueryIteratorReq.builder()
                .collectionName("items")
                .expr("id > 0")
                .outputFields(List.of("id"))
                .batchSize(2L)
                .build());
    scopes.only().assertEnded(null);
    server.resetCounts();

    while (!pages.next().isEmpty()) {
      assertThat(server.lastHeaders("Query")).doesNotContainKey(HEADER);
    }

    assertThat(server.calls("Query")).isPositive();
    scopes.only().assertEnded(null);
  }

  // ---- what it is told of the call

  @Test
  void itIsToldWhichCallItIs() {
    Client client = client();

    client.hasCollection("items");
    client.search(Samples.nearestTo("items", 1).build());
    client.listDatabases();
    client.flush("items", "new_index");
    client.flush("items");
    client.withDatabase("old").call(sdk -> sdk.listDatabases());

    assertThat(scopes.all.stream().map(scope -> scope.call))
        .containsExactly(
            info("hasCollection", "default", "items"),
            info("search", "default", "items"),
            info("listDatabases", "default", null),
            info("flush", "default", null),
            info("flush", "default", "items"),
            info("call", "old", null));
  }

  private CallInfo info(String operation, String database, @Nullable String collection) {
    return new CallInfo("main", operation, server.address(), database, collection);
  }

  @Test
  void theAddressIsTheOneThatServes() {
    try (ScriptedMilvus standby = ClientOperation.server()) {
      server.kill();
      Client client = pool.add("main", options().withStandbyAddresses(standby.address()).build());

      client.hasCollection("items");

      assertThat(scopes.only().call.address()).isEqualTo(standby.address());
      standby.kill();
      await().atMost(SOON).until(() -> client.state() == ClientState.DOWN);
      failureOf(() -> client.hasCollection("items"));
      assertThat(scopes.all.get(1).call.address()).isEqualTo(server.address());
    }
  }

  @Test
  void aCallUnderWayAtTheEndOfItsPoolEndsOnce() throws Exception {
    Client client = client();
    server.fail("HasCollection", Status.UNAVAILABLE, ALWAYS);
    server.stall("HasCollection");
    Thread caller = new Thread(() -> Outcome.of(() -> client.hasCollection("items")));
    caller.start();
    server.awaitInFlight("HasCollection", 1, SOON);

    pool.close();
    caller.join(SOON.toMillis());

    Scope scope = scopes.only();
    assertThat(scope.endedOn).containsExactly(caller);
    assertThat(scope.error).isInstanceOf(ClientClosedException.class);
  }
}
