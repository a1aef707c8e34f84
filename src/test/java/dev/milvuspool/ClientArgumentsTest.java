package dev.milvuspool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonObject;
import dev.milvuspool.scripted.ScriptedMilvus;
import io.milvus.v2.common.IndexParam;
import io.milvus.v2.service.index.request.CreateIndexReq;
import io.milvus.v2.service.vector.request.DeleteReq;
import io.milvus.v2.service.vector.request.GetReq;
import io.milvus.v2.service.vector.request.HybridSearchReq;
import io.milvus.v2.service.vector.request.InsertReq;
import io.milvus.v2.service.vector.request.QueryIteratorReq;
import io.milvus.v2.service.vector.request.QueryReq;
import io.milvus.v2.service.vector.request.SearchIteratorReqV2;
import io.milvus.v2.service.vector.request.SearchReq;
import io.milvus.v2.service.vector.request.UpsertReq;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A bad argument of any method of a client is told by its name, and nothing is sent. */
class ClientArgumentsTest {
  private final ScriptedMilvus server = ScriptedMilvus.start();
  private final Client client =
      Client.connect(
          ClientOptions.builder().withAddress(server.address()).withLazyConnect().build());

  /** Every method that takes something, with the names of its arguments. */
  private static final List<List<String>> METHODS =
      Stream.of(
              "health timeout",
              "withDeadline deadline",
              "withDatabase database",
              "call operation",
              "createDatabase database",
              "dropDatabase database",
              "useDatabase database",
              "createCollection request",
              "createCollection collection schema numShards",
              "dropCollection collection",
              "hasCollection collection",
              "loadCollection collection",
              "loadCollection collection progress",
              "releaseCollection collection",
              "getCollectionStats collection",
              "describeCollection collection",
              "createAlias collection alias",
              "alterAlias collection alias",
              "dropAlias alias",
              "listAliases collection",
              "createPartition collection partition",
              "dropPartition collection partition",
              "hasPartition collection partition",
              "loadPartitions collection partitions",
              "releasePartitions collection partitions",
              "listPartitions collection",
              "createIndex request",
              "createIndex collection index",
              "createIndex collection index progress",
              "dropIndex collection indexName",
              "describeIndex collection indexName",
              "listIndexes collection",
              "insert request",
              "insert collection rows",
              "insert collection partition rows",
              "upsert request",
              "delete request",
              "delete collection filter",
              "delete collection partition filter",
              "search request",
              "hybridSearch request",
              "query request",
              "get request",
              "queryIterator request",
              "searchIterator request",
              "flush collections",
              "compact collection")
          .map(line -> List.of(line.split(" ")))
          .toList();

  @AfterEach
  void close() {
    client.close();
    server.close();
  }

  @Test
  void theTableOfThisTestHasEveryMethod() {
    assertThat(METHODS.stream().map(line -> line.get(0) + "/" + (line.size() - 1)))
        .containsExactlyInAnyOrderElementsOf(
            methods().map(method -> method.getName() + "/" + method.getParameterCount()).toList());
  }

  private static Stream<Method> methods() {
    return Arrays.stream(Client.class.getMethods())
        .filter(
            method -> !Modifier.isStatic(method.getModifiers()) && method.getParameterCount() > 0);
  }

  @TestFactory
  Stream<DynamicTest> aBadArgumentIsToldByItsNameAndNothingIsSent() {
    return METHODS.stream().flatMap(this::testsOf);
  }

  private Stream<DynamicTest> testsOf(List<String> line) {
    Method method =
        methods()
            .filter(each -> each.getName().equals(line.get(0)))
            .filter(each -> each.getParameterCount() == line.size() - 1)
            .findAny()
            .orElseThrow();
    List<DynamicTest> tests = new ArrayList<>();
    for (int i = 0; i < method.getParameterCount(); i++) {
      int bad = i;
      for (Object value : badValues(method.getParameterTypes()[i])) {
        String shown = value instanceof String[] names ? Arrays.toString(names) : "" + value;
        tests.add(
            DynamicTest.dynamicTest(
                line + ": " + line.get(i + 1) + " = '" + shown + "'",
                () -> assertRejected(method, bad, value, line.get(bad + 1))));
      }
    }
    return tests.stream();
  }

  private void assertRejected(Method method, int bad, Object value, String argument) {
    Object[] arguments = Arrays.stream(method.getParameterTypes()).map(this::good).toArray();
    arguments[bad] = value;

    assertThatThrownBy(() -> invoke(method, arguments))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith(argument + " must ");

    assertThat(server.acceptedConnections()).isZero();
  }

  private void invoke(Method method, Object... arguments) throws Throwable {
    try {
      method.invoke(client, arguments);
    } catch (InvocationTargetException e) {
      throw e.getCause();
    }
  }

  private static List<Object> badValues(Class<?> type) {
    if (type == String.class) {
      return Arrays.asList(null, "", " \t");
    }
    if (type == int.class) {
      return List.of(0, -1);
    }
    if (type == Duration.class) {
      return Arrays.asList(null, Duration.ZERO, Duration.ofNanos(-1));
    }
    if (type == List.class) {
      return Arrays.asList(null, List.of());
    }
    if (type == String[].class) {
      return Arrays.asList(
          null, new String[0], new String[] {"items", null}, new String[] {"items", " "});
    }
    return Collections.singletonList(null);
  }

  private Object good(Class<?> type) {
    if (type == String.class) {
      return "items";
    }
    if (type == int.class) {
      return 1;
    }
    if (type == Duration.class) {
      return Duration.ofSeconds(1);
    }
    if (type == List.class) {
      return List.of("part");
    }
    if (type == ProgressListener.class) {
      return (ProgressListener) percent -> {};
    }
    if (type == Function.class) {
      return Function.identity();
    }
    if (type == IndexParam.class) {
      return Samples.index();
    }
    return Samples.schema(); // of the one method that takes another argument beside it
  }

  // ---- what is in lists and requests

  /**
   * An argument that is wrong inside.
   *
   * @param argument its name
   * @param use makes use of it
   */
  private record Inside(String argument, Consumer<Client> use) {
    @Override
    public String toString() {
      return argument;
    }
  }

  private static List<JsonObject> nullRow() {
    return Collections.singletonList(null);
  }

  static Stream<Inside> insides() {
    return Stream.of(
        new Inside("partitions", c -> c.loadPartitions("items", Arrays.asList("part", null))),
        new Inside("partitions", c -> c.loadPartitions("items", List.of("part", " "))),
        new Inside("partitions", c -> c.releasePartitions("items", Arrays.asList("part", null))),
        new Inside("partitions", c -> c.releasePartitions("items", List.of(""))),
        new Inside("data", c -> c.insert(InsertReq.builder().collectionName("items").build())),
        new Inside(
            "data",
            c -> c.insert(InsertReq.builder().collectionName("items").data(List.of()).build())),
        new Inside("data", c -> c.upsert(UpsertReq.builder().collectionName("items").build())),
        new Inside(
            "data",
            c -> c.upsert(UpsertReq.builder().collectionName("items").data(List.of()).build())),
        new Inside("each of rows", c -> c.insert("items", nullRow())),
        new Inside("each of rows", c -> c.insert("items", "part", nullRow())),
        new Inside(
            "each of data",
            c -> c.insert(InsertReq.builder().collectionName("items").data(nullRow()).build())),
        new Inside(
            "each of data",
            c -> c.upsert(UpsertReq.builder().collectionName("items").data(nullRow()).build())),
        new Inside(
            "filter or ids", c -> c.delete(DeleteReq.builder().collectionName("items").build())),
        new Inside(
            "filter or ids",
            c -> c.delete(DeleteReq.builder().collectionName("items").ids(List.of()).build())),
        new Inside(
            "collectionName", c -> c.insert(InsertReq.builder().data(Samples.rows(1, 1)).build())),
        new Inside(
            "collectionName", c -> c.upsert(UpsertReq.builder().data(Samples.rows(1, 1)).build())),
        new Inside("collectionName", c -> c.delete(DeleteReq.builder().filter("id > 0").build())),
        new Inside("collectionName", c -> c.search(SearchReq.builder().build())),
        new Inside(
            "collectionName", c -> c.search(SearchReq.builder().collectionName(" ").build())),
        new Inside("collectionName", c -> c.hybridSearch(HybridSearchReq.builder().build())),
        new Inside("collectionName", c -> c.query(QueryReq.builder().build())),
        new Inside("collectionName", c -> c.get(GetReq.builder().ids(List.of(1L)).build())),
        new Inside("collectionName", c -> c.queryIterator(QueryIteratorReq.builder().build())),
        new Inside("collectionName", c -> c.searchIterator(SearchIteratorReqV2.builder().build())),
        new Inside(
            "indexParams",
            c ->
                c.createIndex(
                    CreateIndexReq.builder()
                        .collectionName("items")
                        .indexParams(List.of())
                        .build())));
  }

  @ParameterizedTest
  @MethodSource("insides")
  void whatIsWrongInsideAnArgumentIsToldToo(Inside inside) {
    assertThatThrownBy(() -> inside.use.accept(client))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith(inside.argument + " must ");

    assertThat(server.acceptedConnections()).isZero();
  }

  @Test
  void aStandaloneClientNeedsOptions() {
    assertThatThrownBy(() -> Client.connect(null))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("options must not be null");
  }
}
