package dev.milvuspool.internal.connect;

import dev.milvuspool.internal.common.Background;
import dev.milvuspool.internal.config.Address;
import java.net.InetAddress;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.URI;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/**
 * Resolves addresses to endpoints on the blocking executor. Whoever asks while a name is being
 * looked up shares that look-up, so that a slow DNS server holds one thread a name, not one a
 * client.
 */
final class Resolver {
  private final Background background;
  private final ConcurrentMap<Address, CompletableFuture<List<Endpoint>>> lookups =
      new ConcurrentHashMap<>();

  Resolver(Background background) {
    this.background = background;
  }

  /** The endpoints in the resolver's order, or its UnknownHostException. */
  CompletableFuture<List<Endpoint>> resolve(Address address) {
    CompletableFuture<List<Endpoint>> mine = new CompletableFuture<>();
    CompletableFuture<List<Endpoint>> underWay = lookups.putIfAbsent(address, mine);
    if (underWay != null) {
      return underWay.copy();
    }
    CompletableFuture<List<Endpoint>> copy = mine.copy();
    background.execute(
        () -> {
          List<Endpoint> endpoints = List.of();
          Throwable failure = null;
          try {
            endpoints = lookUp(address);
          } catch (Throwable e) {
            failure = e;
          }
          lookups.remove(address, mine);
          if (failure == null) {
            mine.complete(endpoints);
          } else {
            mine.completeExceptionally(failure);
          }
        });
    return copy;
  }

  private static List<Endpoint> lookUp(Address address) throws UnknownHostException {
    if (isBehindProxy(address)) {
      return List.of(new Endpoint(address, null));
    }
    return Arrays.stream(InetAddress.getAllByName(address.host()))
        .map(ip -> new Endpoint(address, ip))
        .distinct()
        .toList();
  }

  /** Asks as gRPC does, which goes through the JVM's HTTP proxy if there is one. */
  private static boolean isBehindProxy(Address address) {
    ProxySelector selector = ProxySelector.getDefault();
    return selector != null
        && selector.select(URI.create("https://" + address)).stream()
            .anyMatch(proxy -> proxy.type() == Proxy.Type.HTTP);
  }
}
