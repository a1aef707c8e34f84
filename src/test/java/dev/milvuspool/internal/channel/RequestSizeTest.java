package dev.milvuspool.internal.channel;

import static org.assertj.core.api.Assertions.assertThat;

import io.milvus.grpc.InsertRequest;
import io.milvus.grpc.SearchRequest;
import io.milvus.grpc.UpsertRequest;
import io.milvus.shaded.io.grpc.Status;
import org.junit.jupiter.api.Test;

class RequestSizeTest {
  private static final String SAID =
      "grpc: received message larger than max (90000000 vs. 67108864)";
  private static final Status TOO_LARGE = Status.RESOURCE_EXHAUSTED.withDescription(SAID);

  @Test
  void anInsertThatIsTooLargeIsToldWithItsSizeAndRows() {
    InsertRequest insert = InsertRequest.newBuilder().setNumRows(5).setDbName("books").build();

    Status explained = RequestSize.explain(TOO_LARGE, insert);

    assertThat(explained.getCode()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
    assertThat(explained.getDescription())
        .startsWith(SAID)
        .contains("the request is " + insert.getSerializedSize() + " bytes large, with 5 rows; ")
        .contains("67108864 bytes")
        .endsWith("send fewer rows a call");
  }

  @Test
  void anUpsertHasRowsAsWell() {
    UpsertRequest upsert = UpsertRequest.newBuilder().setNumRows(9).build();

    assertThat(RequestSize.explain(TOO_LARGE, upsert).getDescription()).contains(", with 9 rows;");
  }

  @Test
  void otherRequestsHaveNone() {
    SearchRequest search = SearchRequest.newBuilder().setDbName("books").build();

    assertThat(RequestSize.explain(TOO_LARGE, search).getDescription())
        .contains("the request is " + search.getSerializedSize() + " bytes large; ");
    assertThat(RequestSize.explain(TOO_LARGE, InsertRequest.getDefaultInstance()).getDescription())
        .contains("the request is 0 bytes large; ");
  }

  @Test
  void everyOtherStatusStaysAsItIs() {
    InsertRequest insert = InsertRequest.getDefaultInstance();
    Status internal = Status.INTERNAL.withDescription(SAID);
    Status quota = Status.RESOURCE_EXHAUSTED.withDescription("quota exceeded");

    assertThat(RequestSize.explain(internal, insert)).isSameAs(internal);
    assertThat(RequestSize.explain(quota, insert)).isSameAs(quota);
    assertThat(RequestSize.explain(Status.RESOURCE_EXHAUSTED, insert))
        .isSameAs(Status.RESOURCE_EXHAUSTED);
    assertThat(RequestSize.explain(TOO_LARGE, "no message")).isSameAs(TOO_LARGE);
  }
}
