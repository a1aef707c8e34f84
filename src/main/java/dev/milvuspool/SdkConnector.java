package dev.milvuspool;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/** Dials with {@link Dial} and asks with {@link Knock}; no server gets too much of either. */
final class SdkConnector implements Connector {
  /** Half of the reserve, so that a rush to one server leaves room for the others. */
  private static final int MOST_REDIALS = Background.MOST_RESERVE / 2;

  private final Background background;
  private final Deadlines deadlines;
  private final Reached reached = new Reached();
  private final KnockLimit knockLimit = new KnockLimit();

  /** How many redials are under way, by address. */
  private final Map<String, Integer> redials = new ConcurrentHashMap<>();

  SdkConnector(Background background, Deadlines deadlines) {
    this.background = background;
    this.deadlines = deadlines;
  }

  @Override
  public CompletableFuture<Connection> dial(
      Target target, List<Address> addresses, Duration timeout) {
    return dial(target, addresses, timeout, background);
  }

  @Override
  public CompletableFuture<Connection> redial(Target target, Address address, Duration timeout) {
    String where = address.toString();
    if (redials.merge(where, 1, Integer::sum) > MOST_REDIALS) {
      endRedial(where);
      return CompletableFuture.failedFuture(
          new CancellationException(MOST_REDIALS + " dials to " + where + " are under way"));
    }
    return dial(
        target,
        List.of(address),
        timeout,
        task ->
            background
                .reserve()
                .execute(
                    () -> {
                      try {
                        task.run();
                      } finally {
                        endRedial(where);
                      }
                    }));
  }

  private void endRedial(String where) {
    redials.computeIfPresent(where, (key, count) -> count == 1 ? null : count - 1);
  }

  private CompletableFuture<Connection> dial(
      Target target, List<Address> addresses, Duration timeout, Executor executor) {
    return new Dial(target, addresses, timeout, background, deadlines, reached).start(executor);
  }

  @Override
  public CompletableFuture<Address> knock(
      Target target, List<Address> addresses, Duration timeout) {
    return knock(target, addresses, timeout, System.nanoTime());
  }

  @Override
  public CompletableFuture<Address> knockAgain(
      Target target, List<Address> addresses, Duration timeout, long lostAt) {
    long now = System.nanoTime();
    boolean heard =
        addresses.stream().anyMatch(address -> reached.containsSince(address, lostAt, now));
    Address first = addresses.get(0);
    return heard || knockLimit.acquire(first, now)
        ? knock(target, addresses, timeout, lostAt)
        : CompletableFuture.failedFuture(
            new CancellationException("others are knocking at " + first));
  }

  private CompletableFuture<Address> knock(
      Target target, List<Address> addresses, Duration timeout, long lostAt) {
    CompletableFuture<Address> result = new CompletableFuture<>();
    knockInTurn(target, addresses, 0, System.nanoTime() + Nanos.of(timeout), lostAt, null, result);
    return result;
  }

  private void knockInTurn(
      Target target,
      List<Address> addresses,
      int index,
      long deadlineAt,
      long lostAt,
      @Nullable ClientConnectException first,
      CompletableFuture<Address> result) {
    if (result.isDone()) {
      return;
    }
    Address address = addresses.get(index);
    long startedAt = System.nanoTime();
    if (reached.containsSince(address, lostAt, startedAt)) {
      result.complete(address);
      return;
    }
    Duration share = Nanos.until(deadlineAt).dividedBy(addresses.size() - index);
    CompletableFuture<Void> knock = Knock.at(address, target.options(), share);
    result.whenComplete((done, cancelled) -> knock.cancel(false));
    knock.whenComplete(
        (answered, failure) -> {
          if (failure == null) {
            reached.add(address, System.nanoTime());
            result.complete(address);
            return;
          }
          if (result.isDone()) { // nobody waits for this knock any more
            return;
          }
          ClientConnectException here =
              ConnectFailure.of(target, address, Nanos.since(startedAt), failure);
          reached.noteFailed(address, startedAt, here);
          if (first != null) {
            first.addSuppressed(here);
          }
          ClientConnectException all = first == null ? here : first;
          if (index + 1 < addresses.size()) {
            knockInTurn(target, addresses, index + 1, deadlineAt, lostAt, all, result);
          } else {
            result.completeExceptionally(all);
          }
        });
  }
}
