package dev.milvuspool;

import static org.assertj.core.api.Assertions.assertThat;

import dev.milvuspool.scripted.ScriptedMilvus;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a pool that nobody closes does to its JVM, seen from outside. */
@Timeout(120)
class UnclosedPoolTest {
  private static final Duration SOON = Duration.ofSeconds(60);

  private final ScriptedMilvus server = ScriptedMilvus.start();

  @AfterEach
  void close() {
    server.close();
  }

  private List<String> warnings(String how) throws InterruptedException {
    try (ChildJvm child = ChildJvm.start(App.class, List.of(), List.of(server.address(), how))) {
      assertThat(child.awaitExit(SOON)).isZero();
      assertThat(child.lines()).anyMatch(line -> line.contains("main is over"));
      return child.lines().stream().filter(line -> line.contains("never closed")).toList();
    }
  }

  @Test
  void itDoesNotKeepTheJvmAliveAndIsToldOnce() throws Exception {
    assertThat(warnings("unclosed")).singleElement().asString().contains("WARN", "first");
    server.awaitTransports(0, SOON);
  }

  @Test
  void severalAreToldTogether() throws Exception {
    assertThat(warnings("two")).singleElement().asString().contains("2", "first", "second");
  }

  @Test
  void oneWhoseClientsAreDownDoesNotKeepTheJvmAliveEither() throws Exception {
    server.kill();

    assertThat(warnings("lazy")).hasSize(1);
  }

  @Test
  void oneThatWasClosedIsNotTold() throws Exception {
    assertThat(warnings("closed")).isEmpty();
    server.awaitTransports(0, SOON);
  }

  /** An application that forgets to close its pools, or does not. */
  static final class App {
    private App() {}

    public static void main(String[] arguments) {
      String how = arguments[1];
      MilvusPool pool = MilvusPool.create();
      Client client =
          pool.add(
              "first",
              options -> {
                options.withAddress(arguments[0]);
                if (how.equals("lazy")) {
                  options.withLazyConnect();
                }
              });
      try {
        client.listCollections();
      } catch (ClientUnavailableException e) {
        System.out.println(e.getMessage());
      }
      if (how.equals("two")) {
        MilvusPool.create().add("second", options -> options.withAddress(arguments[0]));
      }
      if (how.equals("closed")) {
        pool.close();
      }
      System.out.println("main is over");
    }
  }
}
