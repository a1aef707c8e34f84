package dev.milvuspool.internal.pool;

import dev.milvuspool.Client;
import dev.milvuspool.ClientOptions;
import dev.milvuspool.internal.client.ClientCore;
import dev.milvuspool.internal.client.DefaultClient;
import dev.milvuspool.internal.common.Await;
import dev.milvuspool.internal.common.Background;
import dev.milvuspool.internal.common.Checks;
import dev.milvuspool.internal.common.DeadlineSweeper;
import dev.milvuspool.internal.connect.GrpcConnector;
import java.util.List;

/** Makes clients without a pool: each with threads of its own, which end with it. */
public final class StandaloneClient {
  private StandaloneClient() {}

  /** See {@link Client#connect}. */
  public static Client connect(ClientOptions options) {
    Checks.notNull("options", options);
    Background background = new Background();
    DeadlineSweeper sweeper = new DeadlineSweeper(background);
    ClientCore core =
        new ClientCore(
            options.address(),
            options,
            new ClientCore.Shared(
                background,
                sweeper,
                new GrpcConnector(background, sweeper),
                List.of(),
                ClientCore::end));
    background.endWithLastUser();
    if (!options.lazyConnect()) {
      try {
        Await.result(core.connect(), core.name(), "connect");
      } catch (RuntimeException e) {
        core.end();
        throw e;
      }
    }
    return new DefaultClient(core);
  }
}
