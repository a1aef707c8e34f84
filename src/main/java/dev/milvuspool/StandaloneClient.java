package dev.milvuspool;

import java.util.List;
import java.util.concurrent.ThreadLocalRandom;

/** Makes clients without a pool: each with threads of its own, which end with it. */
final class StandaloneClient {
  private StandaloneClient() {}

  static Client connect(ClientOptions options) {
    Checks.notNull("options", options);
    Background background = new Background();
    ClientCore core =
        new ClientCore(
            options.address(),
            options,
            background,
            new SdkConnector(background, new Deadlines(background)),
            List.of(),
            () -> ThreadLocalRandom.current().nextLong(),
            client -> client.end().whenComplete((done, failure) -> background.close()));
    if (!options.lazyConnect()) {
      try {
        Waits.await(core.supervisor().connect(), core.name(), "connect");
      } catch (RuntimeException e) {
        core.close();
        throw e;
      }
    }
    return new DefaultClient(core, null);
  }
}
