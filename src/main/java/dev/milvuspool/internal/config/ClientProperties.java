package dev.milvuspool.internal.config;

import dev.milvuspool.ClientOptions;
import dev.milvuspool.internal.common.Checks;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.LongSupplier;

/**
 * The clients that properties describe: {@code milvus.pool.clients.<name>.<key>}.
 *
 * @param clients options by name, sorted
 * @param failFast whether one client that cannot be connected makes all fail
 */
public record ClientProperties(Map<String, ClientOptions> clients, boolean failFast) {
  private static final String ROOT = "milvus.pool.";
  private static final String FAIL_FAST = ROOT + "fail-fast";
  private static final String CLIENTS = ROOT + "clients.";

  /**
   * Reads what begins with {@code milvus.pool.}, and nothing else.
   *
   * @throws IllegalArgumentException with everything that is wrong
   */
  public static ClientProperties read(Map<String, String> properties) {
    return read(properties, System::nanoTime);
  }

  /** Also takes the clock of the secrets' files. */
  static ClientProperties read(Map<String, String> properties, LongSupplier nanos) {
    Checks checks = new Checks();
    Map<String, OptionProperties> found = new TreeMap<>();
    boolean failFast = true;
    for (Property property : ours(properties, checks)) {
      String name = property.name();
      if (name.equals(FAIL_FAST)) {
        failFast = !Boolean.FALSE.equals(property.truth());
      } else if (name.startsWith(CLIENTS)) {
        put(found, property, checks, nanos);
      } else {
        property.wrongKey("is not known; did you mean " + nearestOutsideClients(name) + "?");
      }
    }
    Map<String, ClientOptions> clients = new TreeMap<>();
    found.forEach(
        (client, option) -> option.options().ifPresent(options -> clients.put(client, options)));
    checks.throwIfWrong();
    return new ClientProperties(Collections.unmodifiableMap(clients), failFast);
  }

  /** Those with our prefix, sorted so that errors come in the same order every time. */
  private static List<Property> ours(Map<String, String> properties, Checks checks) {
    List<Property> ours = new ArrayList<>();
    properties.forEach(
        (name, value) -> {
          if (name != null && name.startsWith(ROOT)) {
            if (value == null) {
              checks.wrong(name, "must not be null");
            } else {
              ours.add(new Property(name, value, checks));
            }
          }
        });
    ours.sort(Comparator.comparing(Property::name));
    return ours;
  }

  /** A way to read what follows {@code milvus.pool.clients.}. */
  private record NameAndKey(String client, String key) {
    boolean isKnown() {
      return OptionProperties.KEYS.contains(key);
    }

    NameAndKey nearest() {
      return new NameAndKey(client, DidYouMean.nearest(key, OptionProperties.KEYS));
    }

    @Override
    public String toString() {
      return CLIENTS + client + "." + key;
    }
  }

  /**
   * A client's name may hold dots, and so do keys: every dot may be the one between them, up to the
   * first that has a group of keys, such as {@code tls}, behind it.
   */
  private static List<NameAndKey> readings(String nameAndKey) {
    List<NameAndKey> readings = new ArrayList<>();
    for (int dot = nameAndKey.indexOf('.'); dot >= 0; dot = nameAndKey.indexOf('.', dot + 1)) {
      NameAndKey reading =
          new NameAndKey(nameAndKey.substring(0, dot), nameAndKey.substring(dot + 1));
      readings.add(reading);
      if (OptionProperties.isGrouped(reading.key)) {
        break;
      }
    }
    return readings;
  }

  private static void put(
      Map<String, OptionProperties> clients, Property property, Checks checks, LongSupplier nanos) {
    String nameAndKey = property.name().substring(CLIENTS.length());
    List<NameAndKey> readings = readings(nameAndKey);
    Optional<NameAndKey> known = readings.stream().filter(NameAndKey::isKnown).findFirst();
    if (OptionProperties.KEYS.contains(nameAndKey)
        || known.filter(reading -> reading.client.isBlank()).isPresent()) {
      String key = known.map(NameAndKey::key).orElse(nameAndKey);
      property.wrongKey("names no client; write " + new NameAndKey("<name>", key));
    } else if (known.isEmpty()) {
      NameAndKey meant =
          readings.stream()
              .min(Comparator.comparingInt(r -> DidYouMean.distance(r.key, r.nearest().key)))
              .orElse(new NameAndKey("<name>", nameAndKey))
              .nearest();
      property.wrongKey("is not known; did you mean " + meant + "?");
    } else {
      clients
          .computeIfAbsent(
              known.get().client,
              client -> new OptionProperties(client, CLIENTS + client + ".", checks, nanos))
          .put(known.get().key, property);
    }
  }

  private static String nearestOutsideClients(String name) {
    int dot = name.indexOf('.', ROOT.length());
    return dot < 0 ? FAIL_FAST : CLIENTS + name.substring(dot + 1);
  }
}
