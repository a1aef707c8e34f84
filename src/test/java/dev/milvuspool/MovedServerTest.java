package dev.milvuspool;

import static org.assertj.core.api.Assertions.assertThat;

import dev.milvuspool.scripted.ScriptedMilvus;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A server that comes back on another IP address behind the same name. What a name leads to is the
 * JVM's matter, so a JVM of its own resolves it: from a file, which it reads at every look-up.
 */
@Timeout(120)
class MovedServerTest {
  private static final Duration SOON = Duration.ofSeconds(60);
  private static final String NAME = "milvus.moving.test";

  @TempDir Path directory;

  @Test
  void aClientFollowsTheNameToItsNewAddress() throws Exception {
    Path hosts = directory.resolve("hosts");
    try (ScriptedMilvus before = ScriptedMilvus.startOn("127.0.0.1");
        ScriptedMilvus after =
            ScriptedMilvus.builder().host("127.0.0.2").port(before.port()).start()) {
      Files.writeString(hosts, "127.0.0.1 " + NAME + "\n");
      try (ChildJvm child =
          ChildJvm.start(
              App.class,
              List.of("-Djdk.net.hosts.file=" + hosts, "-Dsun.net.inetaddr.ttl=0"),
              List.of(NAME + ":" + before.port()))) {
        before.awaitExecuted("ShowCollections", 1, SOON);
        assertThat(after.acceptedConnections()).isZero();

        before.kill();
        child.awaitLine("DOWN", SOON);
        Files.writeString(hosts, "127.0.0.2 " + NAME + "\n");

        child.awaitLine("UP again", SOON);
        long served = after.executed("ShowCollections");
        after.awaitExecuted("ShowCollections", served + 1, SOON);
      }
    }
  }

  /** An application that lists the collections of the server that it was told, for ever. */
  static final class App {
    private App() {}

    public static void main(String[] arguments) {
      MilvusPool pool =
          MilvusPool.builder()
              .withListener(
                  new PoolListener() {
                    @Override
                    public void onClientDown(String client, MilvusPoolException reason) {
                      System.out.println("DOWN");
                    }

                    @Override
                    public void onClientUp(String client, Duration outage) {
                      System.out.println("UP again");
                    }
                  })
              .build();
      Client client =
          pool.add(
              "main",
              options ->
                  options
                      .withAddress(arguments[0])
                      .withWaitForReady(true)
                      .withRetry(0, Duration.ZERO));
      long endAt = System.nanoTime() + SOON.toNanos();
      while (System.nanoTime() - endAt < 0) {
        try {
          client.listCollections();
        } catch (MilvusPoolException e) {
          System.out.println(e.getMessage());
        }
      }
    }
  }
}
