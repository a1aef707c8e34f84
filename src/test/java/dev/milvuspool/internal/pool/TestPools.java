package dev.milvuspool.internal.pool;

import dev.milvuspool.MilvusPool;
import dev.milvuspool.PoolListener;
import dev.milvuspool.internal.common.Background;
import dev.milvuspool.internal.common.DeadlineSweeper;
import dev.milvuspool.internal.connect.Connector;
import dev.milvuspool.internal.connect.GrpcConnector;
import java.lang.reflect.Field;
import java.util.List;
import java.util.concurrent.ScheduledThreadPoolExecutor;

/** Pools whose background and connector a test has chosen. */
public final class TestPools {
  private TestPools() {}

  public static MilvusPool open(List<PoolListener> listeners, Background background) {
    DeadlineSweeper sweeper = new DeadlineSweeper(background);
    return new DefaultMilvusPool(
        listeners, background, sweeper, new GrpcConnector(background, sweeper));
  }

  public static MilvusPool open(
      List<PoolListener> listeners, Background background, Connector connector) {
    return new DefaultMilvusPool(listeners, background, new DeadlineSweeper(background), connector);
  }

  /** How many tasks wait for their time. */
  public static int scheduledTasks(Background background) {
    try {
      Field scheduler = Background.class.getDeclaredField("scheduler");
      scheduler.setAccessible(true);
      return ((ScheduledThreadPoolExecutor) scheduler.get(background)).getQueue().size();
    } catch (ReflectiveOperationException e) {
      throw new AssertionError(e);
    }
  }
}
