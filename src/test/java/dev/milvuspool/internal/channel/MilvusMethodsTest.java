package dev.milvuspool.internal.channel;

import static org.assertj.core.api.Assertions.assertThat;

import io.milvus.grpc.MilvusServiceGrpc;
import io.milvus.shaded.io.grpc.MethodDescriptor;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Which of the SDK's RPCs may be carried out twice: no other is, whatever it is called. */
class MilvusMethodsTest {
  private static final Pattern READING =
      Pattern.compile("(Get|Has|List|Show|Select|Describe|BatchDescribe)[A-Z].*");

  /** Reads by another name, and what is idempotent. */
  private static final Set<String> OTHERS =
      Set.of(
          "AllocTimestamp",
          "BackupRBAC",
          "CalcDistance",
          "CheckHealth",
          "Connect",
          "Dummy",
          "HybridSearch",
          "LoadCollection",
          "LoadPartitions",
          "Query",
          "ReleaseCollection",
          "ReleasePartitions",
          "RunAnalyzer",
          "Search");

  private static final List<String> ALL =
      MilvusServiceGrpc.getServiceDescriptor().getMethods().stream()
          .map(MethodDescriptor::getBareMethodName)
          .toList();

  @Test
  void whatIsNamedLikeAReadIsOneAndEveryOtherIsAWrite() {
    assertThat(ALL)
        .contains("Insert", "Search")
        .allSatisfy(
            method ->
                assertThat(MilvusMethods.isWrite(method))
                    .as(method)
                    .isEqualTo(!READING.matcher(method).matches() && !OTHERS.contains(method)));
  }

  @Test
  void theReadsByAnotherNameAreMethodsOfMilvus() {
    assertThat(ALL).containsAll(OTHERS);
  }

  @Test
  void whatIsNotKnownIsAWrite() {
    assertThat(MilvusMethods.isWrite("GetWhatIsNotKnown")).isTrue();
    assertThat(MilvusMethods.isWrite("insert")).isTrue();
  }
}
