package dev.milvuspool.internal.pool;

import static org.assertj.core.api.Assertions.assertThat;

import dev.milvuspool.Client;
import dev.milvuspool.ClientAlreadyExistsException;
import dev.milvuspool.ClientNotFoundException;
import dev.milvuspool.ClientOptions;
import dev.milvuspool.ClientState;
import dev.milvuspool.MilvusPool;
import dev.milvuspool.internal.common.Background;
import dev.milvuspool.internal.common.DeadlineSweeper;
import dev.milvuspool.internal.common.InFlightCounter;
import dev.milvuspool.internal.connect.InMemoryConnector;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.jetbrains.lincheck.datastructures.StressOptions;
import org.jetbrains.lincheck.datastructures.StringGen;
import org.jetbrains.lincheck.datastructures.ThreadIdGen;
import org.jetbrains.lincheck.datastructures.Validate;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Whatever threads do to a pool's names, and to the count of a connection, looks as if they had
 * done it one after the other.
 */
@Tag("lincheck")
@Timeout(600) // all of it is computing: a minute on two processors, much more beside others
class LinearizabilityTest {

  @Test
  void theInFlightCounterModelChecked() {
    new ModelCheckingOptions()
        .iterations(20)
        .invocationsPerIteration(1_000)
        .threads(3)
        .actorsPerThread(3)
        .check(CounterOperations.class);
  }

  @Test
  void namesUnderStress() {
    new StressOptions()
        .iterations(15)
        .invocationsPerIteration(2_000)
        .threads(3)
        .actorsPerThread(3)
        .minimizeFailedScenario(false) // it takes longer than the rest together
        .check(PoolOperations.class);
  }

  /** As soon as others see a client they may remove it, though its add has not returned yet. */
  @Test
  void aNameIsFreeOnceItsClientWasRemoved() throws Exception {
    ExecutorService adding = Executors.newSingleThreadExecutor();
    Background background = new Background();
    ClientOptions options = ClientOptions.builder().build();
    try (MilvusPool pool =
        new DefaultMilvusPool(
            List.of(),
            background,
            new DeadlineSweeper(background),
            new InMemoryConnector(background))) {
      for (int round = 0; round < 500; round++) {
        String name = "client-" + round % 7;
        Future<Client> added = adding.submit(() -> pool.add(name, options));
        while (!pool.has(name)) {
          Thread.onSpinWait();
        }

        pool.remove(name);
        Client second = round % 2 == 0 ? pool.add(name, options) : pool.mustGet(name, options);

        assertThat(second.state()).isEqualTo(ClientState.UP);
        assertThat(added.get(30, TimeUnit.SECONDS)).isNotSameAs(second);
        pool.remove(name);
      }
    } finally {
      adding.shutdownNow();
    }
  }

  /** What counts the RPCs of one connection. */
  public static final class CounterOperations {
    private final InFlightCounter counter = new InFlightCounter();
    private final int[] held = new int[8];
    private volatile boolean closed;

    @Operation
    public boolean acquire(@Param(gen = ThreadIdGen.class) int thread) {
      boolean acquired = counter.acquire();
      if (acquired) {
        held[thread]++;
      }
      return acquired;
    }

    @Operation
    public boolean release(@Param(gen = ThreadIdGen.class) int thread) {
      if (held[thread] == 0) {
        return false;
      }
      held[thread]--;
      counter.release();
      return true;
    }

    @Operation
    public void drain() {
      counter.drain();
      closed = true;
    }

    @Operation
    public int count() {
      return counter.count();
    }

    @Validate
    public void drainedWhenClosedAndEmptyAndNotBefore() {
      boolean empty = Arrays.stream(held).sum() == 0;
      if (closed && counter.drain().isDone() != empty) {
        throw new IllegalStateException("drained with " + Arrays.toString(held));
      }
    }
  }

  /** The names of a pool whose clients connect to nothing. */
  @Param(name = "name", gen = StringGen.class, conf = "1:ab")
  public static final class PoolOperations {
    private static final Background BACKGROUND = new Background();
    private static final ClientOptions OPTIONS = ClientOptions.builder().build();

    private final MilvusPool pool =
        new DefaultMilvusPool(
            List.of(),
            BACKGROUND,
            new DeadlineSweeper(BACKGROUND),
            new InMemoryConnector(BACKGROUND));

    /** By contract refused at once while another creates the client; so it asks again then. */
    @Operation
    public boolean add(@Param(name = "name") String name) {
      while (true) {
        try {
          pool.add("x" + name, OPTIONS);
          return true;
        } catch (ClientAlreadyExistsException e) {
          if (pool.has("x" + name)) {
            return false;
          }
        }
      }
    }

    @Operation
    public void mustGet(@Param(name = "name") String name) {
      pool.mustGet("x" + name, OPTIONS);
    }

    @Operation
    public boolean remove(@Param(name = "name") String name) {
      try {
        pool.remove("x" + name);
        return true;
      } catch (ClientNotFoundException e) {
        return false;
      }
    }

    @Operation
    public boolean has(@Param(name = "name") String name) {
      return pool.has("x" + name);
    }

    @Operation
    public boolean get(@Param(name = "name") String name) {
      try {
        pool.get("x" + name);
        return true;
      } catch (ClientNotFoundException e) {
        return false;
      }
    }

    @Operation
    public boolean listed(@Param(name = "name") String name) {
      return pool.list().contains("x" + name);
    }
  }
}
