package dev.milvuspool.internal.connect;

import dev.milvuspool.internal.common.Background;
import dev.milvuspool.internal.config.Address;
import java.net.InetAddress;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.URI;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/** Resolves addresses to endpoints, and the name of this host. A slow DNS server holds up both. */
final class Resolver {
  private final Executor executor;
  private final Lookups<Address, List<Endpoint>> lookups;
  private @Nullable CompletableFuture<String> localHost; // guarded by this

  Resolver(Background background) {
    executor = background.foreign();
    lookups = new Lookups<>(background, executor, Resolver::lookUp, new HashMap<>());
  }

  /** The endpoints in the resolver's order, or its UnknownHostException. */
  CompletableFuture<List<Endpoint>> resolve(Address address, Duration patience) {
    return lookups.ask(address, patience);
  }

  /** What this host is called, for the server's log: looked up once. */
  synchronized CompletableFuture<String> localHost() {
    if (localHost == null) {
      localHost = CompletableFuture.supplyAsync(Resolver::lookUpLocalHost, executor);
    }
    return localHost;
  }

  private static String lookUpLocalHost() {
    try {
      return InetAddress.getLocalHost().getHostName();
    } catch (UnknownHostException e) {
      return "Unknown"; // as the SDK says
    }
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
  private static boolean isBehindProxy(Address address) throws UnknownHostException {
    ProxySelector selector = ProxySelector.getDefault();
    try {
      return selector != null
          && selector.select(URI.create("https://" + address)).stream()
              .anyMatch(proxy -> proxy.type() == Proxy.Type.HTTP);
    } catch (RuntimeException e) {
      var failure = new UnknownHostException("the JVM's ProxySelector failed: " + e);
      failure.addSuppressed(e);
      throw failure;
    }
  }
}
