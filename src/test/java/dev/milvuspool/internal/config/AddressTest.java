package dev.milvuspool.internal.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.milvuspool.ClientOptions;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Addresses as users write them, and what is told of those that cannot be used. */
class AddressTest {
  @ParameterizedTest
  @CsvSource({
    "localhost,                    localhost,     19530, localhost:19530",
    "milvus:1,                     milvus,        1,     milvus:1",
    "milvus:65535,                 milvus,        65535, milvus:65535",
    "db-1.example.com:19531,       db-1.example.com, 19531, db-1.example.com:19531",
    "10.0.0.7,                     10.0.0.7,      19530, 10.0.0.7:19530",
    "10.0.0.7:1234,                10.0.0.7,      1234,  10.0.0.7:1234",
    "[::1],                        ::1,           19530, [::1]:19530",
    "[::1]:1234,                   ::1,           1234,  [::1]:1234",
    "[fe80::1:2]:1234,             fe80::1:2,     1234,  [fe80::1:2]:1234",
    "http://milvus,                milvus,        19530, milvus:19530",
    "http://milvus:1234,           milvus,        1234,  milvus:1234",
    "http://milvus:1234/,          milvus,        1234,  milvus:1234",
    "HTTP://milvus,                milvus,        19530, milvus:19530",
    "http://[::1]:1234,            ::1,           1234,  [::1]:1234",
    "https://milvus,               milvus,        443,   milvus:443",
    "https://milvus/,              milvus,        443,   milvus:443",
    "https://milvus:19530,         milvus,        19530, milvus:19530",
    "HTTPS://Milvus.Example.com,   Milvus.Example.com, 443, Milvus.Example.com:443",
    "https://[::1],                ::1,           443,   [::1]:443",
  })
  void aFormIsUnderstood(String text, String host, int port, String shown) {
    Address address = Address.parse("address", text);

    assertThat(address.host()).isEqualTo(host);
    assertThat(address.port()).isEqualTo(port);
    assertThat(address).hasToString(shown);
    assertThat(Address.parse("address", shown)).hasToString(shown);
  }

  @Test
  void theSchemeTellsWhetherTlsIsWantedOrExcluded() {
    Address none = Address.parse("address", "milvus");
    Address http = Address.parse("address", "http://milvus");
    Address https = Address.parse("address", "Https://milvus");

    assertThat(none).returns(false, Address::isTls).returns(false, Address::isPlaintext);
    assertThat(http).returns(false, Address::isTls).returns(true, Address::isPlaintext);
    assertThat(https).returns(true, Address::isTls).returns(false, Address::isPlaintext);
  }

  @Test
  void whatOptionsShowIsReadBack() {
    List<String> shown =
        ClientOptions.builder().withAddresses("https://milvus", "[::1]:1234").build().addresses();

    List<Address> addresses = Address.all(shown);

    assertThat(addresses).extracting(Address::host).containsExactly("milvus", "::1");
    assertThat(addresses).extracting(Address::port).containsExactly(443, 1234);
  }

  @ParameterizedTest
  @CsvSource({
    "milvus:0,                   port outside 1 to 65535",
    "milvus:65536,               port outside 1 to 65535",
    "http://milvus:70000,        port outside 1 to 65535",
    "milvus:-1,                  a port is a number",
    "milvus:abc,                 a port is a number",
    "milvus:99999999999,         a port is a number",
    "milvus:,                    ends without a port",
    "https://milvus:,            ends without a port",
    "my_milvus:19530,            no underscore",
    "http://my_milvus,           no underscore",
    "::1,                        IPv6 address stands in brackets",
    "fe80::1:2:19530,            IPv6 address stands in brackets",
    "[::1,                       cannot be parsed",
    "two words,                  cannot be parsed",
    "http://,                    cannot be parsed",
    "ftp://milvus,               scheme other than http and https",
    "tcp://milvus:19530,         scheme other than http and https",
    "milvus:19530/books,         name the database with withDatabase",
    "https://milvus/books,       name the database with withDatabase",
    "milvus//,                   name the database with withDatabase",
    "https://in01-x.global-cluster.vectordb.zillizcloud.com, address of its primary cluster",
    "a.GLOBAL-Cluster.example.com:19530, address of its primary cluster",
  })
  void anAddressThatCannotBeUsedIsToldWithTheRemedy(String text, String told) {
    assertThatThrownBy(() -> Address.parse("standbyAddresses", text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("standbyAddresses ")
        .hasMessageContainingAll(text, told);
  }

  @Test
  void whereTheFormIsWrongTheFormsAreTold() {
    assertThatThrownBy(() -> Address.parse("address", "my_milvus"))
        .hasMessageContaining(
            "give host, host:port, [IPv6]:port, http://host:port or https://host:port");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "root:s3cret@milvus:19530",
        "http://root:s3cret@milvus",
        "https://s3cret@milvus/books",
        "root:s3c/ret@milvus",
        "ftp://root:s3cret@milvus",
        "root:s3cret@",
      })
  void userInfoIsRejectedAndNotShown(String text) {
    assertThatThrownBy(() -> Address.parse("address", text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("address must not hold credentials", "use withAuth")
        .hasNoCause()
        .message()
        .doesNotContain("s3c", "root");
  }

  @ParameterizedTest
  @ValueSource(strings = {"milvus?token=s3cret", "https://milvus/?s3cret", "milvus#s3cret"})
  void aQueryOrFragmentIsRejectedAndNotShown(String text) {
    assertThatThrownBy(() -> Address.parse("address", text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("address must not hold a query or a fragment")
        .message()
        .doesNotContain("s3cret");
  }

  @Test
  void nullAndBlankAreToldApart() {
    assertThatThrownBy(() -> Address.parse("address", null))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("address must not be null; give host");
    assertThatThrownBy(() -> Address.parse("address", " "))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("address must not be blank; give host");
  }
}
