package dev.milvuspool.internal.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ProgressTest {
  @Test
  void aHundredIsReportedAtTheEndOnlyWhateverTheServerSays() {
    List<Integer> reported = new ArrayList<>();
    Progress progress = new Progress(reported::add);

    progress.at(-5);
    progress.at(100);
    progress.at(250);
    progress.done();

    assertThat(reported).containsExactly(0, 99, 100);
  }
}
