package dev.milvuspool.server;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** The Milvus at MILVUS_ADDRESS. It is not ours, and stays when it is closed. */
record GivenMilvus(
    String address, @Nullable String username, @Nullable String password, String version)
    implements MilvusServer {

  /** Checks that it answers; one that was asked for by name is not silently passed over. */
  static GivenMilvus at(String address, @Nullable String username, @Nullable String password) {
    GivenMilvus given = new GivenMilvus(address, username, password, "unknown");
    try {
      String version = Readiness.version(SdkAccess.config(given, Setup.PLAIN));
      return new GivenMilvus(address, username, password, version);
    } catch (IOException | RuntimeException e) {
      throw new IllegalStateException(
          "MILVUS_ADDRESS is "
              + address
              + (username == null ? ", MILVUS_USERNAME is not set" : "")
              + ", and no Milvus answers there: "
              + e.getMessage()
              + ". Start it, or correct the address, user name and password; or unset"
              + " MILVUS_ADDRESS, and a Milvus is started with Docker or from PyPI.",
          e);
    }
  }

  @Override
  public String description() {
    return "MILVUS_ADDRESS: Milvus " + version + " at " + address;
  }

  /** Hides the password. */
  @Override
  public String toString() {
    return description();
  }

  @Override
  public void close() {
    // It was there before.
  }
}
