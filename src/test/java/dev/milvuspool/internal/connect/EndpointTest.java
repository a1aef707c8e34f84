package dev.milvuspool.internal.connect;

import static org.assertj.core.api.Assertions.assertThat;

import dev.milvuspool.internal.config.Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import org.junit.jupiter.api.Test;

class EndpointTest {
  private static final Address NAMED = new Address("milvus.example.com", 19530, null);

  private static InetAddress ip() {
    try {
      return InetAddress.getByAddress(new byte[] {10, 0, 0, 7});
    } catch (UnknownHostException e) {
      throw new AssertionError("four bytes are an address", e);
    }
  }

  @Test
  void itLeadsToTheIpWhateverItsName() {
    Endpoint one = new Endpoint(NAMED, ip());
    Endpoint alias = new Endpoint(new Address("other.example.com", 19530, null), ip());

    assertThat(one.socketAddress()).isEqualTo(new InetSocketAddress(ip(), 19530));
    assertThat(alias.socketAddress()).isEqualTo(one.socketAddress());
  }

  @Test
  void aProxyGetsTheNameUnresolved() {
    InetSocketAddress address = new Endpoint(NAMED, null).socketAddress();

    assertThat(address.isUnresolved()).isTrue();
    assertThat(address.getHostString()).isEqualTo("milvus.example.com");
    assertThat(address.getPort()).isEqualTo(19530);
  }

  @Test
  void theIpIsShownWhereItIsNotTheHost() {
    assertThat(new Endpoint(NAMED, ip())).hasToString("milvus.example.com:19530 (10.0.0.7)");
    assertThat(new Endpoint(NAMED, null)).hasToString("milvus.example.com:19530");
    assertThat(new Endpoint(new Address("10.0.0.7", 1, null), ip())).hasToString("10.0.0.7:1");
  }
}
