package dev.milvuspool.internal.channel;

import static org.assertj.core.api.Assertions.assertThat;

import io.milvus.grpc.BoolResponse;
import io.milvus.grpc.ErrorCode;
import io.milvus.grpc.GetVersionResponse;
import io.milvus.grpc.LongArray;
import io.milvus.grpc.MutationResult;
import io.milvus.grpc.QueryResults;
import io.milvus.grpc.SearchResults;
import io.milvus.grpc.Status;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

@SuppressWarnings("deprecation") // the codes before 2.3
class AnswerTest {
  private static final Status STATUS = code(100);

  private static Status code(int code) {
    return Status.newBuilder().setCode(code).build();
  }

  private static Status legacy(ErrorCode code) {
    return Status.newBuilder().setErrorCode(code).setReason("why").build();
  }

  private static MutationResult mutation(Status status) {
    return MutationResult.newBuilder().setStatus(status).setInsertCnt(7).build();
  }

  @Test
  void theStatusIsFoundInWhateverHasOne() {
    assertThat(Answer.status(SearchResults.newBuilder().setStatus(STATUS).build()))
        .isEqualTo(STATUS);
    assertThat(Answer.status(QueryResults.newBuilder().setStatus(STATUS).build()))
        .isEqualTo(STATUS);
    assertThat(Answer.status(mutation(STATUS))).isEqualTo(STATUS);
    assertThat(Answer.status(STATUS)).isSameAs(STATUS);
    assertThat(Answer.status(BoolResponse.newBuilder().setStatus(STATUS).build()))
        .isEqualTo(STATUS);
    assertThat(Answer.status(GetVersionResponse.newBuilder().setStatus(STATUS).build()))
        .isEqualTo(STATUS);
  }

  @Test
  void whatHasNoneHasNone() {
    assertThat(Answer.status(LongArray.getDefaultInstance())).isNull();
    assertThat(Answer.status("no message")).isNull();
    assertThat(Answer.status(null)).isNull();
  }

  @Test
  void aRateLimitIsSaidInEitherCode() {
    assertThat(Answer.isRateLimited(code(8))).isTrue();
    assertThat(Answer.isRateLimited(legacy(ErrorCode.RateLimit))).isTrue();
    assertThat(Answer.isRateLimited(legacy(ErrorCode.UnexpectedError))).isFalse();
    assertThat(Answer.isRateLimited(Status.getDefaultInstance())).isFalse();
  }

  @Test
  void aProxyThatStartsOrStopsIsNotReady() {
    assertThat(IntStream.range(0, 3_000).filter(each -> Answer.isNotReady(code(each))))
        .containsExactly(1, 2);
    assertThat(Answer.isNotReady(legacy(ErrorCode.UnexpectedError))).isFalse(); // legacy 1
  }

  @Test
  void theCodesOfWhatIsMovingAskForPatience() {
    assertThat(IntStream.range(0, 3_000).filter(each -> Answer.isTryLater(code(each))))
        .containsExactly(1, 2, 4, 12, 103, 106, 202);
    assertThat(Answer.isTryLater(legacy(ErrorCode.UnexpectedError))).isFalse();
  }

  @Test
  void aServerMayAskForPatienceWithAnyCode() {
    assertThat(Answer.isTryLater(code(100).toBuilder().setRetriable(true).build())).isTrue();
  }

  @Test
  void onlyAWriteHasASchemaMismatch() {
    Status mismatch = legacy(ErrorCode.SchemaMismatch);

    assertThat(Answer.isSchemaMismatch(mutation(mismatch))).isTrue();
    assertThat(Answer.isSchemaMismatch(mutation(legacy(ErrorCode.RateLimit)))).isFalse();
    assertThat(Answer.isSchemaMismatch(QueryResults.newBuilder().setStatus(mismatch).build()))
        .isFalse();
  }

  @Test
  void aMismatchThatIsNotToBeRepeatedKeepsItsReasonAndCode() {
    Status coded = legacy(ErrorCode.SchemaMismatch).toBuilder().setCode(1_802).build();

    MutationResult passedOn = (MutationResult) Answer.withoutRepetition(mutation(coded));

    assertThat(Answer.isSchemaMismatch(passedOn)).isFalse();
    assertThat(passedOn.getStatus().getCode()).isEqualTo(1_802);
    assertThat(passedOn.getStatus().getReason()).isEqualTo("why");
    assertThat(passedOn.getInsertCnt()).isEqualTo(7);
  }

  @Test
  void aMismatchWithoutACodeGetsTheLegacyOne() {
    MutationResult passedOn =
        (MutationResult) Answer.withoutRepetition(mutation(legacy(ErrorCode.SchemaMismatch)));

    assertThat(Answer.isSchemaMismatch(passedOn)).isFalse();
    assertThat(passedOn.getStatus().getCode()).isEqualTo(ErrorCode.SchemaMismatch_VALUE);
  }
}
