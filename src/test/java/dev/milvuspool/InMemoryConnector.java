package dev.milvuspool;

import io.milvus.v2.client.MilvusClientV2;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;

/** Connects to nothing, at once: SDK clients that never call. Tests override what is to be slow. */
class InMemoryConnector implements Connector {
  private final Background background;
  private final Deadlines deadlines;
  private final AtomicInteger dials = new AtomicInteger();

  InMemoryConnector(Background background) {
    this.background = background;
    deadlines = new Deadlines(background);
  }

  int dials() {
    return dials.get();
  }

  MilvusClientV2 newSdk() {
    return new MilvusClientV2(null);
  }

  @Override
  public CompletableFuture<Connection> dial(
      Target target, List<Address> addresses, Duration timeout) {
    dials.incrementAndGet();
    return CompletableFuture.completedFuture(
        new Connection(
            newSdk(), null, null, addresses.get(0), target.database(), background, deadlines));
  }

  @Override
  public CompletableFuture<Connection> redial(Target target, Address address, Duration timeout) {
    return dial(target, List.of(address), timeout);
  }

  @Override
  public CompletableFuture<Address> knock(
      Target target, List<Address> addresses, Duration timeout) {
    return CompletableFuture.completedFuture(addresses.get(0));
  }

  @Override
  public CompletableFuture<Address> knockAgain(
      Target target, List<Address> addresses, Duration timeout, long lostAt) {
    return knock(target, addresses, timeout);
  }
}
