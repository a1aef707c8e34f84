import dev.langchain4j.data.document.Metadata;
import dev.langchain4j.data.embedding.Embedding;
import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.store.embedding.EmbeddingSearchRequest;
import dev.langchain4j.store.embedding.filter.Filter;
import dev.langchain4j.store.embedding.filter.MetadataFilterBuilder;
import dev.langchain4j.store.embedding.milvus.v2.MilvusV2EmbeddingStore;
import dev.milvuspool.MilvusPool;
import io.milvus.v2.common.ConsistencyLevel;
import java.util.List;

/** LangChain4j's store adds, searches and removes, before and after its connection is replaced. */
public final class Embeddings {
  private static final String COLLECTION = "langchain4j";
  private static final Filter WARM = MetadataFilterBuilder.metadataKey("warm").isEqualTo("yes");

  public static void main(String[] arguments) {
    try (MilvusPool pool = MilvusPool.create()) {
      pool.add("main", options -> options.withAddress(System.getenv("MILVUS_ADDRESS")));
      MilvusV2EmbeddingStore store =
          MilvusV2EmbeddingStore.builder()
              .milvusClient(pool.get("main").unwrap())
              .collectionName(COLLECTION)
              .dimension(2)
              .consistencyLevel(ConsistencyLevel.STRONG)
              .build();
      try {
        String red = add(store, "red", "yes", 1, 0);
        add(store, "blue", "no", 0.9f, 0.1f);
        add(store, "orange", "yes", 0.5f, 0.5f);
        expect(List.of("red", "blue", "orange"), search(store, null));
        expect(List.of("red", "orange"), search(store, WARM));

        pool.replace("main", pool.get("main").options().toBuilder().withConnections(2).build());
        store.remove(red);
        expect(List.of("orange"), search(store, WARM));
        store.removeAll(WARM);
        add(store, "green", "no", 0, 1);
        expect(List.of("blue", "green"), search(store, null));
      } finally {
        store.dropCollection(COLLECTION);
      }
    }
  }

  private static String add(
      MilvusV2EmbeddingStore store, String text, String warm, float... vector) {
    return store.add(Embedding.from(vector), TextSegment.from(text, Metadata.from("warm", warm)));
  }

  private static List<String> search(MilvusV2EmbeddingStore store, Filter filter) {
    EmbeddingSearchRequest request =
        EmbeddingSearchRequest.builder()
            .queryEmbedding(Embedding.from(new float[] {1, 0}))
            .filter(filter)
            .maxResults(10)
            .build();
    return store.search(request).matches().stream().map(match -> match.embedded().text()).toList();
  }

  private static void expect(List<String> expected, List<String> found) {
    if (!found.equals(expected)) {
      throw new AssertionError("expected " + expected + ", but found " + found);
    }
  }
}
