package dev.milvuspool;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * An application that uses the library, to be loaded by a class loader of its own: see {@link
 * ClassLoaderTest}. Only types of the JDK cross the border. It is given where servers are
 * ("address", "tls-address" and "ca-file") and a way to control the first: "kill", "restart",
 * "stall", "await".
 */
public final class LoadedApplication
    implements BiConsumer<Map<String, String>, Consumer<String>>, AutoCloseable {
  private static final Duration SOON = Duration.ofSeconds(60);

  private final Map<String, CompletableFuture<String>> heard = new ConcurrentHashMap<>();
  private final MilvusPool pool = MilvusPool.builder().withListener(new Listener()).build();
  private @Nullable Consumer<String> server;
  private @Nullable Client standalone;

  /** Hears of all there is, and attaches a scope to each call. */
  private final class Listener implements PoolListener {
    @Override
    public void onClientDown(String client, MilvusPoolException reason) {
      event("down " + client).complete("");
    }

    @Override
    public void onClientUp(String client, Duration outage) {
      event("up " + client).complete("");
    }

    @Override
    public CallScope onCallStart(CallInfo call) {
      return new CallScope() {
        @Override
        public Map<String, String> requestHeaders() {
          return Map.of("client_request_id", call.operation());
        }

        @Override
        public void onEnd(@Nullable Throwable error) {
          event("end " + call.operation())
              .complete(Optional.ofNullable(error).map(e -> e.getClass().getName()).orElse(""));
        }
      };
    }
  }

  private CompletableFuture<String> event(String name) {
    return heard.computeIfAbsent(name, key -> new CompletableFuture<>());
  }

  private String await(String event) {
    try {
      return event(event).get(SOON.toSeconds(), TimeUnit.SECONDS);
    } catch (InterruptedException | ExecutionException | TimeoutException e) {
      throw new IllegalStateException(event, e);
    }
  }

  /** Opens clients and uses them; one of them loses its server for a moment. */
  @Override
  public void accept(Map<String, String> servers, Consumer<String> control) {
    server = control;
    String address = servers.get("address");
    Client main = pool.add("main", options(address).build());
    Client lazy = pool.mustGet("lazy", options(address).withLazyConnect().build());
    main.listCollections();
    lazy.call(sdk -> sdk.listCollections());
    lazy.unwrap().listCollections();
    main.withDatabase("default").hasCollection("items");
    pool.replace("lazy", options(address).withConnections(2).build());
    pool.health();
    pool.remove("lazy");
    TlsOptions tls = TlsOptions.builder().withCaFile(Path.of(servers.get("ca-file"))).build();
    pool.add("tls", options(servers.get("tls-address")).withTls(tls).build()).listCollections();
    standalone = Client.connect(options(address).build());
    standalone.listCollections();
    compareValues(main);

    control.accept("kill");
    await("down main");
    try {
      main.listDatabases();
    } catch (ClientUnavailableException expected) {
      await("end listDatabases");
    }
    control.accept("restart");
    await("up main");
    main.listCollections();
  }

  /** What users do with values: each links a method of the JDK that must not keep their classes. */
  private void compareValues(Client client) {
    Object[][] pairs = {
      {pool.stats(), pool.stats()},
      {pool.health(), pool.health()},
      {client.options(), client.options().toBuilder().build()},
      {new CallInfo("a", "b", "c", "d", null), new CallInfo("a", "b", "c", "d", null)}
    };
    for (Object[] pair : pairs) {
      boolean equal = pair[0].equals(pair[1]);
      if (equal != (pair[0].hashCode() == pair[1].hashCode())) {
        throw new IllegalStateException(pair[0] + " and " + pair[1]);
      }
    }
  }

  private static ClientOptions.Builder options(String address) {
    return ClientOptions.builder()
        .withAddress(address)
        .withCredentials(() -> Credentials.ofPassword("root", "a secret"))
        .withRequestHeaders(() -> Map.of("traceparent", "1"))
        .withDrainTimeout(Duration.ofMillis(200))
        .withHealthCheckInterval(Duration.ofMillis(200));
  }

  /** Closes all, with a call in flight. */
  @Override
  public void close() throws InterruptedException {
    Consumer<String> control = server;
    Client open = standalone;
    if (control == null || open == null) {
      pool.close();
      return;
    }
    control.accept("stall");
    Client main = pool.get("main");
    Thread caller =
        new Thread(
            () -> {
              try {
                main.listDatabases();
              } catch (MilvusPoolException expected) {
                event("cut off").complete(expected.getClass().getName());
              }
            });
    caller.start();
    control.accept("await");
    pool.close();
    open.close();
    await("cut off");
    caller.join();
  }
}
