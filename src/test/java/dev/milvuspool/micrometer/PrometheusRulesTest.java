package dev.milvuspool.micrometer;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

/** The alerts ask for meters that Prometheus scrapes, and say how long, how bad and what to do. */
@Timeout(60)
class PrometheusRulesTest {
  private static final Path RULES = Path.of("docs", "prometheus-rules.yml");
  private static final Path OBSERVING = Path.of("docs", "observing.md");

  /** The alerts by name, each with the keys that the file gives it. */
  private static Map<String, Map<String, Object>> alerts() throws Exception {
    LoaderOptions strict = new LoaderOptions();
    strict.setAllowDuplicateKeys(false);
    Map<String, List<Map<String, Object>>> file =
        new Yaml(new SafeConstructor(strict)).load(Files.readString(RULES));
    assertThat(file).containsOnlyKeys("groups");

    Map<String, Map<String, Object>> alerts = new HashMap<>();
    for (Map<String, Object> group : file.get("groups")) {
      assertThat(group).containsOnlyKeys("name", "rules");
      for (Object rule : (List<?>) group.get("rules")) {
        Map<String, Object> alert = strings(rule);
        assertThat(alerts.put((String) alert.get("alert"), alert)).as("%s twice", alert).isNull();
      }
    }
    assertThat(alerts).isNotEmpty();
    return alerts;
  }

  private static Map<String, Object> strings(Object map) {
    Map<String, Object> strings = new HashMap<>();
    ((Map<?, ?>) map).forEach((key, value) -> strings.put((String) key, value));
    return strings;
  }

  private static List<String> expressions() throws Exception {
    return alerts().values().stream().map(alert -> (String) alert.get("expr")).toList();
  }

  @Test
  void everyExpressionIsOfMetersThatAreThere() throws Exception {
    Set<String> scraped = PrometheusNames.scraped();

    for (String expression : expressions()) {
      assertThat(PrometheusNames.in(expression)).as(expression).isNotEmpty().isSubsetOf(scraped);
      assertThat(PrometheusNames.outcomesIn(expression)).isSubsetOf(PrometheusNames.OUTCOMES);
    }
  }

  @Test
  void everyAlertWaitsAndHasASeverityAndSaysWhatToDo() throws Exception {
    for (Map<String, Object> alert : alerts().values()) {
      assertThat(alert).containsOnlyKeys("alert", "expr", "for", "labels", "annotations");
      assertThat((String) alert.get("for")).matches("[1-9][0-9]*m");
      assertThat(strings(alert.get("labels")))
          .containsOnlyKeys("severity")
          .allSatisfy((key, severity) -> assertThat(severity).isIn("critical", "warning"));
      assertThat(strings(alert.get("annotations")))
          .containsOnlyKeys("summary", "description")
          .allSatisfy((key, text) -> assertThat((String) text).isNotBlank())
          .extractingByKey("summary")
          .asString()
          .contains("{{ $labels.client }}");
    }
  }

  @Test
  void outagesAreToldFromCallersMistakes() throws Exception {
    assertThat(expressions().stream().map(PrometheusNames::outcomesIn))
        .contains(Set.of("timeout", "unavailable"), Set.of("server_error"))
        .noneMatch(outcomes -> outcomes.contains("server_error") && outcomes.size() > 1);
  }

  @Test
  void connectionsThatAreReplacedForTheirAgeAreNoTrouble() throws Exception {
    assertThat(expressions()).noneMatch(expression -> expression.contains("reconnects"));
  }

  @Test
  void thePageOnObservingListsTheAlerts() throws Exception {
    String page = Files.readString(OBSERVING);

    for (Map<String, Object> alert : alerts().values()) {
      String severity = (String) strings(alert.get("labels")).get("severity");
      assertThat(page)
          .contains("| `%s` | %s | %s |".formatted(alert.get("alert"), severity, alert.get("for")));
    }
  }
}
