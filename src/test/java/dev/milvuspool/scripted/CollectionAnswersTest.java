package dev.milvuspool.scripted;

import static dev.milvuspool.scripted.SdkAssertions.assertServerError;
import static org.assertj.core.api.Assertions.assertThat;

import io.milvus.v2.common.DataType;
import io.milvus.v2.service.collection.request.CreateCollectionReq;
import io.milvus.v2.service.collection.request.DescribeCollectionReq;
import io.milvus.v2.service.collection.request.DropCollectionReq;
import io.milvus.v2.service.collection.request.HasCollectionReq;
import io.milvus.v2.service.collection.request.RenameCollectionReq;
import io.milvus.v2.service.collection.response.DescribeCollectionResp;
import io.milvus.v2.service.utility.request.AlterAliasReq;
import io.milvus.v2.service.utility.request.CreateAliasReq;
import io.milvus.v2.service.utility.request.DescribeAliasReq;
import io.milvus.v2.service.utility.request.DropAliasReq;
import io.milvus.v2.service.utility.request.ListAliasesReq;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Collections and aliases, as the SDK's own client reads them. */
class CollectionAnswersTest extends ScriptedMilvusCase {
  private static final String ITEMS = RawClient.COLLECTION;

  @Test
  void keepsCollections() {
    sdk.createCollection(
        CreateCollectionReq.builder().collectionName("songs").dimension(16).build());

    assertThat(has("songs")).isTrue();
    assertThat(has("nothing")).isFalse();
    assertThat(sdk.listCollections().getCollectionNames()).containsExactly(ITEMS, "songs");
    DescribeCollectionResp songs = describe("songs");
    assertThat(songs.getPrimaryFieldName()).isEqualTo("id");
    assertThat(songs.getVectorFieldNames()).containsExactly("vector");
    assertThat(songs.getCollectionSchema().getField("vector").getDimension()).isEqualTo(16);
    assertThat(songs.getEnableDynamicField()).isTrue();
    assertThat(songs.getDatabaseName()).isEqualTo("default");
    assertThat(songs.getCollectionID()).isNotEqualTo(describe(ITEMS).getCollectionID());

    sdk.renameCollection(
        RenameCollectionReq.builder().collectionName("songs").newCollectionName("tunes").build());

    assertThat(sdk.listCollections().getCollectionNames()).containsExactly(ITEMS, "tunes");

    sdk.dropCollection(DropCollectionReq.builder().collectionName("tunes").build());

    assertThat(has("tunes")).isFalse();
    assertServerError(() -> describe("tunes"), 100, "collection not found");
  }

  private boolean has(String collection) {
    return sdk.hasCollection(HasCollectionReq.builder().collectionName(collection).build());
  }

  private DescribeCollectionResp describe(String collection) {
    return sdk.describeCollection(
        DescribeCollectionReq.builder().collectionName(collection).build());
  }

  @Test
  void keepsASchemaAsItWasGiven() {
    CollectionOfAllTypes.create(sdk);

    DescribeCollectionResp all = describe("all");
    assertThat(all.getAutoID()).isFalse();
    assertThat(all.getEnableDynamicField()).isFalse();
    assertThat(all.getShardsNum()).isEqualTo(2);
    assertThat(all.getCollectionSchema().getField("title").getMaxLength()).isEqualTo(64);
    assertThat(all.getCollectionSchema().getField("sparse").getDataType())
        .isEqualTo(DataType.SparseFloatVector);
  }

  @Test
  void keepsAliases() {
    sdk.createCollection(
        CreateCollectionReq.builder().collectionName("songs").dimension(16).build());

    sdk.createAlias(CreateAliasReq.builder().collectionName(ITEMS).alias("now").build());

    assertThat(describe("now").getCollectionID()).isEqualTo(describe(ITEMS).getCollectionID());
    assertThat(aliases(ITEMS)).containsExactly("now");
    assertThat(has("now")).isTrue();
    assertThat(
            sdk.describeAlias(DescribeAliasReq.builder().alias("now").build()).getCollectionName())
        .isEqualTo(ITEMS);
    assertServerError(
        () ->
            sdk.createAlias(CreateAliasReq.builder().collectionName("songs").alias("now").build()),
        1602,
        "alias to another collection");

    sdk.alterAlias(AlterAliasReq.builder().collectionName("songs").alias("now").build());

    assertThat(describe("now").getCollectionID()).isEqualTo(describe("songs").getCollectionID());
    assertThat(aliases(ITEMS)).isEmpty();

    sdk.dropAlias(DropAliasReq.builder().alias("now").build());

    assertThat(has("now")).isFalse();
    assertServerError(
        () -> sdk.alterAlias(AlterAliasReq.builder().collectionName(ITEMS).alias("now").build()),
        1600,
        "alias not found");
  }

  private List<String> aliases(String collection) {
    return sdk.listAliases(ListAliasesReq.builder().collectionName(collection).build()).getAlias();
  }
}
