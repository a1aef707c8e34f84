package dev.milvuspool.internal.connect;

import dev.milvuspool.ClientOptions;
import dev.milvuspool.internal.config.Address;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Makes transports. Nothing here blocks the caller. */
public interface Connector {
  /**
   * What to connect to.
   *
   * @param database to be checked by the handshake, or null for none
   */
  record Target(String client, ClientOptions options, @Nullable String database) {}

  /**
   * Which of the sites and endpoints to dial.
   *
   * @param loads the client's connections by endpoint; the dial counts itself there
   * @param site the one of {@link #sites} to try before the others
   * @param only whether the others are not to be tried
   * @param uncounted the endpoint of a connection that is to be replaced, or null
   * @param lostAt of {@link System#nanoTime()}: when a client lost the server that it dials again,
   *     so that others' dials limit this one; 0 for a dial that a user waits for
   */
  record Route(
      EndpointLoads loads, int site, boolean only, @Nullable Endpoint uncounted, long lostAt) {
    /** For a dial that a user waits for. */
    public static Route first(EndpointLoads loads) {
      return new Route(loads, 0, false, null, 0);
    }
  }

  /** The dial was delayed, or made room for another client's. It is not reported. */
  final class Postponed extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Postponed() {
      super("other clients are connecting to the same endpoint", null, false, false);
    }
  }

  /**
   * Dials the endpoints in turn, each with its share of the timeout, and makes the handshake.
   *
   * @return the transport, still counted in the route's loads; or a {@link
   *     dev.milvuspool.ClientConnectException}, within the timeout, or {@link Postponed}.
   *     Cancelling it ends the dial and leaves nothing open
   */
  CompletableFuture<Transport> connect(Target target, Route route, Duration timeout);

  /**
   * Whether a server has recently, and after this {@link System#nanoTime()}, answered a dial there.
   */
  boolean hasAnswered(Endpoint endpoint, long since);

  /** The endpoints of a site as far as they can be resolved; never fails. */
  CompletableFuture<List<Endpoint>> endpoints(ClientOptions options, int site);

  /**
   * The places where a client finds its data, in the order in which a dial tries them: first the
   * proxies of its Milvus, all in use at the same time, then each standby. All connections of a
   * client are at one site.
   */
  static List<List<Address>> sites(ClientOptions options) {
    List<List<Address>> sites = new ArrayList<>();
    sites.add(Address.all(options.addresses()));
    Address.all(options.standbyAddresses()).forEach(standby -> sites.add(List.of(standby)));
    return sites;
  }
}
