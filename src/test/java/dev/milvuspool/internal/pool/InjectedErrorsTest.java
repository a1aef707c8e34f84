package dev.milvuspool.internal.pool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.milvuspool.Client;
import dev.milvuspool.ClientOptions;
import dev.milvuspool.ClientState;
import dev.milvuspool.ClientTimeoutException;
import dev.milvuspool.internal.common.Background;
import dev.milvuspool.internal.common.DeadlineSweeper;
import dev.milvuspool.internal.connect.Connector;
import dev.milvuspool.internal.connect.Endpoint;
import dev.milvuspool.internal.connect.GrpcConnector;
import dev.milvuspool.internal.connect.Transport;
import dev.milvuspool.scripted.ScriptedMilvus;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** An Error in a background task is not for ever: the next run of the task succeeds. */
@Timeout(60)
class InjectedErrorsTest {
  private static final Duration SOON = Duration.ofSeconds(15);

  private final ScriptedMilvus server = ScriptedMilvus.start().collection("items", 8);
  private final Background background = new Background();
  private final DeadlineSweeper sweeper = new DeadlineSweeper(background);
  private final Broken connector = new Broken(new GrpcConnector(background, sweeper));
  private final DefaultMilvusPool pool =
      new DefaultMilvusPool(List.of(), background, sweeper, connector);

  @AfterEach
  void close() {
    pool.close();
    server.close();
  }

  /** Throws so many Errors before it works again. */
  private static final class Broken implements Connector {
    private final Connector connector;
    private final AtomicInteger errors = new AtomicInteger();

    Broken(Connector connector) {
      this.connector = connector;
    }

    void fail(int times) {
      errors.set(times);
    }

    private void throwIfBroken() {
      if (errors.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
        throw new StackOverflowError("injected");
      }
    }

    @Override
    public CompletableFuture<Transport> connect(Target target, Route route, Duration timeout) {
      throwIfBroken();
      return connector.connect(target, route, timeout);
    }

    @Override
    public boolean hasAnswered(Endpoint endpoint, long since) {
      return connector.hasAnswered(endpoint, since);
    }

    @Override
    public CompletableFuture<List<Endpoint>> endpoints(ClientOptions options, int site) {
      throwIfBroken();
      return connector.endpoints(options, site);
    }
  }

  private ClientOptions.Builder options() {
    return ClientOptions.builder()
        .withAddress(server.address())
        .withReconnectBackoff(Duration.ofMillis(5), Duration.ofMillis(50));
  }

  @Test
  void inACreationItLeavesTheNameFree() {
    connector.fail(1);

    assertThatThrownBy(() -> pool.add("main", options().build()))
        .isInstanceOf(StackOverflowError.class);

    assertThat(pool.add("main", options().build()).listCollections()).contains("items");
  }

  @Test
  void inAReplaceItLeavesTheClientAsItWas() {
    Client client = pool.add("main", options().build());
    connector.fail(1);

    assertThatThrownBy(() -> pool.replace("main", options().withConnections(2).build()))
        .isInstanceOf(StackOverflowError.class);

    assertThat(client.options().connections()).isEqualTo(1);
    pool.replace("main", options().withConnections(2).build());
    server.awaitTransports(2, SOON);
  }

  @Test
  void inTheFirstDialOfALazyClientItFailsThatCall() {
    Client client = pool.add("main", options().withLazyConnect().build());
    connector.fail(1);

    assertThatThrownBy(client::listCollections).hasStackTraceContaining("injected");
    await().atMost(SOON).ignoreExceptions().until(() -> client.listCollections().contains("items"));
  }

  @Test
  void inRedialsItDelaysTheRecoveryAlone() {
    Client client = pool.add("main", options().build());
    connector.fail(5);

    server.dropConnections();

    await().atMost(SOON).until(() -> connector.errors.get() == 0);
    await().atMost(SOON).until(() -> client.state() == ClientState.UP);
    assertThat(client.listCollections()).contains("items");
  }

  @Test
  void inARenewalByAgeItIsTriedAgain() {
    Client client =
        pool.add("main", options().withMaxConnectionAge(Duration.ofMillis(100)).build());
    connector.fail(3);

    await().atMost(SOON).until(() -> connector.errors.get() == 0);
    long renewed = server.transportsEver();
    await().atMost(SOON).until(() -> server.transportsEver() > renewed + 2);
    assertThat(client.state()).isEqualTo(ClientState.UP);
  }

  @Test
  void inHealthChecksTheyGoOn() {
    Client client =
        pool.add(
            "main",
            options().withConnections(2).withHealthCheckInterval(Duration.ofMillis(20)).build());
    connector.fail(5);

    await().atMost(SOON).until(() -> connector.errors.get() == 0);
    long probes = server.calls("GetVersion");
    server.awaitCalls("GetVersion", probes + 3, SOON);
    assertThat(client.state()).isEqualTo(ClientState.UP);
  }

  @Test
  void inASweepTheDeadlinesOfOthersHoldAllTheSame() {
    Client client = pool.add("main", options().withDeadline(Duration.ofMillis(300)).build());
    sweeper.add(
        new DeadlineSweeper.Swept() {
          @Override
          public void sweep(long now) {
            throw new StackOverflowError("injected");
          }

          @Override
          public String toString() {
            throw new StackOverflowError("injected");
          }
        });
    server.stall("ShowCollections");

    for (int i = 0; i < 3; i++) {
      long startedAt = System.nanoTime();
      assertThatThrownBy(client::listCollections).isInstanceOf(ClientTimeoutException.class);
      assertThat(Duration.ofNanos(System.nanoTime() - startedAt)).isLessThan(Duration.ofSeconds(2));
    }
  }
}
