package dev.milvuspool.micrometer;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.milvuspool.MilvusPool;
import dev.milvuspool.scripted.ScriptedMilvus;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.config.MeterFilter;
import io.micrometer.core.instrument.distribution.DistributionStatisticConfig;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The names in the dashboard and the documents are those that Prometheus scrapes. */
@Timeout(60)
class DashboardTest {
  private static final Path DASHBOARD = Path.of("docs", "grafana-dashboard.json");
  private static final Path OBSERVING = Path.of("docs", "observing.md");
  private static final Pattern NAME = Pattern.compile("\\bmilvus_client_[a-z_]+");

  @Test
  void theDashboardUsesEveryMeterAndNoOther() throws Exception {
    Set<String> used = names(Files.readString(DASHBOARD));

    assertThat(scraped()).containsAll(used);
    assertThat(used)
        .contains(
            "milvus_client_up",
            "milvus_client_in_flight",
            "milvus_client_retries_total",
            "milvus_client_reconnects_total",
            "milvus_client_operation_seconds_count");
  }

  @Test
  void thePageOnObservingNamesNoMeterThatIsNotThere() throws Exception {
    assertThat(scraped()).containsAll(names(Files.readString(OBSERVING)));
  }

  @Test
  void everyPanelHasAQueryAndADataSource() throws Exception {
    JsonObject dashboard = JsonParser.parseString(Files.readString(DASHBOARD)).getAsJsonObject();

    for (JsonElement panel : dashboard.getAsJsonArray("panels")) {
      JsonObject each = panel.getAsJsonObject();
      assertThat(each.getAsJsonObject("datasource").get("uid").getAsString())
          .isEqualTo("${datasource}");
      for (JsonElement target : each.getAsJsonArray("targets")) {
        String query = target.getAsJsonObject().get("expr").getAsString();
        assertThat(query).contains("client=~\"$client\"");
        assertThat(query.chars().filter(c -> c == '(').count())
            .isEqualTo(query.chars().filter(c -> c == ')').count());
      }
    }
  }

  private static Set<String> names(String text) {
    Set<String> names = new TreeSet<>();
    Matcher matcher = NAME.matcher(text);
    while (matcher.find()) {
      names.add(matcher.group());
    }
    return names;
  }

  /** The names that a scrape has, with the histogram switched on as the page shows it. */
  private static Set<String> scraped() {
    PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    registry
        .config()
        .meterFilter(
            new MeterFilter() {
              @Override
              public DistributionStatisticConfig configure(
                  Meter.Id id, DistributionStatisticConfig config) {
                return DistributionStatisticConfig.builder()
                    .percentilesHistogram(true)
                    .build()
                    .merge(config);
              }
            });
    try (ScriptedMilvus server = ScriptedMilvus.start();
        MilvusPool pool =
            MilvusPool.builder().withListener(new MicrometerPoolListener(registry)).build()) {
      pool.add("main", options -> options.withAddress(server.address())).listCollections();
      return names(registry.scrape());
    }
  }
}
