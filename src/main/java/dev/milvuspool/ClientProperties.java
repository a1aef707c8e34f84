package dev.milvuspool;

import java.util.Map;

/** Reads clients from properties. */
final class ClientProperties {
  private ClientProperties() {}

  static Map<String, ClientOptions> clients(Map<String, String> properties) {
    return Map.of();
  }

  static boolean failFast(Map<String, String> properties) {
    return true;
  }
}
