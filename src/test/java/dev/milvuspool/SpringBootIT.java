package dev.milvuspool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.milvuspool.scripted.Hold;
import dev.milvuspool.scripted.ScriptedMilvus;
import dev.milvuspool.server.Certificates;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The application of docs/integrations.md as a fat jar, of each version of Spring Boot. The build
 * has made it from that page: src/it/spring-boot.
 */
@Tag("packaged")
@Timeout(120)
class SpringBootIT {
  private static final Duration SOON = Duration.ofSeconds(60);
  private static final String TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
  private static final String ROOT =
      Base64.getEncoder().encodeToString("root:Milvus".getBytes(StandardCharsets.UTF_8));
  private static final Pattern PORT = Pattern.compile("Tomcat started on port (\\d+)");

  /** Two servers: that of the client {@code main}, and that of {@code reports}, with TLS. */
  private final ScriptedMilvus main = ScriptedMilvus.start();

  private final Certificates certificates = Certificates.get();
  private final ScriptedMilvus reports =
      ScriptedMilvus.startTls(
          certificates.serverCertificate().toFile(), certificates.serverKey().toFile());
  private final HttpClient http = HttpClient.newHttpClient();

  @AfterEach
  void close() {
    main.close();
    reports.close();
  }

  private ChildJvm start(int boot) {
    return ChildJvm.startJar(
        Path.of("target", "it", "spring-boot", "boot-" + boot, "target", "application.jar"),
        List.of(
            "--server.port=0",
            "--milvus.pool.clients.main.address=" + main.address(),
            "--milvus.pool.clients.reports.address=https://" + reports.address(),
            "--milvus.pool.clients.reports.tls.ca-file=" + certificates.ca(),
            "--management.endpoints.web.exposure.include=health,metrics",
            "--management.endpoint.health.show-components=always"));
  }

  private static URI uri(ChildJvm application, String path) {
    Matcher port = PORT.matcher(String.join("\n", application.lines()));
    assertThat(port.find()).isTrue();
    return URI.create("http://127.0.0.1:" + port.group(1) + path);
  }

  private HttpResponse<String> get(ChildJvm application, String path) throws Exception {
    return http.send(
        HttpRequest.newBuilder(uri(application, path))
            .header("traceparent", "00-" + TRACE + "-00f067aa0ba902b7-01")
            .build(),
        HttpResponse.BodyHandlers.ofString());
  }

  private int status(ChildJvm application, String path) throws Exception {
    return get(application, path).statusCode();
  }

  @ParameterizedTest(name = "Spring Boot {0}")
  @ValueSource(ints = {3, 4})
  void theApplicationOfTheDocumentServesAsAFatJar(int boot) throws Exception {
    try (ChildJvm application = start(boot)) {
      application.awaitLine("Started Application", SOON);

      assertThat(get(application, "/collections/main").body()).isEqualTo("[]");
      assertThat(main.lastHeaders("ShowCollections"))
          .containsEntry("authorization", ROOT)
          .extractingByKey("traceparent")
          .asString()
          .contains(TRACE);
      assertThat(get(application, "/collections/reports").body()).isEqualTo("[]");
      String up = get(application, "/actuator/metrics/milvus.client.up").body();
      assertThat(up).contains("\"value\":2.0", "main", "reports");

      String readiness = get(application, "/actuator/health/readiness").body();
      assertThat(readiness).contains("\"milvus\":{\"status\":\"UP\"");

      main.kill();
      await().atMost(SOON).until(() -> status(application, "/actuator/health/readiness") == 503);
      assertThat(status(application, "/actuator/health/liveness")).isEqualTo(200);
      main.restart();
      await().atMost(SOON).until(() -> status(application, "/actuator/health/readiness") == 200);

      theCallUnderWayEndsBeforeThePoolIsClosed(application);
    }
  }

  private void theCallUnderWayEndsBeforeThePoolIsClosed(ChildJvm application) throws Exception {
    try (Hold hold = main.hold("ShowCollections")) {
      CompletableFuture<HttpResponse<String>> request =
          http.sendAsync(
              HttpRequest.newBuilder(uri(application, "/collections/main")).build(),
              HttpResponse.BodyHandlers.ofString());
      hold.awaitCalls(1, SOON);

      application.terminate();
      application.awaitLine("Commencing graceful shutdown", SOON);
      hold.release();

      assertThat(request.get(SOON.toSeconds(), TimeUnit.SECONDS).body()).isEqualTo("[]");
      assertThat(application.awaitExit(SOON)).isEqualTo(128 + 15); // SIGTERM
    }
    assertThat(application.lines()).noneMatch(line -> line.contains("ERROR"));
    main.awaitTransports(0, SOON);
    reports.awaitTransports(0, SOON);
  }
}
