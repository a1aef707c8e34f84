package dev.milvuspool;

import static org.assertj.core.api.Assertions.assertThat;

import dev.milvuspool.scripted.ScriptedMilvus;
import io.milvus.shaded.io.grpc.InternalGlobalInterceptors;
import io.milvus.v2.client.ConnectConfig;
import io.milvus.v2.client.MilvusClientV2;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Each in a JVM of its own: what is set for all channels is set once. */
@Timeout(120)
class CensusLookupTest {
  private static final Duration SOON = Duration.ofSeconds(60);

  private static List<String> run(String first) throws InterruptedException {
    try (ScriptedMilvus server = ScriptedMilvus.start();
        ChildJvm child = ChildJvm.start(App.class, List.of(), List.of(server.address(), first))) {
      assertThat(child.awaitExit(SOON)).isZero();
      return child.lines();
    }
  }

  @Test
  void aDialDoesNotLookForCensus() throws Exception {
    assertThat(run("pool")).contains("UP, interceptors []");
  }

  @Test
  void afterADialOfTheSdkAloneItLooksAndDials() throws Exception {
    assertThat(run("sdk")).contains("UP, interceptors null");
  }

  /** Dials, after the SDK alone if so told, and prints the interceptors of all channels. */
  static final class App {
    private App() {}

    public static void main(String[] arguments) throws InterruptedException {
      if (arguments[1].equals("sdk")) {
        ConnectConfig config = ConnectConfig.builder().uri("http://" + arguments[0]).build();
        new MilvusClientV2(config).close(1);
      }
      try (MilvusPool pool = MilvusPool.create()) {
        Client client = pool.add("main", options -> options.withAddress(arguments[0]));
        System.out.println(
            client.state()
                + ", interceptors "
                + InternalGlobalInterceptors.getClientInterceptors());
      }
    }
  }
}
