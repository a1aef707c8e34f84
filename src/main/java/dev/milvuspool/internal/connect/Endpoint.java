package dev.milvuspool.internal.connect;

import dev.milvuspool.internal.config.Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The target of one connection: an address with one of the IPs that its name resolves to.
 *
 * @param address as the user gave it
 * @param ip one of its IPs, or null if the JVM's HTTP proxy resolves the name
 */
public record Endpoint(Address address, @Nullable InetAddress ip) {
  /** What the operating system connects to; the same for all names of one IP. */
  InetSocketAddress socketAddress() {
    return ip == null
        ? InetSocketAddress.createUnresolved(address.host(), address.port())
        : new InetSocketAddress(ip, address.port());
  }

  /** What gRPC makes of {@link #socketAddress}, unless it is told another one. */
  String defaultAuthority() {
    return new Address(socketAddress().getHostString(), address.port(), null).toString();
  }

  // Written out: JDK 17 keeps the class whose generated one was linked last.
  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Endpoint that
        && address.equals(that.address)
        && Objects.equals(ip, that.ip);
  }

  @Override
  public int hashCode() {
    return Objects.hash(address, ip);
  }

  /** {@code host:port}, with the IP if it is not the host itself. */
  @Override
  public String toString() {
    return ip == null || ip.getHostAddress().equals(address.host())
        ? address.toString()
        : address + " (" + ip.getHostAddress() + ")";
  }
}
