package dev.milvuspool.micrometer;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The dashboard asks for meters that Prometheus scrapes, and shows what an operator needs. */
@Timeout(60)
class DashboardTest {
  private static final Path DASHBOARD = Path.of("docs", "grafana-dashboard.json");
  private static final Path OBSERVING = Path.of("docs", "observing.md");

  private static JsonObject dashboard() throws Exception {
    return JsonParser.parseString(Files.readString(DASHBOARD)).getAsJsonObject();
  }

  private static List<JsonObject> objects(JsonObject parent, String name) {
    List<JsonObject> objects = new ArrayList<>();
    parent.getAsJsonArray(name).forEach(each -> objects.add(each.getAsJsonObject()));
    return objects;
  }

  private static List<String> queries() throws Exception {
    List<String> queries = new ArrayList<>();
    for (JsonObject panel : objects(dashboard(), "panels")) {
      objects(panel, "targets").forEach(target -> queries.add(target.get("expr").getAsString()));
    }
    return queries;
  }

  @Test
  void theDashboardUsesEveryMeterAndNoOther() throws Exception {
    Set<String> used = PrometheusNames.in(Files.readString(DASHBOARD));

    assertThat(PrometheusNames.scraped()).containsAll(used);
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
    assertThat(PrometheusNames.scraped())
        .containsAll(PrometheusNames.in(Files.readString(OBSERVING)));
  }

  @Test
  void everyPanelHasAQueryAndADataSource() throws Exception {
    for (JsonObject panel : objects(dashboard(), "panels")) {
      assertThat(panel.getAsJsonObject("datasource").get("uid").getAsString())
          .isEqualTo("${datasource}");
      assertThat(objects(panel, "targets")).isNotEmpty();
    }
    assertThat(queries()).isNotEmpty();
  }

  @Test
  void panelsHaveIdsOfTheirOwnAndDoNotOverlap() throws Exception {
    List<JsonElement> ids = new ArrayList<>();
    Map<String, JsonElement> cells = new TreeMap<>();
    for (JsonObject panel : objects(dashboard(), "panels")) {
      ids.add(panel.get("id"));
      JsonObject place = panel.getAsJsonObject("gridPos");
      int left = place.get("x").getAsInt();
      int top = place.get("y").getAsInt();
      for (int x = left; x < left + place.get("w").getAsInt(); x++) {
        for (int y = top; y < top + place.get("h").getAsInt(); y++) {
          assertThat(cells.put(x + "/" + y, panel.get("id")))
              .as("%s at %d/%d", panel, x, y)
              .isNull();
        }
      }
    }
    assertThat(ids).doesNotHaveDuplicates();
  }

  @Test
  void everyQueryIsOfTheChosenInstancesAndClients() throws Exception {
    List<JsonObject> variables = objects(dashboard().getAsJsonObject("templating"), "list");

    assertThat(variables)
        .extracting(variable -> variable.get("name").getAsString())
        .containsExactly("datasource", "instance", "client");
    assertThat(variables.get(1).get("query").getAsString())
        .isEqualTo("label_values(milvus_client_up, instance)");
    assertThat(variables.get(2).get("query").getAsString())
        .isEqualTo("label_values(milvus_client_up{instance=~\"$instance\"}, client)");
    for (String query : queries()) {
      int meters = query.split("milvus_client_[a-z_]+", -1).length - 1;
      int selections =
          query.split("\\{instance=~\"\\$instance\",client=~\"\\$client\"[,}]", -1).length - 1;
      assertThat(selections).as(query).isPositive().isEqualTo(meters);
    }
  }

  @Test
  void outagesAreToldFromCallersMistakes() throws Exception {
    List<Set<String>> selected = queries().stream().map(PrometheusNames::outcomesIn).toList();

    assertThat(selected)
        .contains(Set.of("timeout", "unavailable"), Set.of("server_error"))
        .allMatch(PrometheusNames.OUTCOMES::containsAll)
        .noneMatch(outcomes -> outcomes.contains("success"));
  }

  @Test
  void reconnectsAreCountedAndNoRate() throws Exception {
    assertThat(queries())
        .filteredOn(query -> query.contains("reconnects"))
        .isNotEmpty()
        .allMatch(query -> query.contains("increase(milvus_client_reconnects_total"))
        .noneMatch(query -> query.contains("rate("));
  }
}
