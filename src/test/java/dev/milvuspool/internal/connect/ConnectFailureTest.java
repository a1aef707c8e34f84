package dev.milvuspool.internal.connect;

import static org.assertj.core.api.Assertions.assertThat;

import dev.milvuspool.ClientConnectException.Reason;
import dev.milvuspool.ClientOptions;
import dev.milvuspool.internal.config.Address;
import java.net.SocketException;
import org.junit.jupiter.api.Test;

/** Failures to connect that no server can be made to cause. */
class ConnectFailureTest {
  @Test
  void anotherVersionOfTheSdkIsNotBlamedOnTheServer() {
    Endpoint endpoint = new Endpoint(new Address("localhost", 19530, null), null);
    ClientOptions options = ClientOptions.builder().build();
    NoSuchMethodError failure = new NoSuchMethodError("getConnectMethod()");

    ConnectFailure here = ConnectFailure.of(endpoint, options, null, failure);

    assertThat(here.reason()).isEqualTo(Reason.SERVER);
    assertThat(here.cause()).isSameAs(failure);
    assertThat(here.why())
        .contains("io.milvus:milvus-sdk-java", "NoSuchMethodError: getConnectMethod()")
        .doesNotContain("the server");
  }

  @Test
  void aLimitOfThisProcessIsNotBlamedOnTheServer() {
    Endpoint endpoint = new Endpoint(new Address("localhost", 19530, null), null);
    SocketException failure = new SocketException("Too many open files");

    ConnectFailure here =
        ConnectFailure.of(endpoint, ClientOptions.builder().build(), null, failure);

    assertThat(here.why()).contains("this process has too many open files", "ulimit -n");
  }
}
