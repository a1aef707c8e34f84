package dev.milvuspool;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What a pool is made of. */
final class PoolSettings {
  final List<PoolListener> listeners = new ArrayList<>();
  final Map<String, String> properties = new HashMap<>();
}
