package dev.milvuspool.micrometer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.milvuspool.CallInfo;
import dev.milvuspool.CallScope;
import dev.milvuspool.Client;
import dev.milvuspool.ClientClosedException;
import dev.milvuspool.ClientOptions;
import dev.milvuspool.ClientTimeoutException;
import dev.milvuspool.ClientUnavailableException;
import dev.milvuspool.MilvusPool;
import dev.milvuspool.MilvusPoolException;
import dev.milvuspool.scripted.ScriptedMilvus;
import io.micrometer.common.KeyValue;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationHandler;
import io.micrometer.observation.ObservationRegistry;
import io.micrometer.observation.tck.ObservationContextAssert;
import io.micrometer.observation.tck.TestObservationRegistry;
import io.micrometer.observation.tck.TestObservationRegistryAssert;
import io.micrometer.observation.transport.Kind;
import io.micrometer.observation.transport.SenderContext;
import io.milvus.v2.exception.MilvusClientException;
import io.milvus.v2.service.collection.request.HasCollectionReq;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** The observation of a call: its names and keys, its parent, its headers, and that it ends. */
@Timeout(60)
class MicrometerObservationListenerTest {
  private static final CallInfo SEARCH =
      new CallInfo("main", "search", "milvus.internal:19530", "default", "items");

  private final ScriptedMilvus server = ScriptedMilvus.start().collection("items", 4);
  private final TestObservationRegistry registry = TestObservationRegistry.create();
  private final MilvusPool pool =
      MilvusPool.builder().withListener(new MicrometerObservationListener(registry)).build();

  @AfterEach
  void close() {
    registry.setCurrentObservationScope(null); // of the thread, for all registries
    pool.close();
    server.close();
  }

  private ClientOptions.Builder options() {
    return ClientOptions.builder()
        .withAddress(server.address())
        .withDrainTimeout(Duration.ofSeconds(5))
        .withReconnectBackoff(Duration.ofMillis(10), Duration.ofMillis(50));
  }

  private TestObservationRegistryAssert observed() {
    return TestObservationRegistryAssert.assertThat(registry);
  }

  private ObservationContextAssert theCall() {
    return observed()
        .hasNumberOfObservationsWithNameEqualTo("milvus.client.call", 1)
        .hasObservationWithNameEqualTo("milvus.client.call")
        .that()
        .hasBeenStarted()
        .hasBeenStopped();
  }

  private void assertThatItEndedWith(String errorType, Class<? extends Throwable> error) {
    theCall().hasLowCardinalityKeyValue("error.type", errorType).thenError().isInstanceOf(error);
  }

  /** What an observation of this call has as its keys at the start. */
  private static Map<String, String> keys(CallInfo call) {
    return new CallObservationConvention()
        .getLowCardinalityKeyValues(new CallObservationContext(call)).stream()
            .collect(Collectors.toMap(KeyValue::getKey, KeyValue::getValue));
  }

  @Test
  void aCallIsAnObservationWithTheKeysOfOpenTelemetry() {
    Client client = pool.add("main", options().build());

    client.hasCollection("items");

    theCall()
        .hasContextualNameEqualTo("milvus hasCollection")
        .hasOnlyKeys(
            "db.system.name",
            "db.operation.name",
            "db.namespace",
            "db.collection.name",
            "server.address",
            "server.port",
            "error.type",
            "milvus.client.name")
        .hasLowCardinalityKeyValue("db.system.name", "milvus")
        .hasLowCardinalityKeyValue("db.operation.name", "hasCollection")
        .hasLowCardinalityKeyValue("db.namespace", "default")
        .hasLowCardinalityKeyValue("db.collection.name", "items")
        .hasLowCardinalityKeyValue("server.address", "127.0.0.1")
        .hasLowCardinalityKeyValue("server.port", Integer.toString(server.port()))
        .hasLowCardinalityKeyValue("error.type", "none")
        .hasLowCardinalityKeyValue("milvus.client.name", "main")
        .doesNotHaveError();
  }

  @Test
  void itsContextIsThatOfARequestToMilvus() {
    pool.add("main", options().build()).hasCollection("items");

    theCall()
        .satisfies(
            context ->
                assertThat(context)
                    .isInstanceOfSatisfying(
                        SenderContext.class,
                        sender -> {
                          assertThat(sender.getKind()).isEqualTo(Kind.CLIENT);
                          assertThat(sender.getRemoteServiceName()).isEqualTo("milvus");
                        }));
  }

  @Test
  void aCallWithoutACollectionHasTheSameKeys() {
    server.databases("default", "tenant");
    Client client = pool.add("main", options().withDatabase("tenant").build());

    client.listCollections();

    theCall()
        .hasLowCardinalityKeyValue("db.operation.name", "listCollections")
        .hasLowCardinalityKeyValue("db.namespace", "tenant")
        .hasLowCardinalityKeyValue("db.collection.name", "none");
  }

  @ParameterizedTest
  @CsvSource({
    "milvus.internal:19530, milvus.internal, 19530",
    "10.1.2.3:443, 10.1.2.3, 443",
    "[::1]:19530, ::1, 19530",
    "[2001:db8::7]:443, 2001:db8::7, 443",
    "2001:db8::7:443, 2001:db8::7, 443",
    "[::1], ::1, none",
    "milvus.internal, milvus.internal, none",
  })
  void anAddressIsSplitIntoHostAndPort(String address, String host, String port) {
    assertThat(keys(new CallInfo("main", "search", address, "default", null)))
        .containsEntry("server.address", host)
        .containsEntry("server.port", port);
  }

  @Test
  void aCallThatTheServerRejectsEndsWithItsError() {
    Client client = pool.add("main", options().build());

    assertThatThrownBy(() -> client.describeCollection("missing"))
        .isInstanceOf(MilvusClientException.class);

    assertThatItEndedWith("server_error", MilvusClientException.class);
  }

  @Test
  void aCallWhoseDeadlinePassesEndsAsATimeout() {
    Client client = pool.add("main", options().withDeadline(Duration.ofMillis(300)).build());
    server.stall("HasCollection");

    assertThatThrownBy(() -> client.hasCollection("items"))
        .isInstanceOf(ClientTimeoutException.class);

    assertThatItEndedWith("timeout", ClientTimeoutException.class);
  }

  @Test
  void aCallThatFailsAtOnceHasStartedAndEnded() {
    server.close();
    Client client = pool.add("main", options().withLazyConnect().build());

    assertThatThrownBy(() -> client.hasCollection("items")).isInstanceOf(MilvusPoolException.class);
    assertThatItEndedWith("unavailable", MilvusPoolException.class);
    registry.clear();

    assertThatThrownBy(() -> client.hasCollection("items"))
        .isInstanceOf(ClientUnavailableException.class);
    assertThatItEndedWith("unavailable", ClientUnavailableException.class);
  }

  @Test
  void aCallOfAClosedClientHasStartedAndEnded() {
    Client client = pool.add("main", options().build());
    pool.remove("main");

    assertThatThrownBy(() -> client.hasCollection("items"))
        .isInstanceOf(ClientClosedException.class);

    assertThatItEndedWith("closed", ClientClosedException.class);
  }

  @Test
  void theCallIsAChildOfTheCallersObservation() {
    Client client = pool.add("main", options().build());
    Observation caller = Observation.start("caller", registry);

    try (Observation.Scope scope = caller.openScope()) {
      client.hasCollection("items");

      assertThat(registry.getCurrentObservation()).isSameAs(caller);
      assertThat(registry.getCurrentObservationScope()).isSameAs(scope);
    }
    caller.stop();

    theCall().hasParentObservationEqualTo(caller);
  }

  @Test
  void afterACallThatFailsTheCallersObservationIsTheCurrentOneAgain() {
    Client client = pool.add("main", options().build());
    Observation caller = Observation.start("caller", registry);

    try (Observation.Scope scope = caller.openScope()) {
      assertThatThrownBy(() -> client.describeCollection("missing"));

      assertThat(registry.getCurrentObservationScope()).isSameAs(scope);
    }
    assertThat(registry.getCurrentObservation()).isNull();
    caller.stop();
  }

  @Test
  void whatRunsInsideOfACallBelongsToIt() {
    Client client = pool.add("main", options().build());

    Predicate<Observation.ContextView> isTheOuterCall =
        parent -> "milvus call".equals(parent.getContextualName());

    client.call(sdk -> client.hasCollection("items"));

    observed()
        .hasNumberOfObservationsEqualTo(2)
        .hasAnObservation(
            context ->
                context
                    .hasContextualNameEqualTo("milvus hasCollection")
                    .hasParentObservationContextMatching(isTheOuterCall));
  }

  @Test
  void aRetryIsAnEventOfItsCall() {
    Client client = pool.add("main", options().withRetry(2, Duration.ofMillis(20)).build());
    server.reject("HasCollection", 8, "rate limit exceeded", 2);
    List<String> events = new CopyOnWriteArrayList<>();
    registry.observationConfig().observationHandler(new EventNames(events));

    client.hasCollection("items");

    assertThat(events)
        .containsExactly("retry of milvus.client.call", "retry of milvus.client.call");
  }

  @Test
  void aRetryInsideOfAnObservationOfTheUsersIsAnEventOfItsCall() {
    Client client = pool.add("main", options().withRetry(2, Duration.ofMillis(20)).build());
    server.reject("HasCollection", 8, "rate limit exceeded", 1);
    List<String> events = new CopyOnWriteArrayList<>();
    registry.observationConfig().observationHandler(new EventNames(events));

    client.call(
        sdk ->
            Observation.createNotStarted("the user's", registry)
                .observe(
                    () ->
                        sdk.hasCollection(
                            HasCollectionReq.builder().collectionName("items").build())));

    assertThat(events).containsExactly("retry of milvus.client.call");
  }

  @Test
  void aRetryIsAnEventOfTheCallOfItsOwnClient() {
    Client main = pool.add("main", options().withRetry(2, Duration.ofMillis(20)).build());
    Client other = pool.add("other", options().build());
    server.reject("HasCollection", 8, "rate limit exceeded", 1);
    List<String> clients = new CopyOnWriteArrayList<>();
    registry.observationConfig().observationHandler(new EventClients(clients));

    main.call(
        sdk ->
            other.call(
                ofOther ->
                    sdk.hasCollection(HasCollectionReq.builder().collectionName("items").build())));

    assertThat(clients).containsExactly("main");
  }

  @Test
  void aScopeOfTheUsersThatIsLeftOpenInsideOfACallEndsWithIt() {
    Client client = pool.add("main", options().build());
    Observation caller = Observation.start("caller", registry);

    try (Observation.Scope scope = caller.openScope()) {
      client.call(sdk -> Observation.start("left open", registry).openScope());

      assertThat(registry.getCurrentObservationScope()).isSameAs(scope);
    }
    assertThat(registry.getCurrentObservationScope()).isNull();
  }

  @Test
  void aScopeOfTheCallersThatIsClosedInsideOfACallStaysClosed() {
    Client client = pool.add("main", options().build());
    server.reject("HasCollection", 8, "rate limit exceeded", 1);
    List<String> events = new CopyOnWriteArrayList<>();
    registry.observationConfig().observationHandler(new EventNames(events));
    Observation.Scope outer = Observation.start("outer", registry).openScope();
    Observation.Scope inner = Observation.start("inner", registry).openScope();

    client.call(
        sdk -> {
          inner.close();
          return sdk.hasCollection(HasCollectionReq.builder().collectionName("items").build());
        });

    assertThat(registry.getCurrentObservationScope()).isSameAs(outer);
    assertThat(events).containsExactly("retry of milvus.client.call");
    outer.close();
  }

  @Test
  void theHeadersThatAHandlerWritesAreOnEachRequestOfTheCall() {
    registry.observationConfig().observationHandler(new HeaderWriter("traceparent", "00-ab-cd-01"));
    Client client = pool.add("main", options().withRetry(2, Duration.ofMillis(20)).build());
    server.reject("HasCollection", 8, "rate limit exceeded", 1);

    client.hasCollection("items");

    assertThat(server.calls("HasCollection")).isEqualTo(2);
    assertThat(server.lastHeader("HasCollection", "traceparent")).hasValue("00-ab-cd-01");
    assertThat(server.lastHeader("Connect", "traceparent")).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "baggage, Ærøskøbing",
    "context-bin, ab",
    "b ggage, ab",
    "baggage, 'a\tb'",
    "Authorization, Basic abc",
    "dbname, other",
    "grpc-timeout, 1S",
    "user-agent, me",
  })
  void aHeaderThatGrpcCannotCarryOrThatIsNotForOthersIsLeftOut(String name, String value) {
    registry.observationConfig().observationHandler(new HeaderWriter("traceparent", "00-ab-cd-01"));
    registry.observationConfig().observationHandler(new HeaderWriter(name, value));

    CallScope scope = new MicrometerObservationListener(registry).onCallStart(SEARCH);

    assertThat(scope).isNotNull();
    assertThat(scope.requestHeaders()).containsOnly(Map.entry("traceparent", "00-ab-cd-01"));
    scope.onEnd(null);
  }

  @Test
  void aRegistryWithoutHandlersCostsNothing() {
    assertThat(scope(ObservationRegistry.NOOP)).isNull();
    assertThat(scope(ObservationRegistry.create())).isNull();
  }

  @Test
  void aCallThatAPredicateOfTheRegistryDoesNotWantIsNotObserved() {
    registry
        .observationConfig()
        .observationPredicate((name, context) -> !name.equals("milvus.client.call"));

    assertThat(scope(registry)).isNull();
    assertThat(registry.getCurrentObservationScope()).isNull();
  }

  @ParameterizedTest
  @EnumSource
  void aHandlerThatFailsHarmsNoCallAndLeavesNothingBehind(FailingHandler.When when) {
    Client client = pool.add("main", options().withRetry(1, Duration.ZERO).build());
    server.reject("HasCollection", 8, "rate limit exceeded", 1);
    Observation.Scope before = Observation.start("caller", registry).openScope();
    registry.observationConfig().observationHandler(new FailingHandler(when));

    assertThat(client.hasCollection("items")).isTrue();

    observed().hasObservationWithNameEqualTo("milvus.client.call").that().hasBeenStopped();
    assertThat(registry.getCurrentObservationScope()).isSameAs(before);
  }

  @Test
  void aRegistryIsNeeded() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new MicrometerObservationListener(null))
        .withMessage("registry must not be null");
  }

  private static @Nullable CallScope scope(ObservationRegistry registry) {
    return new MicrometerObservationListener(registry).onCallStart(SEARCH);
  }

  /** Notes the events of observations. */
  private record EventNames(List<String> names) implements ObservationHandler<Observation.Context> {
    @Override
    public void onEvent(Observation.Event event, Observation.Context context) {
      names.add(event.getName() + " of " + context.getName());
    }

    @Override
    public boolean supportsContext(Observation.Context context) {
      return true;
    }
  }

  /** Notes of which client's calls the events are. */
  private record EventClients(List<String> clients)
      implements ObservationHandler<CallObservationContext> {
    @Override
    public void onEvent(Observation.Event event, CallObservationContext context) {
      clients.add(context.call().client());
    }

    @Override
    public boolean supportsContext(Observation.Context context) {
      return context instanceof CallObservationContext;
    }
  }

  /** Propagates one header, as a tracer does. */
  private record HeaderWriter(String name, String value)
      implements ObservationHandler<SenderContext<Object>> {
    @Override
    public void onStart(SenderContext<Object> context) {
      context.getSetter().set(context.getCarrier(), name, value);
    }

    @Override
    public boolean supportsContext(Observation.Context context) {
      return context instanceof SenderContext;
    }
  }

  /** Throws at one moment of an observation. */
  private record FailingHandler(When when) implements ObservationHandler<Observation.Context> {
    enum When {
      START,
      SCOPE_OPENED,
      EVENT,
      SCOPE_CLOSED
    }

    private void failAt(When now) {
      if (now == when) {
        throw new IllegalStateException("no exporter");
      }
    }

    @Override
    public void onStart(Observation.Context context) {
      failAt(When.START);
    }

    @Override
    public void onScopeOpened(Observation.Context context) {
      failAt(When.SCOPE_OPENED);
    }

    @Override
    public void onEvent(Observation.Event event, Observation.Context context) {
      failAt(When.EVENT);
    }

    @Override
    public void onScopeClosed(Observation.Context context) {
      failAt(When.SCOPE_CLOSED);
    }

    @Override
    public boolean supportsContext(Observation.Context context) {
      return true;
    }
  }
}
