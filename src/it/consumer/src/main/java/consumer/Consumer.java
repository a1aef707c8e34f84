package consumer;

import dev.milvuspool.Client;
import dev.milvuspool.ClientConnectException;
import dev.milvuspool.MilvusPool;
import dev.milvuspool.MilvusPoolException;
import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.List;

/** Uses a pool without a server, and without what is optional. */
public final class Consumer {
  private Consumer() {}

  public static void main(String[] args) throws IOException {
    require(isMissing("io.micrometer.core.instrument.MeterRegistry"), "Micrometer is not there");
    boolean modules = Boolean.getBoolean("modules");
    require(Consumer.class.getModule().isNamed() == modules, "this runs on the path it should");
    require(
        modules == "dev.milvuspool".equals(MilvusPool.class.getModule().getName()),
        "and so does the library");
    for (String jar : System.getProperty("jars", "").split(",")) {
      require(
          modules || System.getProperty("java.class.path").contains(File.separator + jar + ".jar"),
          jar + " is not what users get");
    }

    int closedPort = closedPort();
    try (MilvusPool pool = MilvusPool.create()) {
      require(pool.list().isEmpty(), "a new pool is empty");
      try {
        pool.add("main", options -> options.withAddress("127.0.0.1:" + closedPort));
        throw new AssertionError("there is no server, and yet a client was added");
      } catch (ClientConnectException e) {
        require(e.reason() == ClientConnectException.Reason.REFUSED, "refused: " + e);
      }
      require(pool.list().equals(List.of()), "nothing was added");

      Client later =
          pool.add(
              "later", options -> options.withAddress("127.0.0.1:" + closedPort).withLazyConnect());
      require(later.currentDatabase().equals("default"), "a lazy client is there");
      try {
        later.hasCollection("items"); // through a client of the SDK
        throw new AssertionError("there is no server, and yet it has answered");
      } catch (MilvusPoolException e) {
        require(e.getMessage().contains("" + closedPort), "says where: " + e);
      }
    }
    System.out.println("done on the " + (modules ? "module path" : "class path"));
  }

  private static int closedPort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private static boolean isMissing(String type) {
    try {
      Class.forName(type);
      return false;
    } catch (ClassNotFoundException e) {
      return true;
    }
  }

  private static void require(boolean condition, String what) {
    if (!condition) {
      throw new AssertionError(what);
    }
  }
}
