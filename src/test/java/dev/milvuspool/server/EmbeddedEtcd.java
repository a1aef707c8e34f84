package dev.milvuspool.server;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * The etcd inside a Milvus process: ports of its own, so that several servers run side by side, and
 * its leases. The components of a server that was killed hold theirs until they run out, and the
 * server that follows waits for that; {@link #revoke} spares the wait.
 */
final class EmbeddedEtcd {
  private static final Duration ANSWER_TIMEOUT = Duration.ofSeconds(2);
  private static final HttpClient HTTP =
      HttpClient.newBuilder().connectTimeout(ANSWER_TIMEOUT).build();

  private final String address = "127.0.0.1:" + FreePort.take();
  private final Path configuration;

  EmbeddedEtcd(Path directory) {
    String client = "http://" + address;
    String peer = "http://127.0.0.1:" + FreePort.take();
    String text =
        String.join(
            "\n",
            "name: default",
            "listen-client-urls: " + client,
            "advertise-client-urls: " + client,
            "listen-peer-urls: " + peer,
            "initial-advertise-peer-urls: " + peer,
            "initial-cluster: default=" + peer,
            "enable-grpc-gateway: true",
            "");
    try {
      configuration = Files.writeString(directory.resolve("etcd.yaml"), text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** {@code host:port} of its client interface. */
  String address() {
    return address;
  }

  /** For ETCD_CONFIG_PATH. */
  Path configuration() {
    return configuration;
  }

  /** The ids of the leases that are held now. */
  List<String> leases() throws IOException {
    List<String> ids = new ArrayList<>();
    JsonObject answer =
        JsonParser.parseString(post("/v3/lease/leases", new JsonObject())).getAsJsonObject();
    JsonElement leases = answer.get("leases");
    for (JsonElement lease : leases == null ? new JsonArray() : leases.getAsJsonArray()) {
      ids.add(lease.getAsJsonObject().get("ID").getAsString());
    }
    return ids;
  }

  /** Ends a lease; what was registered under it goes. */
  void revoke(String lease) throws IOException {
    JsonObject request = new JsonObject();
    request.addProperty("ID", lease);
    post("/v3/lease/revoke", request);
  }

  private String post(String path, JsonObject body) throws IOException {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create("http://" + address + path))
            .timeout(ANSWER_TIMEOUT)
            .POST(HttpRequest.BodyPublishers.ofString(body.toString()))
            .build();
    try {
      HttpResponse<String> response = HTTP.send(request, HttpResponse.BodyHandlers.ofString());
      if (response.statusCode() != 200 && response.statusCode() != 404) {
        throw new IOException(path + " of etcd answers " + response.statusCode());
      }
      return response.body();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while etcd was asked for " + path, e);
    }
  }
}
