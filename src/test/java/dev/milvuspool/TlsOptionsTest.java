package dev.milvuspool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.milvuspool.server.Certificates;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.BiFunction;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The TLS options and the files they name, which are looked at when the options are built. */
class TlsOptionsTest {
  private static final Certificates CERTIFICATES = Certificates.get();

  @TempDir private Path directory;

  /** A file among the options. */
  enum PemFile {
    CA("caFile", TlsOptions.Builder::withCaFile),
    CERTIFICATE(
        "clientCertificate",
        (builder, file) -> builder.withClientCertificate(file, CERTIFICATES.clientKey())),
    KEY(
        "clientKey",
        (builder, file) -> builder.withClientCertificate(CERTIFICATES.clientCertificate(), file));

    private final String option;
    private final BiFunction<TlsOptions.Builder, Path, TlsOptions.Builder> set;

    PemFile(String option, BiFunction<TlsOptions.Builder, Path, TlsOptions.Builder> set) {
      this.option = option;
      this.set = set;
    }

    private TlsOptions of(Path file) {
      return set.apply(TlsOptions.builder(), file).build();
    }
  }

  private static TlsOptions.Builder all() {
    return TlsOptions.builder()
        .withCaFile(CERTIFICATES.ca())
        .withClientCertificate(CERTIFICATES.clientCertificate(), CERTIFICATES.clientKey())
        .withServerName("milvus.test");
  }

  @Test
  void nothingIsSetByDefault() {
    TlsOptions options = TlsOptions.builder().build();

    assertThat(options.caFile()).isEmpty();
    assertThat(options.clientCertificate()).isEmpty();
    assertThat(options.clientKey()).isEmpty();
    assertThat(options.serverName()).isEmpty();
  }

  @Test
  void whatIsSetIsReadBack() {
    TlsOptions options = all().build();

    assertThat(options.caFile()).contains(CERTIFICATES.ca());
    assertThat(options.clientCertificate()).contains(CERTIFICATES.clientCertificate());
    assertThat(options.clientKey()).contains(CERTIFICATES.clientKey());
    assertThat(options.serverName()).contains("milvus.test");
  }

  @Test
  void aFileMayHoldSeveralCertificates() throws IOException {
    Path both = directory.resolve("both.pem");
    Files.writeString(
        both, Files.readString(CERTIFICATES.ca()) + Files.readString(CERTIFICATES.otherCa()));

    assertThat(TlsOptions.builder().withCaFile(both).build().caFile()).contains(both);
  }

  @Test
  void equalityTellsEachOption() {
    List<TlsOptions> different =
        Stream.of(
                TlsOptions.builder(),
                all(),
                all().withCaFile(CERTIFICATES.otherCa()),
                all()
                    .withClientCertificate(
                        CERTIFICATES.serverCertificate(), CERTIFICATES.clientKey()),
                all()
                    .withClientCertificate(
                        CERTIFICATES.clientCertificate(), CERTIFICATES.serverKey()),
                all().withServerName("other"))
            .map(TlsOptions.Builder::build)
            .toList();

    assertThat(different).doesNotHaveDuplicates();
    assertThat(different.stream().map(TlsOptions::toString)).doesNotHaveDuplicates();
    assertThat(all().build()).isEqualTo(all().build()).hasSameHashCodeAs(all().build());
    assertThat(all().build()).isNotEqualTo(null).isNotEqualTo("TlsOptions");
  }

  @Test
  void theTextShowsFilesAndNotWhatIsInThem() throws IOException {
    assertThat(TlsOptions.builder().build())
        .hasToString(
            "TlsOptions{caFile=JVM trust store, clientCertificate=none, clientKey=none,"
                + " serverName=host}");
    assertThat(all().build().toString())
        .contains(
            CERTIFICATES.ca().toString(),
            CERTIFICATES.clientCertificate().toString(),
            CERTIFICATES.clientKey().toString(),
            "milvus.test")
        .doesNotContain("BEGIN")
        .doesNotContain(Files.readAllLines(CERTIFICATES.clientKey()).get(1));
  }

  // ---- what is rejected

  @ParameterizedTest
  @EnumSource
  void aFileThatIsNotThereIsTold(PemFile pem) {
    Path missing = directory.resolve("missing.pem");

    assertRejected(pem, missing, pem.option + " does not exist");
  }

  @ParameterizedTest
  @EnumSource
  void aDirectoryIsNoFile(PemFile pem) {
    assertRejected(pem, directory, "or is not a file");
  }

  /**
   * Permissions do not keep root from a file; what Linux shows of memory, nobody reads like this.
   */
  @ParameterizedTest
  @EnumSource
  @EnabledOnOs(OS.LINUX)
  void aFileThatCannotBeReadIsTold(PemFile pem) {
    assertRejected(pem, Path.of("/proc/self/mem"), pem.option + " cannot be read");
  }

  @ParameterizedTest
  @EnumSource
  void nullIsNoFile(PemFile pem) {
    assertThatThrownBy(() -> pem.of(null))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(pem.option + " must not be null");
  }

  @ParameterizedTest
  @EnumSource
  void aFileThatIsNotPemIsTold(PemFile pem) throws IOException {
    Path text = Files.writeString(directory.resolve("notes.txt"), "s3cret, not PEM");

    assertRejected(pem, text, pem.option + " is not a PEM file");
  }

  @ParameterizedTest
  @EnumSource
  void anEmptyFileIsTold(PemFile pem) throws IOException {
    Path empty = Files.createFile(directory.resolve("empty.pem"));

    assertRejected(pem, empty, pem.option);
  }

  @ParameterizedTest
  @EnumSource
  void aFileOfTheOtherKindIsTold(PemFile pem) {
    Path other = pem == PemFile.KEY ? CERTIFICATES.clientCertificate() : CERTIFICATES.clientKey();

    assertRejected(pem, other, pem.option);
  }

  @ParameterizedTest
  @EnumSource(names = {"CA", "CERTIFICATE"})
  void aCertificateThatIsCutShortIsTold(PemFile pem) throws IOException {
    String whole = Files.readString(CERTIFICATES.ca());
    Path cut = Files.writeString(directory.resolve("cut.pem"), whole.substring(0, 200));

    assertRejected(pem, cut, pem.option);
  }

  @Test
  void aKeyThatIsNotPkcs8IsToldWithTheCommandThatConvertsIt() throws IOException {
    for (String kind : List.of("RSA PRIVATE KEY", "EC PRIVATE KEY", "ENCRYPTED PRIVATE KEY")) {
      Path key =
          Files.writeString(
              directory.resolve("key.pem"),
              "-----BEGIN " + kind + "-----\nczNjcmV0\n-----END " + kind + "-----\n");

      assertRejected(PemFile.KEY, key, "openssl pkcs8 -topk8 -nocrypt");
    }
  }

  private static void assertRejected(PemFile pem, Path file, String told) {
    assertThatThrownBy(() -> pem.of(file))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith(pem.option + " ")
        .hasMessageContainingAll(file.toString(), told)
        .message()
        .doesNotContain("s3cret", "czNjcmV0");
  }

  @Test
  void aServerNameIsNotNullAndNotBlank() {
    assertThatThrownBy(() -> TlsOptions.builder().withServerName(null).build())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("serverName must not be null", "leave it out");
    assertThatThrownBy(() -> TlsOptions.builder().withServerName(" ").build())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("serverName must not be blank", "leave it out");
  }

  @Test
  void aFileThatGoesAfterTheOptionsWereBuiltDoesNotMatterToThem() throws IOException {
    Path ca = Files.copy(CERTIFICATES.ca(), directory.resolve("ca.pem"));
    TlsOptions options = TlsOptions.builder().withCaFile(ca).build();

    Files.delete(ca);

    assertThat(ClientOptions.builder().withTls(options).build().toBuilder().build().tls())
        .contains(options);
  }
}
