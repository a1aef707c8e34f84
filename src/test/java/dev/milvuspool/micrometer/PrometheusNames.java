package dev.milvuspool.micrometer;

import dev.milvuspool.MilvusPool;
import dev.milvuspool.scripted.ScriptedMilvus;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.config.MeterFilter;
import io.micrometer.core.instrument.distribution.DistributionStatisticConfig;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The names of the meters, and what they are in a text such as a query. */
final class PrometheusNames {
  /** The values of the tag {@code outcome}. */
  static final Set<String> OUTCOMES =
      Set.of("success", "timeout", "unavailable", "closed", "server_error");

  private static final Pattern NAME = Pattern.compile("\\bmilvus_client_[a-z_]+");
  private static final Pattern OUTCOME = Pattern.compile("outcome[!=]?[=~]\"([^\"]*)\"");

  private PrometheusNames() {}

  /** The names of meters in this text. */
  static Set<String> in(String text) {
    return matches(NAME, text);
  }

  /** The outcomes by which this text selects calls. */
  static Set<String> outcomesIn(String text) {
    Set<String> outcomes = new TreeSet<>();
    for (String selected : matches(OUTCOME, text)) {
      outcomes.addAll(Set.of(selected.split("\\|")));
    }
    return outcomes;
  }

  private static Set<String> matches(Pattern pattern, String text) {
    Set<String> found = new TreeSet<>();
    Matcher matcher = pattern.matcher(text);
    while (matcher.find()) {
      found.add(matcher.group(matcher.groupCount()));
    }
    return found;
  }

  /** The names that a scrape has, with the histogram switched on as the page shows it. */
  static Set<String> scraped() {
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
      return in(registry.scrape());
    }
  }
}
