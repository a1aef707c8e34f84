package dev.milvuspool.internal.connect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.milvus.shaded.io.grpc.Metadata;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RequestHeadersTest {
  private static final String OPTION = "withHeaders";

  private final Metadata headers = new Metadata();

  private static String value(Metadata headers, String name) {
    return headers.get(Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER));
  }

  @Test
  void theLibrarysOwnAreThoseOfMilvussClients() {
    long before = System.currentTimeMillis();
    Metadata own = RequestHeaders.of("dG9rZW4=", "books", "17");

    assertThat(own.keys())
        .containsExactlyInAnyOrder(
            "authorization", "dbname", "identifier", "client-request-unixmsec");
    assertThat(value(own, "authorization")).isEqualTo("dG9rZW4=");
    assertThat(value(own, "dbname")).isEqualTo("books");
    assertThat(value(own, "identifier")).isEqualTo("17");
    assertThat(Long.parseLong(value(own, "client-request-unixmsec")))
        .isBetween(before, System.currentTimeMillis());
  }

  @Test
  void whatIsNotKnownIsLeftOut() {
    assertThat(RequestHeaders.of(null, null, null).keys())
        .containsExactly("client-request-unixmsec");
  }

  @Test
  void theUsersAreAddedToThem() {
    headers.put(Metadata.Key.of("dbname", Metadata.ASCII_STRING_MARSHALLER), "books");

    RequestHeaders.addAll(headers, Map.of("x-tenant", "a", "traceparent", " ~"), OPTION);

    assertThat(headers.keys()).containsExactlyInAnyOrder("dbname", "x-tenant", "traceparent");
    assertThat(value(headers, "x-tenant")).isEqualTo("a");
    assertThat(value(headers, "traceparent")).isEqualTo(" ~");
  }

  @Test
  void theLatestWhoSetsAHeaderWins() {
    RequestHeaders.add(headers, "x-tenant", "a", OPTION);
    RequestHeaders.add(headers, "X-Tenant", "b", OPTION);

    assertThat(headers.getAll(Metadata.Key.of("x-tenant", Metadata.ASCII_STRING_MARSHALLER)))
        .containsExactly("b");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "authorization",
        "Authorization",
        "dbname",
        "identifier",
        "client-request-unixmsec"
      })
  void theLibrarysOwnCannotBeSet(String name) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> RequestHeaders.add(headers, name, "v", OPTION))
        .withMessageStartingWith("withHeaders: the header '" + name + "' is the library's own")
        .withMessageContaining("withAuth");
    assertThat(headers.keys()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "content-type",
        "te",
        "TE",
        "user-agent",
        "connection",
        "Host",
        "keep-alive",
        "proxy-connection",
        "transfer-encoding",
        "upgrade",
        "grpc-timeout",
        "GRPC-x"
      })
  void gRpcsOwnCannotBeSet(String name) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> RequestHeaders.add(headers, name, "v", OPTION))
        .withMessage(
            "withHeaders: the header '" + name + "' is gRPC's own, or not allowed in HTTP/2");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "with space", "x-data-bin", "ü"})
  void aNameThatGrpcDoesNotTakeIsNamed(String name) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> RequestHeaders.add(headers, name, "v", OPTION))
        .withMessageStartingWith("withHeaders: gRPC does not allow the header '" + name + "'");
  }

  @Test
  void aNameMustBeThere() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> RequestHeaders.add(headers, null, "v", OPTION))
        .withMessage("withHeaders: a header's name must not be null");
  }

  @ParameterizedTest
  @ValueSource(strings = {"sécret", "secret\n", "secret\u007f", "\u001fsecret"})
  void aValueThatCannotBeSentIsNotShown(String value) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> RequestHeaders.add(headers, "x-key", value, OPTION))
        .withMessage(
            "withHeaders: the value of header 'x-key' must be printable ASCII, and not null"
                + " (it is not shown)");
  }

  @Test
  void aValueMustBeThere() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> RequestHeaders.add(headers, "x-key", null, OPTION))
        .withMessageContaining("x-key");
  }
}
