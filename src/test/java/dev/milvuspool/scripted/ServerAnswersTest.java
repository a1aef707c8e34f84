package dev.milvuspool.scripted;

import static dev.milvuspool.scripted.SdkAssertions.assertServerError;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.milvus.v2.common.CompactionState;
import io.milvus.v2.service.database.request.CreateDatabaseReq;
import io.milvus.v2.service.database.request.DescribeDatabaseReq;
import io.milvus.v2.service.database.request.DropDatabaseReq;
import io.milvus.v2.service.utility.request.CompactReq;
import io.milvus.v2.service.utility.request.FlushReq;
import io.milvus.v2.service.utility.request.GetCompactionStateReq;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What concerns the server as a whole, as the SDK's own client reads it. */
class ServerAnswersTest extends ScriptedMilvusCase {
  private static final String ITEMS = RawClient.COLLECTION;

  @Test
  void tellsVersionAndHealth() {
    assertThat(sdk.getServerVersion()).isEqualTo(ScriptedMilvus.VERSION);
    assertThat(sdk.checkHealth().getIsHealthy()).isTrue();
  }

  @Test
  void keepsDatabases() throws Exception {
    assertThat(sdk.listDatabases().getDatabaseNames()).containsExactly("default");

    sdk.createDatabase(CreateDatabaseReq.builder().databaseName("books").build());
    sdk.useDatabase("books");

    assertThat(sdk.listDatabases().getDatabaseNames()).containsExactly("default", "books");
    assertThat(milvus.lastHeader("ListDatabases", "dbname")).contains("books");
    assertThat(sdk.listCollections().getCollectionNames()).isEmpty();
    assertThat(
            sdk.describeDatabase(DescribeDatabaseReq.builder().databaseName("books").build())
                .getDatabaseName())
        .isEqualTo("books");

    sdk.dropDatabase(DropDatabaseReq.builder().databaseName("books").build());

    assertThat(sdk.listDatabases().getDatabaseNames()).containsExactly("default");
    assertServerError(
        () -> sdk.describeDatabase(DescribeDatabaseReq.builder().databaseName("books").build()),
        800,
        "database not found[database=books]");
  }

  @Test
  void hasTheDatabasesItIsTold() {
    milvus.databases("default", "one", "two");

    assertThat(sdk.listDatabases().getDatabaseNames()).containsExactly("default", "one", "two");
    try (RawClient two = RawClient.of(milvus, config -> config.dbName("two"))) {
      assertThat(two.sdk().currentUsedDatabase()).isEqualTo("two");
    }
    assertThatThrownBy(() -> RawClient.of(milvus, config -> config.dbName("three")))
        .hasMessageContaining("database not found[database=three]");
  }

  @Test
  void flushesAndCompacts() {
    milvus.flushUnderWay(1);

    sdk.flush(FlushReq.builder().collectionNames(List.of(ITEMS)).build());
    long job = sdk.compact(CompactReq.builder().collectionName(ITEMS).build()).getCompactionID();

    assertThat(milvus.calls("GetFlushState")).isEqualTo(2);
    assertThat(job).isPositive();
    assertThat(
            sdk.getCompactionState(GetCompactionStateReq.builder().compactionID(job).build())
                .getState())
        .isEqualTo(CompactionState.Completed);
  }

  @Test
  void answersTheRestWithSuccess() {
    assertThat(sdk.listUsers()).isEmpty();
    assertThat(sdk.listRoles()).isEmpty();
    assertThat(milvus.executed("ListCredUsers")).isEqualTo(1);
  }
}
