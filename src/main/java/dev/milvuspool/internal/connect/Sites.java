package dev.milvuspool.internal.connect;

import dev.milvuspool.ClientOptions;
import dev.milvuspool.internal.config.Address;
import java.util.ArrayList;
import java.util.List;

/**
 * The places where a client finds its data, each a list of addresses: first the proxies of its
 * Milvus, all in use at the same time, then each standby. All connections of a client are at one
 * site.
 */
public final class Sites {
  private Sites() {}

  /** All sites in the order in which a dial tries them. */
  static List<List<Address>> of(ClientOptions options) {
    List<List<Address>> sites = new ArrayList<>();
    sites.add(Address.all(options.addresses()));
    for (Address standby : Address.all(options.standbyAddresses())) {
      sites.add(List.of(standby));
    }
    return sites;
  }
}
