package dev.milvuspool;

import static org.assertj.core.api.Assertions.assertThat;

import dev.milvuspool.server.MilvusServer;
import dev.milvuspool.server.RealMilvus;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** The programs of the documents on a real Milvus: all their blocks in order, nothing added. */
class DocumentedProgramsIT {
  @TempDir Path output;

  @TestFactory
  Stream<DynamicTest> everyProgramRunsAsItStands() {
    List<Documents.Program> programs = Documents.programs();
    assertThat(programs)
        .extracting(Documents.Program::document)
        .contains(
            Path.of("README.md"),
            Path.of("docs", "getting-started.md"),
            Path.of("docs", "zh-CN", "README.md"));
    MilvusServer server = RealMilvus.shared();
    return programs.stream()
        .map(
            program ->
                DynamicTest.dynamicTest(
                    program.toString(),
                    () ->
                        DocumentedPrograms.run(
                            program,
                            server.address(),
                            server.username(),
                            server.password(),
                            output)));
  }
}
