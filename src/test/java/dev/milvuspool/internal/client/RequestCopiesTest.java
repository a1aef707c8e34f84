package dev.milvuspool.internal.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.milvus.v2.common.ConsistencyLevel;
import io.milvus.v2.common.IndexParam;
import io.milvus.v2.service.collection.request.CreateCollectionReq;
import io.milvus.v2.service.vector.request.AnnSearchReq;
import io.milvus.v2.service.vector.request.DeleteReq;
import io.milvus.v2.service.vector.request.FunctionScore;
import io.milvus.v2.service.vector.request.HybridSearchReq;
import io.milvus.v2.service.vector.request.QueryReq;
import io.milvus.v2.service.vector.request.SearchIteratorReqV2;
import io.milvus.v2.service.vector.request.SearchReq;
import io.milvus.v2.service.vector.request.UpsertReq;
import io.milvus.v2.service.vector.request.data.FloatVec;
import io.milvus.v2.service.vector.request.highlighter.LexicalHighlighter;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Copies of requests have all that the requests have: every field that the SDK's classes have, so
 * that a field which a newer SDK brings is found missing here.
 */
class RequestCopiesTest {
  private static final float[] VECTOR = {1, 2};

  /**
   * A kind of request.
   *
   * @param empty a fresh one
   * @param copy makes a copy
   */
  private record Kind<T>(T empty, UnaryOperator<T> copy) {
    List<Field> fields() {
      return Arrays.stream(empty.getClass().getDeclaredFields())
          .filter(field -> !Modifier.isStatic(field.getModifiers()) && !field.isSynthetic())
          .peek(field -> field.setAccessible(true))
          .toList();
    }

    @Override
    public String toString() {
      return empty.getClass().getSimpleName();
    }
  }

  static Stream<Kind<?>> kinds() {
    return Stream.of(
        new Kind<>(SearchReq.builder().build(), RequestCopies::own),
        new Kind<>(HybridSearchReq.builder().build(), RequestCopies::own),
        new Kind<>(QueryReq.builder().build(), RequestCopies::own),
        new Kind<>(DeleteReq.builder().build(), RequestCopies::own),
        new Kind<>(UpsertReq.builder().build(), RequestCopies::own),
        new Kind<>(SearchIteratorReqV2.builder().build(), RequestCopies::own));
  }

  @ParameterizedTest
  @MethodSource("kinds")
  <T> void aCopyHasEveryFieldOfTheRequest(Kind<T> kind) throws IllegalAccessException {
    Map<String, Object> values = new HashMap<>();
    for (Field field : kind.fields()) {
      Object value = valueFor(field, field.get(kind.empty));
      field.set(kind.empty, value);
      values.put(field.getName(), value);
    }

    T copy = kind.copy.apply(kind.empty);

    assertThat(copy).isNotSameAs(kind.empty);
    for (Field field : kind.fields()) {
      assertThat(field.get(copy)).as(field.getName()).isEqualTo(values.get(field.getName()));
      assertThat(field.get(kind.empty))
          .as("%s of the original", field.getName())
          .isEqualTo(values.get(field.getName()));
    }
  }

  /** A value that is not the one that an empty request has. */
  private static Object valueFor(Field field, Object empty) {
    Class<?> type = field.getType();
    Object value = null;
    if (type == String.class) {
      value = field.getName() + " set";
    } else if (type == int.class || type == Integer.class) {
      value = 7; // topK, which is limit by another name, must be the same as it
    } else if (type == long.class || type == Long.class) {
      value = 7L;
    } else if (type == boolean.class || type == Boolean.class) {
      value = !Boolean.TRUE.equals(empty);
    } else if (type == Map.class) {
      value = Map.of("key", field.getName());
    } else if (type == List.class) {
      value = listFor(field.getName());
    } else if (type == IndexParam.MetricType.class) {
      value = IndexParam.MetricType.JACCARD;
    } else if (type == ConsistencyLevel.class) {
      value = ConsistencyLevel.SESSION;
    } else if (type == CreateCollectionReq.Function.class) {
      value = CreateCollectionReq.Function.builder().name("ranker").build();
    } else if (type == Function.class) {
      value = Function.identity();
    } else if (type == FunctionScore.class) {
      value = FunctionScore.builder().build();
    } else if (type.getSimpleName().equals("Highlighter")) {
      value = LexicalHighlighter.builder().build();
    }
    assertThat(value)
        .as("this test needs a value for %s, which the SDK has made a %s", field, type)
        .isNotNull()
        .isNotEqualTo(empty);
    return value;
  }

  private static List<?> listFor(String name) {
    return switch (name) {
      case "data", "vectors" -> List.of(new FloatVec(VECTOR));
      case "ids" -> List.of(7L);
      case "searchRequests" -> List.of(AnnSearchReq.builder().vectorFieldName("vector").build());
      default -> List.of(name);
    };
  }

  @Test
  void theParametersOfAnIteratorMayBeImmutable() {
    SearchIteratorReqV2 request =
        SearchIteratorReqV2.builder().searchParams(Map.of("nprobe", 8)).build();

    RequestCopies.own(request).getSearchParams().put("search_iter_id", "1");

    assertThat(request.getSearchParams()).containsOnlyKeys("nprobe");
  }
}
